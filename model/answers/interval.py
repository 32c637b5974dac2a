"""How far a share of few clips can be trusted."""

from __future__ import annotations

import math
from typing import NamedTuple

FEW_CLIPS = 100
"""Shares of fewer clips are shown with their interval: of a hundred it is up to ten percent wide on either side."""

_Z = 1.959964
"""Standard deviations that hold 95 % of a normal distribution."""


class Interval(NamedTuple):
    """An interval of shares; both ends are from 0 to 1."""

    low: float
    high: float


def interval_of(share: float, clips: int) -> Interval:
    """The 95 % interval of a share that was observed on so many clips (Wilson 1927, the score interval).

    Raises:
        ValueError: there are no clips.
    """
    if clips < 1:
        raise ValueError(f"an interval needs a clip, got {clips}")
    weight = _Z**2 / clips
    middle = (share + weight / 2) / (1 + weight)
    width = math.sqrt(weight * share * (1 - share) + weight**2 / 4) / (1 + weight)
    return Interval(max(0.0, middle - width), min(1.0, middle + width))


def interval_of_few(share: float | None, clips: int) -> Interval | None:
    """The interval of a share if it needs one: it has clips, and fewer than `FEW_CLIPS`."""
    return interval_of(share, clips) if share is not None and 0 < clips < FEW_CLIPS else None
