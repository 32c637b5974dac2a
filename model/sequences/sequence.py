"""From a seed to a sequence: what an athlete does for a while, as the network of movements gets to see it."""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from model.contract import MOVEMENTS, NONE_LABEL
from model.pose.track import INSTANTS, RATE, features, mirrored
from model.rendering.camera import Viewpoint
from model.rendering.motion.geometry import DEGREE, Array
from model.rendering.motion.skeleton import Proportions
from model.sequences.scene import Stretch, joined, movement, other
from model.sequences.spoil import spoilt

LABELS = (*(known.label for known in MOVEMENTS), NONE_LABEL)
"""Labels by their number."""
NONE = len(LABELS) - 1
HARD = {"bar-facing burpee": 1.4, "ghd": 1.6}
"""By how much worse a body is found that lies."""


Spans = Several[tuple[int, int]]
"""Whole repetitions of a film: the first instant of each, and the one after its last."""


@dataclass(frozen=True)
class Sequence:
    """A film of at most INSTANTS, without its pictures.

    Attributes:
        points: float64 [T, 13, 2], as found; see `model.pose.track.Track`.
        seen: float64 [T].
        label: int [T], of LABELS.
        turn: float64 [T], how often the cycle of the movement was gone through; only its part after the point counts.
        near: bool [T], where it is none of the movements, but resembles one so much that only pictures tell.
    """

    points: Array
    seen: Array
    label: np.ndarray
    turn: Array
    near: np.ndarray

    def __len__(self) -> int:
        return len(self.points)

    def at(self, instants: np.ndarray) -> Self:
        """The sequence of some of its instants, int [T], each as often as it is named."""
        return type(self)(*(getattr(self, field.name)[instants] for field in fields(self)))

    @property
    def features(self) -> np.ndarray:
        """What the network reads: float32 [INSTANTS, FEATURES]."""
        return features(self.points, self.seen)


