"""Light of a scene: the sun, an overcast sky, or lamps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from model.rendering.colours import any_colour, greyish
from model.rendering.motion.geometry import Array, unit
from model.rendering.primitives import linear

SHADED = 2.6
"""Half side of the square around the athlete, as the light sees it, in which things throw shadows, m."""


@dataclass(frozen=True)
class Light:
    """Light of a scene.

    Attributes:
        vector: float32 [LIGHT_SIZE], for the kernels.
        shadow: how dark shadows are, 0 to 1; soft: how wide their edges, pixels of the shadow map.
        sky: colour [3] of what lies behind everything, linear light.
    """

    vector: np.ndarray
    shadow: float
    soft: float
    sky: Array

    @classmethod
    def random(cls, rng: np.random.Generator, outdoors: bool, centre: Array) -> Self:
        """From above; the light of the sky is about 1, that of the sun or of lamps relative to it."""
        sun = outdoors and rng.random() < 0.6
        direction = unit(np.array([rng.normal(), rng.normal(), rng.uniform(0.5, 2.5)]))
        across = unit(np.cross(direction, [0.3, 0.5, 0.1]))
        warm = rng.normal(0, 0.05)
        tint = np.array([1 + warm, 1.0, 1 - warm])
        ambient = tint * (1 + rng.normal(0, 0.03, 3))
        strength = rng.uniform(1.2, 3.5) if sun else rng.uniform(0.2, 1.6)
        direct = strength * (tint + (np.array([0.05, 0.02, -0.05]) if sun else 0))
        axes = (*across, *np.cross(direction, across))
        vector = np.array([*direction, *direct, *ambient, *axes, centre[0], centre[1], 1.0, SHADED], np.float32)
        shadow = rng.uniform(0.85, 1.0) if sun else 0.0 if rng.random() < 0.1 else rng.uniform(0.3, 0.95)
        soft = rng.uniform(0, 0.7) if sun else rng.uniform(0.5, 4.0)
        if not outdoors:
            return cls(vector, shadow, soft, linear(greyish(rng, 0.05, 0.9)))
        blue = np.array([0.50, 0.68, 0.92]) if rng.random() < 0.6 else greyish(rng, 0.7, 0.95)
        sky = any_colour(rng, 0.5, 0.7, 1.0) if rng.random() < 0.15 else blue + rng.normal(0, 0.05, 3)
        return cls(vector, shadow, soft, linear(sky) * rng.uniform(1.2, 3.0))
