"""What the network of depth sees of a frame: the square around hips and knees, and where landmarks have the joints."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from model.pose.body import INDEX, Body
from model.pose.region import Region

SIZE = 72
"""Pixels a side of the picture that is seen."""

SIDE = 2.4
"""Side of the square, in lengths of the body's longest part: from the shins to the trunk, and the floor in front."""

JOINTS = tuple(
    INDEX[f"{side}_{joint}"]
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in ("left", "right")
)
"""Landmarks whose places are seen, left before right."""

_VALUES = 6
PLACES = _VALUES * len(JOINTS)
"""Values that say where they are."""

_HIPS, _KNEES, _ANKLES, _SHOULDERS = slice(6, 8), slice(8, 10), slice(10, 12), slice(0, 2)
_SWAPPED = [one ^ 1 for one in range(len(JOINTS))]
_MIRRORED = np.array([-1, 1, 1, -1, 1, 1], np.float32)
_FINEST = 8
"""Largest factor by which a square is cut out finer than it is seen, and then reduced."""


@dataclass(frozen=True)
class View:
    """What is seen of a frame.

    Attributes:
        picture: uint8 [SIZE, SIZE, 3], RGB.
        places: float32 [PLACES]: of each joint (x, y) in sides of the square from its middle, its visibility, and
            (x, y, z) in metres around the hips, as BlazePose guesses them.
    """

    picture: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, frame: np.ndarray, body: Body) -> View:
        """What is seen of a body in a frame uint8 [H, W, 3], RGB."""
        square = square_around(body)
        return cls(cut_out(frame, square, SIZE), places_in(body, square))


def square_around(body: Body, side: float = SIDE) -> Region:
    """The square around hips and knees; it is never turned, for depth is measured against the vertical.

    Args:
        body: in pixels.
        side: of the square, in lengths of the body's longest part (trunk, thigh or shin, as they are seen).
    """
    points = body.points[list(JOINTS)].astype(np.float64)
    shoulders, hips, knees, ankles = points[_SHOULDERS], points[_HIPS], points[_KNEES], points[_ANKLES]
    trunk = float(np.linalg.norm(shoulders.mean(axis=0) - hips.mean(axis=0)))
    thigh = float(np.linalg.norm(hips - knees, axis=1).mean())
    shin = float(np.linalg.norm(knees - ankles, axis=1).mean())
    x, y = np.concatenate([hips, knees]).mean(axis=0).tolist()
    return Region(x, y, max(4.0, side * max(trunk, thigh, shin)))


def cut_out(frame: np.ndarray, square: Region, size: int) -> np.ndarray:
    """A square of a frame as uint8 [size, size, 3]; large ones are cut finer and reduced, so that nothing flickers."""
    finer = min(_FINEST, max(1, math.ceil(square.side / size)))
    cut = square.cut(frame, finer * size)
    return cut if finer == 1 else cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA)


def places_in(body: Body, square: Region) -> np.ndarray:
    """Where the joints are in a square, float32 [PLACES]."""
    columns = list(JOINTS)
    places = (body.points[columns] - np.array([square.x, square.y])) / square.side
    rows = np.concatenate([places, body.visibility[columns, None], body.metres[columns]], axis=1)
    return rows.ravel().astype(np.float32)


def mirrored_places(places: np.ndarray) -> np.ndarray:
    """Places [..., PLACES] as a mirror shows them."""
    rows = places.reshape(*places.shape[:-1], len(JOINTS), _VALUES)[..., _SWAPPED, :] * _MIRRORED
    result: np.ndarray = rows.reshape(places.shape)
    return result
