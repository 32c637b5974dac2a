"""Random colours: linear RGB arrays [3] in [0, 1]."""

from __future__ import annotations

import colorsys

import numpy as np

from model.rendering.motion.geometry import Array


def any_colour(rng: np.random.Generator, saturation: float = 0.9, dark: float = 0.05, bright: float = 0.95) -> Array:
    """Any hue, rarely very saturated."""
    return np.array(colorsys.hsv_to_rgb(rng.random(), rng.random() ** 1.3 * saturation, rng.uniform(dark, bright)))


def greyish(rng: np.random.Generator, dark: float = 0.03, bright: float = 0.9) -> Array:
    """Nearly grey."""
    return np.clip(rng.uniform(dark, bright) + rng.normal(0, 0.03, 3), 0, 1)


def cloth(rng: np.random.Generator) -> Array:
    """What sports clothes look like: often dark, sometimes white, else anything."""
    draw = rng.random()
    if draw < 0.35:
        return greyish(rng, 0.02, 0.2)
    return greyish(rng, 0.7, 0.95) if draw < 0.45 else any_colour(rng, 1.0, 0.2, 1.0)


def mostly_grey(rng: np.random.Generator, dark: float, bright: float) -> Array:
    """Grey for painted steel and rubber, any colour once in a while."""
    return greyish(rng, dark, bright) if rng.random() < 0.7 else any_colour(rng)
