"""How athletes go through a movement in time: repetition after repetition, with pauses, and some that fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from model.pose.track import RATE
from model.rendering.motion.geometry import Array

_ABOUT = 0.02
"""Turns within which a repetition counts as begun."""


@dataclass(frozen=True)
class Cycle:
    """One repetition and the way back to where the next begins, in phases of the movement's plan.

    Attributes:
        back: phase at which the next repetition begins; the repetition itself lasts from 0 to 1.
        again: what the plan's phase at `back` is called as the beginning of the next repetition.
        turns: whether the athlete turns round between two repetitions.
    """

    back: float
    again: float = 0.0
    turns: bool = False

    @property
    def length(self) -> float:
        """Phases from one repetition to the next."""
        return self.back - self.again

    @property
    def share(self) -> float:
        """Part of a turn that the repetition itself takes."""
        return 1 / self.length


CYCLES: Mapping[str, Cycle] = MappingProxyType(
    {
        "bar-facing burpee": Cycle(1.0, again=-0.46, turns=True),
        "chest-to-bar": Cycle(2.0),
        "deadlift": Cycle(2.0),
        "double-unders": Cycle(1.0),
        "ghd": Cycle(1.0),
        "ohs": Cycle(2.0),
        "power clean": Cycle(1.4),
        "shspu": Cycle(1.0),
        "thruster": Cycle(2.0),
    }
)
"""The nine movements; phase 0 and 1 of each are where labelled clips begin and end."""


_THERE_AND_BACK, _ROUND = Cycle(2.0), Cycle(1.0)
OTHER_CYCLES: Mapping[str, Cycle] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *("air squat", "jump squat", "lunge", "push-up", "sit-up", "back squat", "front squat", "press"),
                *("romanian deadlift", "dumbbell press", "kettlebell swing", "wall ball", "pull-up", "toes-to-bar"),
            ),
            _THERE_AND_BACK,
        ),
        **dict.fromkeys(("jumping jack", "single unders", "rowing"), _ROUND),
    }
)
"""Other exercises that are done one repetition after the other, by the kind of their plan."""

IDLE = frozenset(("walking", "jogging", "resting", "handling", "setting up"))
"""What athletes do between sets, by the kind of its plan."""
HOLDING = frozenset(("hanging", "handstand", "handstand walk"))
"""What holds no repetition either, but is part of an exercise."""


def cycle_of(label: str, kind: str) -> Cycle | None:
    """How repetitions of a motion follow each other, by its label and kind; None where there are none."""
    return CYCLES.get(label) or OTHER_CYCLES.get(kind)


@dataclass(frozen=True)
class Course:
    """An athlete's way through a movement.

    Attributes:
        phase: float64 [T], of the plan.
        turn: float64 [T], how often the whole cycle was gone through, from 0 at the begin of the first repetition.
        repetition: int [T], a number for each repetition that is gone through, one more with each.
        finished: turns at which a repetition was finished.
    """

    phase: Array
    turn: Array
    repetition: np.ndarray
    finished: tuple[float, ...]

    def spans(self, share: float) -> tuple[tuple[int, int], ...]:
        """First and last instant + 1 of every repetition, `share` of a turn, that was begun and finished."""
        spans = []
        for end in self.finished:
            after = np.flatnonzero(self.turn >= end - 1e-6)
            before = np.flatnonzero(self.turn[: after[0]] <= end - share + _ABOUT) if after.size else after
            if before.size:
                spans.append((int(before[-1]), int(after[0]) + 1))
        return tuple(spans)


def course(rng: np.random.Generator, cycle: Cycle, seconds: float, count: int) -> Course:
    """A way through a movement for `count` instants.

    Repetitions last as the plan says, some athletes twice as long; they tire; some pause where a repetition begins or
    ends. One in twelve fails: it stops somewhere in the middle and goes back.

    Args:
        rng: decides everything.
        cycle: of the movement.
        seconds: duration of a repetition.
        count: how many instants.
    """
    pace = seconds * np.exp(rng.normal(0, 0.15))
    if rng.random() < 0.2:
        pace *= rng.uniform(1.2, 2.0)
    tiring = np.exp(rng.normal(0, 0.03))
    holds_top, holds_bottom = rng.random() < 0.4, rng.random() < 0.4
    fails = rng.random() < 0.3
    phases: list[float] = []
    turns: list[float] = []
    numbers: list[int] = []
    finished: list[float] = []
    anywhere = rng.random() < 0.6
    at = float(rng.uniform(cycle.again, cycle.back)) if anywhere else -0.02
    number = 0

    def go(first: float, last: float, duration: float) -> None:
        steps = max(1, round(duration * RATE))
        bent = rng.uniform(-0.15, 0.15)
        share = np.arange(steps) / steps
        share = share + bent * np.sin(2 * np.pi * share) / (2 * np.pi)
        row = first + (last - first) * share
        phases.extend(row)
        turns.extend(number + row / cycle.length)
        numbers.extend([number] * steps)

    def hold(phase: float, mean: float) -> None:
        go(phase, phase, float(rng.exponential(mean)))

    while len(phases) < count:
        duration = pace * np.exp(rng.normal(0, 0.07))
        if at < 1:
            if fails and at <= 0 and rng.random() < 0.3:
                reached = rng.uniform(0.2, 0.75)
                go(at, reached, duration * (reached - at))
                go(reached, 0.0, duration * reached * rng.uniform(0.7, 1.5))
                hold(0.0, 0.5)
                at = 0.0
                continue
            go(at, 1.0, duration * (1 - at))
            finished.append(number + cycle.share)
            at = 1.0
            if holds_top and cycle.back > 1:
                hold(1.0, 0.5)
        if at < cycle.back:
            go(at, cycle.back, duration * (cycle.back - at) * rng.uniform(0.6, 1.5))
        if holds_bottom:
            hold(cycle.back, 0.6)
        at, number = cycle.again, number + 1
        pace *= tiring
    return Course(
        np.array(phases[:count]), np.array(turns[:count]), np.array(numbers[:count], dtype=np.int64), tuple(finished)
    )
