"""A body as 33 landmarks, by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NAMES = (
    "nose",
    "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_pinky", "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
"""The landmarks in the order of the network's outputs, as MediaPipe names them; left is the person's left."""

INDEX = {name: index for index, name in enumerate(NAMES)}

EDGES = tuple(
    (INDEX[one], INDEX[other])
    for one, other in (
        *(("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")),
        *((f"{side}_{one}", f"{side}_{other}") for side in ("left", "right") for one, other in (
            ("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "index"), ("shoulder", "hip"), ("hip", "knee"),
            ("knee", "ankle"), ("ankle", "heel"), ("heel", "foot_index"), ("ankle", "foot_index"), ("ear", "shoulder"),
        )),
    )
)  # fmt: skip
"""Pairs of landmarks that a drawing joins."""


@dataclass(frozen=True)
class Body:
    """One body in one picture.

    Attributes:
        points: float32 [33, 2], (x, y) in pixels of the picture; also of landmarks outside it or hidden.
        depth: float32 [33], in pixels, smaller is nearer; 0 is the middle of the hips. Much less sure than `points`.
        visibility: float32 [33], 0 to 1, that a landmark is in the picture and not hidden.
        presence: 0 to 1, that there is a body at all where it was looked for.
        metres: float32 [33, 3], (x, y, z) around the middle of the hips, of a person of average size.
    """

    points: np.ndarray
    depth: np.ndarray
    visibility: np.ndarray
    presence: float
    metres: np.ndarray

    def point(self, name: str) -> np.ndarray:
        """(x, y) of a landmark in pixels."""
        point: np.ndarray = self.points[INDEX[name]]
        return point

    @property
    def torso(self) -> float:
        """Length from the middle of the shoulders to that of the hips, in pixels: what lengths are compared with."""
        shoulders = (self.point("left_shoulder") + self.point("right_shoulder")) / 2
        hips = (self.point("left_hip") + self.point("right_hip")) / 2
        return float(np.hypot(*(shoulders - hips)))
