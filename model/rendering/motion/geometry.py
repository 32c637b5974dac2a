"""Vectors, frames and two-bone limbs for a batch of instants; every array is float64 with a last axis of 3.

World axes: x forward of the athlete, y to the athlete's left, z up. Angles in radians.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

DEGREE = np.pi / 180
STRAIGHT = 0.9995
"""A limb never straightens beyond this share of its length: its bending plane stays defined."""
SIDES = np.array([1.0, -1.0])
"""Sign of y for the left and the right of the body; index 0 of a paired joint is the left one."""


def unit(vectors: Array) -> Array:
    """The vectors scaled to length one; zero stays zero."""
    scaled: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return scaled


def dot(a: Array, b: Array) -> Array:
    """Inner product over the last axis, which is kept with length one."""
    product: Array = np.einsum("...i,...i->...", a, b)[..., None]
    return product


def vectors(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Array:
    """Stack three broadcastable coordinates on a new last axis."""
    return np.stack(np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in (x, y, z))), axis=-1)


def pairs(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Array:
    """Vectors [T, 2, 3] for left and right from coordinates [T] (both alike) or [T, 2]; y is positive outwards."""
    left_right = [_sided(value) for value in (x, y, z)]
    return vectors(left_right[0], left_right[1] * SIDES, left_right[2])


def _sided(value: ArrayLike) -> Array:
    array = np.asarray(value, dtype=np.float64)
    return array if array.ndim == 2 or array.shape == (2,) else array[..., None]


@dataclass(frozen=True)
class Frame:
    """An orthonormal frame of the body at each instant; each vector is [T, 3]."""

    up: Array
    forward: Array
    left: Array

    @classmethod
    def upright(cls, count: int) -> Self:
        """The world's own axes, `count` times."""
        forward, left, up = (np.broadcast_to(axis, (count, 3)) for axis in np.eye(3))
        return cls(up=up, forward=forward, left=left)

    def turned(self, bend: ArrayLike = 0.0, side: ArrayLike = 0.0, twist: ArrayLike = 0.0) -> Self:
        """Turned about its own axes: forwards by `bend`, then to the left by `side`, then leftwards about up by
        `twist`.

        Each angle is a scalar or [T].
        """
        up, forward, left = self.up, self.forward, self.left
        cosine, sine = _turn(bend)
        up, forward = up * cosine + forward * sine, forward * cosine - up * sine
        cosine, sine = _turn(side)
        up, left = up * cosine + left * sine, left * cosine - up * sine
        cosine, sine = _turn(twist)
        forward, left = forward * cosine + left * sine, left * cosine - forward * sine
        return type(self)(up=up, forward=forward, left=left)

    def point(self, origin: Array, forward: ArrayLike = 0.0, left: ArrayLike = 0.0, up: ArrayLike = 0.0) -> Array:
        """World points [T, 3] at local offsets (scalars or [T]) from `origin` [T, 3]."""
        offsets = (np.asarray(value, dtype=np.float64)[..., None] for value in (forward, left, up))
        ahead, aside, above = offsets
        return origin + self.forward * ahead + self.left * aside + self.up * above


def _turn(angle: ArrayLike) -> tuple[Array, Array]:
    angles = np.asarray(angle, dtype=np.float64)[..., None]
    return np.cos(angles), np.sin(angles)


def two_bone(root: Array, target: Array, upper: float, lower: float, pole: Array) -> tuple[Array, Array]:
    """Middle and end joint of a limb of two bones that starts at `root` and reaches for `target`.

    The middle joint bends towards `pole` (a direction). A target out of reach is approached along the straight line
    to it, so the bones always keep their lengths. Shapes [..., 3]; lengths in the unit of the points.
    """
    line = target - root
    distance = np.sqrt(dot(line, line))
    along = line / np.maximum(distance, 1e-9)
    reached = np.clip(distance, abs(upper - lower) + 1e-3 * (upper + lower), (upper + lower) * STRAIGHT)
    projection = (upper**2 - lower**2 + reached**2) / (2 * reached)
    height = np.sqrt(np.maximum(upper**2 - projection**2, 0.0))
    sideways = unit(pole - dot(pole, along) * along)
    return root + along * projection + sideways * height, root + along * reached
