"""Where the camera stands and what it frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from model.rendering.motion.geometry import DEGREE, Array, unit


@dataclass(frozen=True)
class Viewpoint:
    """A camera's place [3] m and its axes [3]: right, down, forward. What it frames is decided by `framed`."""

    place: Array
    right: Array
    down: Array
    forward: Array

    @classmethod
    def random(cls, rng: np.random.Generator, label: str, centre: Array) -> Self:
        """2.8 to 11 m from the athlete at `centre`, 0.5 to 2.3 m high, from any side the movement is filmed from."""
        azimuth = rng.uniform(-np.pi, np.pi)
        if label == "shspu":  # the wall is behind the athlete, who faces +x
            azimuth = rng.uniform(-85, 85) * DEGREE
        elif label == "ghd" and rng.random() < 0.8:
            azimuth = rng.uniform(40, 140) * DEGREE * rng.choice([-1, 1])
        distance = np.exp(rng.uniform(np.log(2.8), np.log(11)))
        place = np.array(
            [centre[0] + distance * np.cos(azimuth), centre[1] + distance * np.sin(azimuth), rng.uniform(0.5, 2.3)]
        )
        aim = centre + rng.normal(0, 0.1, 3) - place
        aim[2] *= rng.uniform(0.3, 1.0)  # people hold a phone nearly level
        forward = unit(aim)
        right = unit(np.cross(forward, [0, 0, 1]))
        down = np.cross(forward, right)
        roll = rng.normal(0, 1.5) * DEGREE
        return cls(
            place,
            right * np.cos(roll) + down * np.sin(roll),
            down * np.cos(roll) - right * np.sin(roll),
            forward,
        )

    @property
    def ground(self) -> tuple[Array, Array]:
        """Unit vectors [3] along the floor: away from the camera, and to its left."""
        ahead = unit(np.array([self.forward[0], self.forward[1], 0.0]))
        return ahead, np.array([-ahead[1], ahead[0], 0.0])

    def project(self, points: Array) -> Array:
        """Points [..., 3] on the plane one metre ahead: [..., 2], right and down."""
        ray = points - self.place
        return np.stack([ray @ self.right, ray @ self.down], -1) / np.maximum(ray @ self.forward, 0.2)[..., None]

    def framed(self, width: int, height: int, focal: float, centre: Array) -> np.ndarray:
        """The kernels' camera, float32 [CAMERA_SIZE], whose picture of `width` x `height` pixels shows in its middle
        `centre` [2] of the plane one metre ahead; `focal` pixels a unit of that plane."""
        principal = (width / 2 - centre[0] * focal, height / 2 - centre[1] * focal)
        return np.array([*self.place, *self.right, *self.down, *self.forward, focal, *principal], np.float32)
