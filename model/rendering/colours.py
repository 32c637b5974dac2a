"""Random colours: RGB arrays [3] in [0, 1], as screens show them."""

from __future__ import annotations

import colorsys

import numpy as np

from model.rendering.motion.geometry import Array

COMMON_HUES = (0.0, 0.01, 0.05, 0.09, 0.11, 0.15, 0.28, 0.35, 0.45, 0.55, 0.58, 0.61, 0.64)
"""Reds, browns, yellows, greens and blues."""


def any_colour(rng: np.random.Generator, saturation: float = 0.9, dark: float = 0.05, bright: float = 0.95) -> Array:
    """Any hue, most often one that paint and cloth are sold in, rarely very saturated."""
    hue = rng.choice(COMMON_HUES) + rng.normal(0, 0.02) if rng.random() < 0.75 else rng.random()
    return np.array(colorsys.hsv_to_rgb(hue % 1, rng.random() ** 1.3 * saturation, rng.uniform(dark, bright)))


def greyish(rng: np.random.Generator, dark: float = 0.03, bright: float = 0.9) -> Array:
    """Nearly grey."""
    return np.clip(rng.uniform(dark, bright) + rng.normal(0, 0.015, 3), 0, 1)


def cloth(rng: np.random.Generator) -> Array:
    """What sports clothes look like: often dark, sometimes white, else anything."""
    draw = rng.random()
    if draw < 0.35:
        return greyish(rng, 0.02, 0.2)
    return greyish(rng, 0.7, 0.95) if draw < 0.45 else any_colour(rng, 1.0, 0.2, 1.0)


def mostly_grey(rng: np.random.Generator, dark: float, bright: float) -> Array:
    """Grey for painted steel and rubber, any colour once in a while."""
    return greyish(rng, dark, bright) if rng.random() < 0.7 else any_colour(rng)
