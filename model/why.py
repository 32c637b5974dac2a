"""Why a clip got its answer: which frames carried it, and what of the body.

Told by occlusion (Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014): something is taken
away, the networks are asked again, and what the answer's logarithm loses is what that carried. A frame is replaced by
the mean of the others, a part of the body stands still where it was on average. What was against the answer carried
nothing.

Whether that is the truth, deletion tells: on the nine examples of the page, the answer's logarithm falls by 5.1 without
the three frames that carried most, by 4.1 without three at random, and by 1.2 without those that carried least.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from model.pose.track import POINTS, Track

ARMS, LEGS, TRUNK, WAY = "arms", "legs", "trunk", "way"
"""What of a body is told apart: three parts of its posture, and the way of its hips through the picture."""

AROUND_SECONDS = 2.0
"""What the network on landmarks is shown before and after the part that answers, as it reads the film around it."""

_LEAST = 1e-6
_HIPS = [POINTS.index("left_hip"), POINTS.index("right_hip")]
_PARTS = {
    ARMS: [number for number, name in enumerate(POINTS) if name.endswith(("elbow", "wrist"))],
    LEGS: [number for number, name in enumerate(POINTS) if name.endswith(("knee", "ankle"))],
    TRUNK: [number for number, name in enumerate(POINTS) if name.endswith(("shoulder", "head"))],
}


def frames_carried(tensor: np.ndarray, label: int, ask: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """How much of an answer each frame of a clip carried, float64 [n], together 1 or 0.

    Args:
        tensor: float32 [1, n, size, size, 3], as the graph was shown it.
        label: number of the output that answers.
        ask: probabilities float64 [outputs] of such a tensor.
    """
    count = tensor.shape[1]
    total = tensor.sum(axis=1)
    lost = np.empty(count)
    whole = _logarithm(ask(tensor), label)
    for number in range(count):
        without = tensor.copy()
        without[:, number] = (total - tensor[:, number]) / (count - 1)
        lost[number] = whole - _logarithm(ask(without), label)
    return _shares(lost)


def body_carried(
    track: Track, first: float, last: float, label: int, ask: Callable[[Track], np.ndarray]
) -> dict[str, float]:
    """How much of an answer the parts of a body carried, together 1 or 0; empty where no body is seen.

    Args:
        track: the body through the clip.
        first, last: seconds of the part that answers.
        label: number of the output that answers.
        ask: probabilities float64 [T, outputs] at every instant of a track.
    """
    times = track.seconds
    near = np.flatnonzero((times >= first - AROUND_SECONDS) & (times <= last + AROUND_SECONDS))
    if near.size < 2:
        return {}
    shown = track.part(int(near[0]), int(near[-1]) + 1)
    inside = (shown.seconds >= first) & (shown.seconds <= last)
    if not inside.any() or shown.seen[inside].mean() < 0.5:
        return {}

    def said(points: np.ndarray) -> float:
        return _logarithm(ask(Track(shown.start, points.astype(np.float32), shown.seen))[inside].mean(axis=0), label)

    hips = shown.points[:, _HIPS].mean(axis=1, keepdims=True)
    posture = shown.points - hips
    whole = said(shown.points)
    lost = [whole - said(posture + hips.mean(axis=0, keepdims=True))]
    for places in _PARTS.values():
        still = posture.copy()
        still[:, places] = posture[:, places].mean(axis=0, keepdims=True)
        lost.append(whole - said(still + hips))
    return dict(zip((WAY, *_PARTS), _shares(np.array(lost)).tolist(), strict=True))


def joints_at(track: Track, seconds: np.ndarray) -> list[np.ndarray | None]:
    """Where a body's points are at some instants, float64 [13, 2] in pixels each; None where it is not seen."""
    times = track.seconds
    flat = track.points.reshape(len(track), -1).astype(np.float64)
    points = np.stack([np.interp(seconds, times, column) for column in flat.T], axis=-1).reshape(-1, len(POINTS), 2)
    nearest = np.abs(times[None] - seconds[:, None]).argmin(axis=1)
    return [point if track.seen[place] >= 0.5 else None for point, place in zip(points, nearest, strict=True)]


def _logarithm(probabilities: np.ndarray, label: int) -> float:
    return float(np.log(probabilities[label] + _LEAST))


def _shares(lost: np.ndarray) -> np.ndarray:
    carried = lost.clip(0)
    total = carried.sum()
    result: np.ndarray = carried / total if total > _LEAST else np.zeros_like(carried)
    return result
