"""The athlete's body as others draw it over the film: few points, few instants, small numbers."""

from __future__ import annotations

import base64

import numpy as np

from model.answers.workout import BodyTrack
from model.pose.track import POINTS, RATE, Track

EVERY = 2
"""Of the instants of a track, one of so many is told: who draws goes evenly from one to the next."""

SCALE, NOBODY = 10_000, -32_768


def drawn(track: Track, size: tuple[int, int]) -> BodyTrack:
    """A track as it is told.

    Args:
        track: of the body.
        size: width and height of the picture, in pixels.
    """
    points = np.rint(track.points[::EVERY] / np.array(size) * SCALE).clip(NOBODY + 1, -NOBODY - 1)
    points[track.seen[::EVERY] < 0.5] = NOBODY
    return BodyTrack(
        start=round(track.start, 3),
        rate=RATE / EVERY,
        names=POINTS,
        points=base64.b64encode(points.astype("<i2").tobytes()).decode("ascii"),
    )
