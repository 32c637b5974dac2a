"""What floors and walls are made of, as keyword arguments of `Primitives.box`."""

from __future__ import annotations

from typing import Any

import numpy as np

from model.rendering import primitives as p
from model.rendering.colours import any_colour, greyish
from model.rendering.motion.geometry import Array
from model.rendering.pictures import COUNT

WOOD = np.array([0.76, 0.60, 0.40])
BRICK = np.array([0.55, 0.32, 0.25])
TURF = np.array([0.25, 0.48, 0.18])

Material = dict[str, Any]


def wood(rng: np.random.Generator) -> Array:
    """The colour of plywood and planks."""
    return np.clip(WOOD * rng.uniform(0.45, 1.2) + rng.normal(0, 0.02, 3), 0, 1)


def wall_material(rng: np.random.Generator) -> Material:
    """Paint, bricks, blocks, planks, corrugated metal; sometimes anything at all."""
    unusual = rng.random() < 0.25
    colour = any_colour(rng, 0.6, 0.05, 0.95) if unusual or rng.random() < 0.12 else greyish(rng, 0.05, 0.92)
    draw = rng.random()
    if unusual and draw < 0.45:
        return _two(rng, colour) | {
            "texture": p.WALLPAPER,
            "frequency": rng.uniform(0.12, 0.6),
            "picture": _any_picture(rng),
        }
    if draw < 0.45:  # paint
        return _two(rng, colour, 0.08) | {
            "texture": p.NOISE,
            "frequency": rng.uniform(0.3, 3),
            "amount": rng.uniform(0.1, 0.5),
        }
    if draw < 0.60:
        brick = np.clip(BRICK * rng.uniform(0.6, 1.3), 0, 1) if rng.random() < 0.5 else colour
        return {
            "colour": brick,
            "colour_2": greyish(rng, 0.4, 0.8) * 0.5 + brick * 0.5,
            "texture": p.BRICKS,
            "frequency": rng.uniform(3, 9),
        }
    if draw < 0.75:
        planks = wood(rng) if rng.random() < 0.6 else colour
        return _two(rng, planks, 0.2) | {"texture": p.PLANKS, "frequency": rng.uniform(0.6, 8)}
    if draw < 0.88:  # tiles, panels, blocks
        return _two(rng, colour, 0.2) | {"texture": p.TILES, "frequency": rng.uniform(0.4, 2.5)}
    return _two(rng, colour, 0.15) | {
        "texture": p.STRIPES,
        "frequency": rng.uniform(2, 12),
        "amount": rng.uniform(0.2, 0.6),
    }


def floor_material(rng: np.random.Generator, *, outdoors: bool) -> Material:
    """Rubber, concrete, wood or turf; outdoors asphalt, gravel or grass; sometimes anything at all."""
    unusual = rng.random() < 0.2
    colour = any_colour(rng, 0.5, 0.1, 0.8) if unusual else greyish(rng, 0.07, 0.35 if rng.random() < 0.7 else 0.65)
    material = _two(rng, colour, 0.3) | {"shine": rng.uniform(0, 0.12)}
    draw = rng.random()
    if unusual and draw < 0.4:
        return material | {"texture": p.WALLPAPER, "frequency": rng.uniform(0.2, 0.8), "picture": _any_picture(rng)}
    if outdoors or draw < 0.12:
        if rng.random() < 0.35:
            grass = np.clip(TURF * rng.uniform(0.6, 1.3) + rng.normal(0, 0.03, 3), 0, 1)
            material |= {"colour": grass, "colour_2": grass * rng.uniform(0.5, 0.8)}
        return material | {"texture": p.NOISE, "frequency": rng.uniform(4, 25), "amount": rng.uniform(0.5, 1.0)}
    if draw < 0.50:  # rubber with specks
        return material | {"texture": p.NOISE, "frequency": rng.uniform(0.5, 25), "amount": rng.uniform(0.1, 0.7)}
    if draw < 0.85:  # mats side by side
        return material | {"texture": p.TILES, "frequency": rng.uniform(0.5, 1.2)}
    planks = wood(rng)
    return {
        "colour": planks,
        "colour_2": planks * 0.8,
        "texture": p.PLANKS,
        "frequency": rng.uniform(4, 10),
        "shine": rng.uniform(0, 0.2),
    }


def _two(rng: np.random.Generator, colour: Array, spread: float = 0.3) -> Material:
    """A colour and one like it."""
    other = np.clip(colour * (1 + rng.uniform(-spread, spread) * 1.4) + rng.normal(0, 0.03, 3) * (spread > 0.1), 0, 1)
    return {"colour": colour, "colour_2": other}


def _any_picture(rng: np.random.Generator) -> int:
    return int(rng.integers(COUNT))
