"""What the renderer draws: round cones, cylinders and boxes, as rows of numbers that the kernels read.

A list of primitives covers T instants at once; what stands still is broadcast over them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from model.rendering.motion.geometry import Array

GAMMA: Final = 2.2

# Columns of a row.
KIND: Final = 0  # CONE, BOX or CYLINDER
A: Final = 1  # cone, cylinder: first end (3); box: centre (3)
B: Final = 4  # cone, cylinder: second end (3); box: half sizes (3)
RADIUS_A, RADIUS_B = 7, 8  # cone, cylinder
AXES: Final = 7  # box: three unit vectors (9)
COLOUR: Final = 16  # (3)
COLOUR_2: Final = 19  # second colour of the texture (3)
TEXTURE: Final = 22
FREQUENCY: Final = 23  # of the texture, 1/m
AMOUNT: Final = 24  # contrast of the texture
SHINE: Final = 25  # specular reflection
PICTURE: Final = 26  # index of the picture on a box, or -1
CASTS: Final = 27  # 1: casts a shadow
GLOW: Final = 28  # light of its own
COLUMNS: Final = 29

CONE, BOX, CYLINDER = 0, 1, 2

# Textures.
PLAIN, NOISE, CHECKS, STRIPES, PATCHES, PLATE, TILES, BRICKS, PLANKS, WALLPAPER = range(10)

Colour = ArrayLike
"""RGB in [0, 1] as screens show it, three numbers; the kernels get `linear` light."""


def linear(colour: Colour) -> Array:
    """Linear light of a colour as screens show it."""
    return np.asarray(colour, dtype=np.float64).clip(0, 1) ** GAMMA


class Primitives:
    """Collects primitives for `count` instants; `rows` gives them as float32 [T, n, COLUMNS]."""

    def __init__(self, count: int = 1) -> None:
        self.count = count
        self._rows: list[Array] = []

    def __len__(self) -> int:
        return len(self._rows)

    def cone(
        self,
        a: ArrayLike,
        b: ArrayLike,
        radius_a: float,
        radius_b: float,
        colour: Colour,
        colour_2: Colour | None = None,
        *,
        texture: int = NOISE,
        frequency: float = 8.0,
        amount: float = 0.25,
        shine: float = 0.0,
        casts: bool = True,
        kind: int = CONE,
    ) -> None:
        """A round cone from `a` to `b` [3] or [T, 3], m, with the radii there."""
        row = self._row(kind, a, b, colour, colour_2, texture, frequency, amount, shine, casts)
        axis = row[:, B : B + 3] - row[:, A : A + 3]
        row[:, RADIUS_A], row[:, RADIUS_B] = radius_a, radius_b
        # A cone whose one ball swallows the other is that ball: the kernels need a real axis.
        swallowed = np.linalg.norm(axis, axis=1) < abs(radius_a - radius_b) + 1e-3
        row[swallowed, RADIUS_A] = row[swallowed, RADIUS_B] = max(radius_a, radius_b)
        row[swallowed, B : B + 3] = row[swallowed, A : A + 3] + [0, 0, 1e-3]

    def cylinder(
        self,
        a: ArrayLike,
        b: ArrayLike,
        radius: float,
        colour: Colour,
        colour_2: Colour | None = None,
        *,
        texture: int = PLAIN,
        amount: float = 0.5,
        shine: float = 0.1,
        casts: bool = True,
    ) -> None:
        """A cylinder with flat ends."""
        self.cone(
            a, b, radius, radius, colour, colour_2,
            texture=texture, frequency=5.0, amount=amount, shine=shine, casts=casts, kind=CYLINDER,
        )  # fmt: skip

    def box(
        self,
        centre: ArrayLike,
        half: ArrayLike,
        colour: Colour,
        colour_2: Colour | None = None,
        *,
        yaw: float = 0.0,
        texture: int = PLAIN,
        frequency: float = 3.0,
        amount: float = 0.5,
        shine: float = 0.0,
        casts: bool = True,
        picture: int = -1,
        glow: float = 0.0,
    ) -> None:
        """An upright box by centre [3] or [T, 3] and half sizes [3], m, turned to the left by `yaw`, rad."""
        row = self._row(BOX, centre, half, colour, colour_2, texture, frequency, amount, shine, casts)
        cosine, sine = np.cos(yaw), np.sin(yaw)
        row[:, AXES : AXES + 9] = [cosine, sine, 0, -sine, cosine, 0, 0, 0, 1]
        row[:, PICTURE], row[:, GLOW] = picture, glow

    def _row(
        self,
        kind: int,
        a: ArrayLike,
        b: ArrayLike,
        colour: Colour,
        colour_2: Colour | None,
        texture: int,
        frequency: float,
        amount: float,
        shine: float,
        casts: bool,
    ) -> Array:
        row = np.zeros((self.count, COLUMNS))
        row[:, KIND] = kind
        row[:, A : A + 3], row[:, B : B + 3] = a, b
        row[:, COLOUR : COLOUR + 3] = linear(colour)
        row[:, COLOUR_2 : COLOUR_2 + 3] = linear(np.multiply(colour, 0.72) if colour_2 is None else colour_2)
        row[:, TEXTURE], row[:, FREQUENCY], row[:, AMOUNT] = texture, frequency, amount
        row[:, SHINE], row[:, PICTURE], row[:, CASTS] = shine, -1, casts
        self._rows.append(row)
        return row

    def extend(self, other: Primitives) -> None:
        """Add all of another list of as many instants."""
        self._rows.extend(other._rows)

    def place(self, yaw: float, offset: ArrayLike) -> None:
        """Turn all cones and cylinders to the left about the z axis by `yaw`, then move them by `offset` [3]."""
        turn = np.array([[np.cos(yaw), np.sin(yaw), 0], [-np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
        for row in self._rows:
            row[:, A : A + 3] = row[:, A : A + 3] @ turn + offset
            row[:, B : B + 3] = row[:, B : B + 3] @ turn + offset

    @property
    def rows(self) -> np.ndarray:
        """float32 [T, n, COLUMNS], for the kernels."""
        if not self._rows:
            return np.zeros((self.count, 0, COLUMNS), np.float32)
        return np.ascontiguousarray(np.stack(self._rows, axis=1), dtype=np.float32)
