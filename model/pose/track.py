"""A body through a film, as the network of movements reads it: some points at even instants, in sizes of the body."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from model.pose.body import INDEX, Body

RATE = 12
"""Instants a second."""

INSTANTS = 96
"""Instants that the network reads at once: eight seconds."""

PAIRS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
POINTS = (*(f"{side}_{name}" for name in PAIRS for side in ("left", "right")), "head")
"""The points: landmarks, and the middle between the ears."""

FEATURES = 6 * len(POINTS) + 2
"""Values an instant; see `features`."""

_LEFT, _RIGHT = slice(0, 12, 2), slice(1, 12, 2)
_HIPS, _SHOULDERS, _KNEES, _ANKLES = slice(6, 8), slice(0, 2), slice(8, 10), slice(10, 12)
_COLUMNS = [INDEX[name] for name in POINTS[:-1]]
_EARS = [INDEX["left_ear"], INDEX["right_ear"]]
_BELIEVED = 0.3
"""Seconds from the nearest body within which a point between two is believed."""
SHORTEST_SHOT = RATE // 2
"""Instants that a shot has at least."""
_STEP = 4.0
"""By how much steps from instant to instant are enlarged to be of the size of the rest."""


@dataclass(frozen=True)
class Track:
    """One body at even instants.

    Attributes:
        start: second of the first instant; the others follow every 1 / RATE.
        points: float32 [T, 13, 2], (x, y) of POINTS in pixels, down is positive; guessed where nothing was seen.
        seen: float32 [T], 1 where a body was seen, 0 where its points are guessed from others.
    """

    start: float
    points: np.ndarray
    seen: np.ndarray

    def __len__(self) -> int:
        return len(self.points)

    @property
    def seconds(self) -> np.ndarray:
        """When each instant is, float64 [T]."""
        return self.start + np.arange(len(self)) / RATE

    def part(self, first: int, after: int) -> Self:
        """The instants from `first` up to `after`."""
        return type(self)(self.start + first / RATE, self.points[first:after], self.seen[first:after])

    def shots(self, cuts: Sequence[float]) -> list[range]:
        """The instants of every shot, where others begin at some seconds; very short ones go with the one before."""
        edges = [0]
        for cut in cuts:
            edge = min(len(self), math.ceil((cut - self.start) * RATE - 1e-6))
            if edge - edges[-1] >= SHORTEST_SHOT:
                edges.append(edge)
        if len(edges) > 1 and len(self) - edges[-1] < SHORTEST_SHOT:
            edges.pop()
        return [range(first, after) for first, after in itertools.pairwise([*edges, len(self)])]

    @classmethod
    def of(cls, bodies: Sequence[Body | None], seconds: Sequence[float], cuts: Sequence[float] = ()) -> Self | None:
        """The body that was followed through a film, from its first to its last frame; None if none was seen twice.

        Args:
            bodies: of every frame, None where there is none.
            seconds: when each frame is shown, increasing.
            cuts: when other shots begin: nothing is between a body before a cut and one after it.
        """
        found = [(when, body) for when, body in zip(seconds, bodies, strict=True) if body is not None]
        if len(found) < 2:
            return None
        when = np.array([second for second, _ in found])
        rows = np.stack([_points(body) for _, body in found]).reshape(len(found), -1)
        count = max(2, int((seconds[-1] - seconds[0]) * RATE + 1.5))
        instants = seconds[0] + np.arange(count) / RATE
        points = np.empty((count, rows.shape[1]))
        nearest = np.full(count, math.inf)
        for first, after in itertools.pairwise([-math.inf, *cuts, math.inf]):
            inside = (instants >= first) & (instants < after)
            own = (when >= first) & (when < after)
            known = own if own.any() else np.ones(len(when), bool)
            points[inside] = np.stack(
                [np.interp(instants[inside], when[known], column) for column in rows[known].T], axis=-1
            )
            if own.any() and inside.any():
                nearest[inside] = np.abs(instants[inside, None] - when[own]).min(axis=1)
        return cls(
            float(seconds[0]),
            points.reshape(count, len(POINTS), 2).astype(np.float32),
            (nearest <= _BELIEVED).astype(np.float32),
        )


def _points(body: Body) -> np.ndarray:
    """The points of a body, float32 [13, 2]."""
    head = body.points[_EARS].mean(axis=0)
    return np.concatenate([body.points[_COLUMNS], head[None]])


def mirrored(points: np.ndarray) -> np.ndarray:
    """Points [..., 13, 2] as a mirror shows them: left is right."""
    result = points * np.array([-1, 1], points.dtype)
    result[..., _LEFT, :], result[..., _RIGHT, :] = result[..., _RIGHT, :].copy(), result[..., _LEFT, :].copy()
    return result


def features(points: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """What the network reads of at most INSTANTS instants, the same in training and in serving.

    Every point against the middle of the film, against the hips of its own instant, and its step since the instant
    before, all in sizes of the body: a third of torso, thigh and shin together, as long as they were ever seen.

    Args:
        points: float [T, 13, 2]; seen: float [T]; as in `Track`.

    Returns:
        float32 [INSTANTS, FEATURES], zero after T; the last two columns are `seen` and that there is an instant.
    """
    count = len(points)
    if not 1 <= count <= INSTANTS:
        raise ValueError(f"{count} instants, of 1 to {INSTANTS}")
    points = points.astype(np.float64)
    hips = points[:, _HIPS].mean(axis=1)
    torso = np.linalg.norm(points[:, _SHOULDERS].mean(axis=1) - hips, axis=-1)
    thigh = np.linalg.norm(points[:, _HIPS] - points[:, _KNEES], axis=-1).mean(axis=1)
    shin = np.linalg.norm(points[:, _KNEES] - points[:, _ANKLES], axis=-1).mean(axis=1)
    size = sum(float(np.percentile(length, 90)) for length in (torso, thigh, shin)) / 3 + 1e-6
    placed = (points - np.median(hips, axis=0)) / size
    posture = (points - hips[:, None]) / size
    steps = np.diff(placed, axis=0, prepend=placed[:1]) * _STEP
    result = np.zeros((INSTANTS, FEATURES), np.float32)
    result[:count, :-2] = np.concatenate([placed, posture, steps], axis=1).reshape(count, -1).clip(-8, 8)
    result[:count, -2] = seen
    result[:count, -1] = 1
    return result