def sequence(seed: int | tuple[int, ...]) -> Sequence:
    """A random sequence; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    if rng.random() < 0.07:
        return _nobody(rng)
    stretch, label, near = _scene(rng)
    first, after = cut(rng, len(stretch), stretch.spans)
    points = filmed(rng, stretch)[first:after]
    found, seen = spoilt(rng, points, hard=HARD.get(stretch.label, 1.0))
    if rng.random() < 0.5:
        found = mirrored(found)
    return pasted(rng, Sequence(found, seen, label[first:after], stretch.turn[first:after], near[first:after]))


def pasted(rng: np.random.Generator, made: Sequence) -> Sequence:
    """The film as it is, or pasted together: the same piece again and again, or with stills around it."""
    share = rng.random()
    if share < 0.1:
        return _looped(rng, made)
    return _frozen(rng, made) if share < 0.25 else made


def _looped(rng: np.random.Generator, made: Sequence) -> Sequence:
    """A film that was pasted together from the same piece, as often as there is room for it."""
    times = int(rng.integers(2, 7))
    return made.at(np.tile(np.arange(len(made)), times)[:INSTANTS])


def _frozen(rng: np.random.Generator, made: Sequence) -> Sequence:
    """A film whose first and last picture stand still for a while."""
    before, after = (rng.uniform(0, 1.6, 2) * RATE).astype(int)
    rows = np.concatenate([np.zeros(before, int), np.arange(len(made)), np.full(after, len(made) - 1)])
    return made.at(rows[:INSTANTS])


def _scene(rng: np.random.Generator) -> tuple[Stretch, np.ndarray, np.ndarray]:
    """What is done in INSTANTS, its labels and whether it is near, [INSTANTS]."""
    body = Proportions.random(rng)
    kind = rng.choice(["set", "set after something", "two", "others"], p=[0.4, 0.22, 0.13, 0.25])
    main = LABELS[int(rng.integers(NONE))]
    parts: list[Stretch] = []
    left = INSTANTS

    def add(label: str, count: int) -> None:
        nonlocal left
        count = min(count, left)
        if count >= 2:
            parts.append(other(rng, body, count) if label == NONE_LABEL else movement(rng, label, body, count))
            left -= count

    if kind == "set":
        add(main, int(rng.uniform(0.3, 1) * INSTANTS) if rng.random() < 0.3 else INSTANTS)
    elif kind == "set after something":
        add(NONE_LABEL, int(rng.uniform(0.4, 4) * RATE))
        add(main, int(rng.uniform(1.5, 8) * RATE))
    elif kind == "two":
        add(main, int(rng.uniform(2, 5) * RATE))
        if rng.random() < 0.5:
            add(NONE_LABEL, int(rng.uniform(0.4, 2) * RATE))
        add(LABELS[int(rng.integers(NONE))], int(rng.uniform(2, 5) * RATE))
    while left >= 2:
        add(NONE_LABEL, int(rng.uniform(0.7, 8) * RATE))
        if left < RATE / 2:
            break
    stretch = joined(rng, parts)
    label = np.concatenate([np.full(len(part), LABELS.index(part.label)) for part in parts])
    near = np.concatenate([np.full(len(part), part.near) for part in parts])
    return stretch, label, near


def cut(rng: np.random.Generator, count: int, spans: Spans) -> tuple[int, int]:
    """What is kept of a film: all, one or some repetitions as people cut them, or any part.

    Args:
        rng: decides everything.
        count: instants of the film.
        spans: of its whole repetitions: first instant, and the one after the last.

    Returns:
        The first instant, and the one after the last.
    """
    share = rng.random()
    if share < 0.4:
        return 0, count
    if share < 0.75 and spans:
        start = int(rng.integers(len(spans)))
        end = start if rng.random() < 0.7 else int(rng.integers(start, len(spans)))
        first, after = spans[start][0], spans[end][1]
        loose = 0.12 if rng.random() < 0.7 else 0.5
        length = (after - first) / (1 + end - start)
        first = max(0, round(first + rng.uniform(-loose, 0.1) * length))
        after = min(count, round(after + rng.uniform(-0.1, loose) * length))
        if after - first >= 4:
            return first, after
    length = int(rng.integers(5, count + 1)) if count > 5 else count
    first = int(rng.integers(count - length + 1))
    return first, first + length


def filmed(rng: np.random.Generator, stretch: Stretch) -> Array:
    """The joints as a camera sees them, held in a hand or on a stand: [T, 13, 2]."""
    joints = stretch.joints
    view = Viewpoint.random(rng, stretch.label, joints.reshape(-1, 3).mean(axis=0))
    points = view.project(joints)
    size = float(np.percentile(np.ptp(points, axis=1).max(axis=-1), 90))
    seconds = np.arange(len(points)) / RATE
    if rng.random() < 0.4:  # a hand that follows, or does not hold still
        for _ in range(2):
            sway = np.sin(2 * np.pi * rng.uniform(0.05, 0.7, 2) * seconds[:, None] + rng.uniform(0, 2 * np.pi, 2))
            points = points + (rng.uniform(0, 0.12, 2) * size * sway)[:, None]
    if rng.random() < 0.15:
        middle = points.mean(axis=(0, 1))
        zoom = np.exp(np.linspace(0, rng.normal(0, 0.2), len(points)))
        points = middle + (points - middle) * zoom[:, None, None]
    roll = rng.normal(0, 3) * DEGREE
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    return points @ turn.T * np.array([rng.uniform(0.93, 1.07), 1.0])


def _nobody(rng: np.random.Generator) -> Sequence:
    """Where there is nobody, a network of landmarks draws a body into whatever moves."""
    count = int(rng.integers(5, INSTANTS + 1))
    body = Proportions.random(rng)
    points = np.empty((count, 13, 2))
    seen = np.ones(count)
    at = 0
    while at < count:
        length = min(count - at, 1 + int(rng.exponential(rng.choice([0.3, 2.0, 8.0])) * RATE))
        some = movement(rng, LABELS[int(rng.integers(NONE))], body, 2) if rng.random() < 0.6 else other(rng, body, 2)
        still = Viewpoint.random(rng, some.label, some.joints.reshape(-1, 3).mean(axis=0)).project(some.joints)[0]
        size = np.ptp(still, axis=0).max()
        still = (still - still.mean(axis=0)) / size * np.exp(rng.normal(0, 0.3)) + rng.normal(0, 0.3, 2)
        seconds = np.arange(length) / RATE
        drift = rng.normal(0, 0.1, (13, 2)) * np.sin(
            2 * np.pi * rng.uniform(0.05, 2.0) * seconds[:, None, None] + rng.uniform(0, 6)
        )
        whole = rng.normal(0, 0.3, 2) * np.sin(2 * np.pi * rng.uniform(0.05, 1.5) * seconds[:, None, None])
        points[at : at + length] = still + drift * rng.uniform(0, 1.5) + whole * rng.uniform(0, 1.5)
        if rng.random() < 0.2:
            seen[at : at + length] = 0
        at += length
    points += rng.normal(0, rng.choice([0.005, 0.03, 0.15]), points.shape)
    return Sequence(points, seen, np.full(count, NONE), np.zeros(count), np.zeros(count, bool))
