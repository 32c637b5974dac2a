"""Dense optical flow between frames: for comparisons only, nothing that answers is computed from it.

So it is no part of `model.video`, which serves, and whose every module is in the function's image.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import cv2
import numpy as np

_MOVES = 0.5
"""Pixels of a small grey frame by which something must move to count."""


def dense_flow(frames: np.ndarray) -> np.ndarray:
    """How every pixel moves from frame to frame (DIS, Kroeger et al. 2016): float32 [T - 1, h, w, 2], in pixels.

    Computed at the frames' own size: of nine settings tried on frames of 64 pixels, this one explained most of the
    change from frame to frame (2.7 of 4.2 grey levels were left), in 11 ms a clip.

    Args:
        frames: uint8 [T, h, w], grey.
    """
    flow = cast(Any, cv2).DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    flow.setFinestScale(0)
    steps = [flow.calc(before, after, None) for before, after in pairwise(frames)]
    return np.stack(steps) if steps else np.zeros((0, *frames.shape[1:], 2), np.float32)


def mean_flow(frames: list[np.ndarray]) -> np.ndarray:
    """How what moves moves from frame to frame on average (DIS, Kroeger et al. 2016): float64 [T - 1, 2], in pixels.

    Args:
        frames: [h, w], grey levels, as `small_grey` makes them.
    """
    flow = cast(Any, cv2).DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    bytes_of = [frame.astype(np.uint8) for frame in frames]
    steps = np.zeros((max(0, len(frames) - 1), 2))
    for number in range(len(steps)):
        moved = flow.calc(bytes_of[number], bytes_of[number + 1], None)
        moving = np.linalg.norm(moved, axis=-1) > _MOVES
        if moving.any():
            steps[number] = moved[moving].mean(axis=0)
    return steps
