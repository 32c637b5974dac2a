"""A turned square of a picture: what the network of landmarks looks at."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

_MARGIN = 1.25
"""Side of the square by the diameter of the circle around a body, as MediaPipe's graph has it."""


class Region(NamedTuple):
    """A square, turned about its middle.

    Attributes:
        x, y: its middle, in pixels of the picture.
        side: in pixels.
        angle: radians, clockwise as it is seen; a person who stands upright has 0.
    """

    x: float
    y: float
    side: float
    angle: float = 0.0

    @staticmethod
    def around(middle: np.ndarray, reach: np.ndarray) -> Region:
        """The region of a body from two points that both networks give: the hips' middle, and the top of its circle.

        Args:
            middle: (x, y) in pixels.
            reach: a point on the circle around the body, in the direction of its head.
        """
        (x, y), (dx, dy) = middle.tolist(), (reach - middle).tolist()
        return Region(x, y, 2 * math.hypot(dx, dy) * _MARGIN, math.pi / 2 - math.atan2(-dy, dx))

    def matrix(self, size: int) -> np.ndarray:
        """Where pixels of the region, reduced to `size`, come from: float32 [2, 3], from (x, y, 1) to the picture."""
        scale, half = self.side / size, self.side / 2
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        return np.array(
            [
                [cosine * scale, -sine * scale, self.x - (cosine - sine) * half],
                [sine * scale, cosine * scale, self.y - (sine + cosine) * half],
            ],
            np.float32,
        )

    def cut(self, picture: np.ndarray, size: int) -> np.ndarray:
        """The region of a picture uint8 [H, W, 3] as uint8 [size, size, 3]; what lies outside is black."""
        result: np.ndarray = cv2.warpAffine(
            picture, self.matrix(size), (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        return result
