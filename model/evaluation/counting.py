"""Other ways to count, on the same films: what is published, or what anybody would try first.

Each is told when a set begins and ends, which is more than our own counting is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from model.body.stream import BodyView
from model.contract import MOVEMENTS, Contract, Crop
from model.flow import mean_flow
from model.pose.track import RATE
from model.video import ClipReader, frame_pixels, small_grey
from model.workout.analyse import LIMITS
from model.workout.timeline import Span

Count = Callable[[Span], int]
Counter = Callable[[Path, BodyView | None], Count]
"""From a film, and the athlete in it, to what counts the repetitions of a span."""

_LOW, _HIGH = 0.35, 0.65
"""Shares of a series' range that it must fall below and rise above."""
_FLOW_RATE = 10.0
_SPAN_SECONDS = 20.0
_JOINTS = ((0, 2, 4), (1, 3, 5), (0, 6, 8), (1, 7, 9), (6, 8, 10), (7, 9, 11))
"""Points of elbows, hips and knees in a track: the one before, the joint, the one after."""


def crossings(series: np.ndarray) -> int:
    """How often a series [T] rises from below LOW to above HIGH of its range (hysteresis)."""
    if len(series) < 3:
        return 0
    low, high = np.percentile(series, [5, 95])
    if high - low < 1e-9:
        return 0
    place = (series - low) / (high - low)
    up, count = bool(place[0] >= _LOW), 0
    for value in place.tolist():
        if not up and value > _HIGH:
            up, count = True, count + 1
        elif up and value < _LOW:
            up = False
    return count


def by_angle(film: Path, body: BodyView | None) -> Count:
    """The joint angle that changes most, and two thresholds."""

    def count(span: Span) -> int:
        points = _part(body, span)
        if points is None:
            return 0
        angles = [
            _angle(points[:, one] - points[:, joint], points[:, other] - points[:, joint])
            for one, joint, other in _JOINTS
        ]
        return crossings(max(angles, key=lambda series: float(np.ptp(np.percentile(series, [5, 95])))))

    return count


def by_similarity(film: Path, body: BodyView | None) -> Count:
    """Self-similarity of the posture, as RepNet has it of learned embeddings (Dwibedi et al. 2020): the period at which
    the film resembles itself most, and how often it fits into the span."""

    def count(span: Span) -> int:
        points = _part(body, span)
        if points is None or len(points) < 6:
            return 0
        posture = (points - points[:, 6:8].mean(axis=1, keepdims=True)).reshape(len(points), -1)
        posture = posture - posture.mean(axis=0)
        lags = np.arange(4, max(5, len(posture)))
        alike = np.array([float((posture[lag:] * posture[:-lag]).sum(axis=1).mean()) for lag in lags])
        peaks = [
            number
            for number in range(1, len(lags) - 1)
            if alike[number] >= alike[number - 1] and alike[number] >= alike[number + 1]
        ]
        if not peaks:
            return 1
        best = max(alike[number] for number in peaks)
        first = next(number for number in peaks if alike[number] >= best - 0.3 * abs(best))
        return max(1, round(len(posture) / float(lags[first])))

    return count


def by_flow(film: Path, body: BodyView | None) -> Count:
    """Changes of direction of dense optical flow: its mean along the main axis, summed up."""
    contract = Contract(
        name="flow", version="1", architecture="DIS", movements=MOVEMENTS, crop=Crop.NONE, limits=LIMITS
    )  # fmt: skip
    reader = ClipReader(film, contract)

    def steps(start: float, end: float) -> np.ndarray:
        wanted = max(3, round((end - start) * _FLOW_RATE))
        numbers, decoded = reader.take(lambda: reader.between(start, end, wanted), frame_pixels(wanted))
        return mean_flow([small_grey(decoded.frames[number], bgr=True) for number in sorted(set(numbers))])

    def count(span: Span) -> int:
        starts = np.arange(span.start, span.end, _SPAN_SECONDS).tolist()
        moved = np.concatenate([steps(start, min(span.end, start + _SPAN_SECONDS)) for start in starts])
        if len(moved) < 3:
            return 0
        path = np.cumsum(moved, axis=0)
        path = path - path.mean(axis=0)
        _, _, axes = np.linalg.svd(path, full_matrices=False)
        return crossings(path @ axes[0])

    return count


COUNTERS: Mapping[str, Counter] = MappingProxyType(
    {
        "one joint angle, two thresholds": by_angle,
        "self-similarity of the posture": by_similarity,
        "directions of optical flow": by_flow,
    }
)
"""By name."""


def _part(body: BodyView | None, span: Span) -> np.ndarray | None:
    """The points of a span of the film."""
    if body is None:
        return None
    first = max(0, round((span.start - body.track.start) * RATE))
    points = body.track.points[first : 1 + round((span.end - body.track.start) * RATE)].astype(np.float64)
    return points if len(points) > 2 else None


def _angle(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    result: np.ndarray = np.degrees(np.arccos(((one * other).sum(axis=-1) / np.maximum(lengths, 1e-9)).clip(-1, 1)))
    return result
