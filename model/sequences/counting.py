"""Sequences from which a network learns to count any exercise, whatever it is called.

What is repeated is told from what is not: sets of every exercise that there is a motion for, and of ones that nobody
has a name for (there and back between two random postures), between walks, rests, set-ups, and ways from posture to
posture that never come back. Label 0 is a repetition in progress, 1 is anything else; the turn is 0 where the body is
lowest, or begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from model.contract import MOVEMENTS, NONE_LABEL
from model.pose.track import INSTANTS, RATE, mirrored
from model.rendering.motion.curves import smooth_step
from model.rendering.motion.geometry import Array
from model.rendering.motion.motion import MOTIONS, Motion
from model.rendering.motion.skeleton import Proportions, solve
from model.sequences.course import CYCLES, HOLDING, IDLE, Cycle, course, cycle_of
from model.sequences.scene import Stretch, joined, joints_of, turned
from model.sequences.sequence import HARD, Sequence, cut, filmed, pasted
from model.sequences.spoil import spoilt

EXERCISE, OTHERWISE = 0, 1
LABELS = ("exercise", NONE_LABEL)
"""Labels by their number."""

_UNNAMED = 0.3
"""Share of the exercises that go there and back between two random postures."""
_SUBTLE = 0.35
"""Metres that two postures must differ by, in the mean of the points that differ most."""


def counting_sequence(seed: int | tuple[int, ...]) -> Sequence:
    """A random sequence; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    body = Proportions.random(rng)
    parts: list[Stretch] = []
    left = INSTANTS
    exercised = rng.random() < 0.85
    first = "exercise" if rng.random() < 0.6 else "idle"
    while left >= 2:
        kind = first if not parts else ("idle" if parts[-1].label != NONE_LABEL or not exercised else "exercise")
        if kind == "exercise" and exercised:
            count = min(left, INSTANTS if rng.random() < 0.4 else int(rng.uniform(1.0, 7.0) * RATE))
            parts.append(_exercise(rng, body, max(2, count)))
        else:
            count = min(left, max(2, int(rng.uniform(0.5, 6.0) * RATE)))
            parts.append(_wandering(rng, body, count) if rng.random() < 0.25 else _idle(rng, body, count))
        left -= len(parts[-1])
    whole = joined(rng, parts)
    label = np.concatenate([np.full(len(part), OTHERWISE if part.label == NONE_LABEL else EXERCISE) for part in parts])
    start, after = cut(rng, len(whole), whole.spans)
    label_of_view = next((part.label for part in parts if part.label in CYCLES), NONE_LABEL)
    points = filmed(rng, replace(whole, label=label_of_view))[start:after]
    found, seen = spoilt(rng, points, hard=HARD.get(label_of_view, 1.0))
    if rng.random() < 0.5:
        found = mirrored(found)
    near = np.zeros(after - start, bool)
    return pasted(rng, Sequence(found, seen, label[start:after], whole.turn[start:after], near))


_SOME = "exercise"
"""The label of a stretch of repetitions that are not of the movements."""


def _exercise(rng: np.random.Generator, body: Proportions, count: int) -> Stretch:
    """Repetitions of anything, for `count` instants."""
    share = rng.random()
    if share < _UNNAMED:
        return _unnamed(rng, body, count)
    label = MOVEMENTS[int(rng.integers(len(MOVEMENTS)))].label if share < 0.65 else NONE_LABEL
    motion = _drawn(rng, label, body, lambda motion: cycle_of(motion.label, motion.kind) is not None)
    cycle = cycle_of(motion.label, motion.kind)
    assert cycle is not None
    way = course(rng, cycle, motion.repetition_seconds, count)
    joints = joints_of(solve(motion.plan.pose(way.phase), body))
    if cycle.turns:
        joints = turned(joints, way.repetition, -1 if rng.random() < 0.5 else 1)
    return Stretch(label if label != NONE_LABEL else _SOME, joints, way.turn, way.spans(cycle.share))


def _drawn(rng: np.random.Generator, label: str, body: Proportions, wanted: Callable[[Motion], bool]) -> Motion:
    """A random motion of a label, of those that are wanted."""
    while True:
        motion = Motion.random(label, rng, body)
        if wanted(motion):
            return motion


def _idle(rng: np.random.Generator, body: Proportions, count: int) -> Stretch:
    """What athletes do between repetitions, at its own pace, slower, or hardly moving."""
    motion = _drawn(rng, NONE_LABEL, body, lambda motion: motion.kind in IDLE | HOLDING)
    pace = np.exp(rng.normal(0, 0.2)) * (rng.uniform(0.0, 0.3) if rng.random() < 0.2 else 1.0)
    phase = motion.window.start + np.arange(count) * pace / (motion.repetition_seconds * RATE)
    if motion.kind == "setting up":  # once, not again and again
        phase = np.clip(phase, 0.0, 1.0) if rng.random() < 0.5 else 1.0 - np.clip(phase, 0.0, 1.0)
    return Stretch(NONE_LABEL, joints_of(solve(motion.plan.pose(phase), body)), np.zeros(count))


def _posture(rng: np.random.Generator, body: Proportions) -> Array:
    """A random posture [13, 3], of any motion at any phase, above the origin."""
    label = list(MOTIONS)[int(rng.integers(len(MOTIONS)))]
    motion = Motion.random(label if rng.random() < 0.6 else NONE_LABEL, rng, body)
    joints = joints_of(solve(motion.plan.pose(np.array([rng.uniform(0, 2)])), body))[0]
    return joints - joints[6:8].mean(axis=0) * np.array([1, 1, 0])


def _unnamed(rng: np.random.Generator, body: Proportions, count: int) -> Stretch:
    """There and back between two postures, of which the lower one is where a repetition begins."""
    while True:
        low, high = _posture(rng, body), _posture(rng, body)
        apart = np.linalg.norm(low - high, axis=-1)
        if np.sort(apart)[-4:].mean() >= _SUBTLE:
            break
    if low[:, 2].mean() > high[:, 2].mean():
        low, high = high, low
    way = course(rng, Cycle(2.0), float(np.exp(rng.uniform(np.log(0.35), np.log(1.6)))), count)
    place = np.mod(way.phase, 2.0)
    place = np.where(place > 1, 2 - place, place)
    sharpness = rng.uniform(0, 1)
    share = ((1 - sharpness) * place + sharpness * smooth_step(place))[:, None, None]
    # Not every joint arrives at the same time.
    late = rng.uniform(0.75, 1.35, (1, 13, 1)) if rng.random() < 0.5 else np.ones((1, 13, 1))
    share = share**late
    return Stretch(_SOME, low * (1 - share) + high * share, way.turn, way.spans(0.5))


def _wandering(rng: np.random.Generator, body: Proportions, count: int) -> Stretch:
    """From posture to posture, none of them again."""
    at = _posture(rng, body)
    rows: list[Array] = []
    while len(rows) < count:
        after = _posture(rng, body)
        steps = max(2, int(rng.uniform(0.4, 2.5) * RATE))
        share = smooth_step(np.arange(steps) / steps)[:, None, None]
        rows.extend(at * (1 - share) + after * share)
        rows.extend([after] * int(rng.exponential(0.5) * RATE))
        at = after
    return Stretch(NONE_LABEL, np.stack(rows[:count]), np.zeros(count))
