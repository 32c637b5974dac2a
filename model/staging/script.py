"""What is done when in one shot of a workout: phases of a motion's plan, and the repetitions in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from model.rendering.motion.geometry import Array
from model.rendering.motion.motion import Motion
from model.sequences.course import Cycle

RATE = 12
"""Frames a second of a staged film."""

LONGEST_SET = 60.0
"""Seconds after which no repetition of a set is begun."""

RESTING: Mapping[str, float] = MappingProxyType({"thruster": 1.45, "ohs": 1.0})
"""The phase at which athletes rest between two sets, where it is not that at which a repetition begins: nobody stays at
the bottom of a squat. The bar of a thruster lies on the shoulders, that of an overhead squat is overhead."""

FAULTY = frozenset(("chest-to-bar", "deadlift", "ohs", "thruster"))
"""Movements whose repetitions may begin too early or end too soon, and the next one goes on from there."""
EARLY = (0.3, 0.6)
"""Where a repetition begins whose way back was cut short, in phases."""
SOON = (0.55, 0.8)
"""Where one ends that is not finished."""

_DOWN_SECONDS = 0.8
"""From where athletes stand down to where their first repetition begins."""


@dataclass(frozen=True)
class Done:
    """One repetition of a shot: instants of its begin and its end, and whether it was left unfinished at either."""

    first: int
    last: int
    faulty: bool = False


@dataclass
class Script:
    """The way through a shot, as it is written.

    Attributes:
        phases: of the motion's plan, RATE of them a second.
        done: the repetitions.
        sets: numbers of the first and the last repetition of every set.
        busy: instants of every set, from the begin of its first repetition to the end of the way back from its last:
            the first of them, and the one after.
    """

    phases: list[float] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    sets: list[tuple[int, int]] = field(default_factory=list)
    busy: list[tuple[int, int]] = field(default_factory=list)

    def go(self, first: float, last: float, seconds: float) -> None:
        """From one phase to another."""
        steps = max(1, round(seconds * RATE))
        self.phases.extend(np.linspace(first, last, steps, endpoint=False).tolist())

    def as_array(self) -> Array:
        """Phases float64 [T]."""
        return np.array(self.phases)


def sets(
    rng: np.random.Generator, motion: Motion, cycle: Cycle, counts: Sequence[int], rests: Sequence[float], faults: float
) -> Script:
    """Sets of an exercise with rests between them.

    Args:
        rng: decides everything.
        motion: of the exercise.
        cycle: of its repetitions.
        counts: repetitions of each set, fewer where they would take longer than LONGEST_SET.
        rests: seconds after each set but the last.
        faults: share of the repetitions that are left unfinished, of the movements where that can be.
    """
    script = Script()
    faulty, resting = faults if motion.label in FAULTY else 0.0, RESTING.get(motion.label, cycle.again)
    writer = _Writer(rng, script, cycle, motion.repetition_seconds, faulty, resting)
    writer.stand(rng.uniform(0.3, 1.5))
    for number, count in enumerate(counts):
        started, before = len(script.phases), len(script.done)
        while len(script.done) - before < count and len(script.phases) - started < LONGEST_SET * RATE:
            writer.repetition()
        writer.finish()
        script.sets.append((before, len(script.done) - 1))
        script.busy.append((script.done[before].first, len(script.phases)))
        if number < len(rests):
            writer.stand(rests[number])
    writer.stand(rng.uniform(0.3, 1.5))
    return script


def idle(rng: np.random.Generator, motion: Motion, seconds: float) -> Script:
    """A motion that goes on for a while and holds no repetition."""
    step = np.exp(rng.normal(0, 0.15)) / (motion.repetition_seconds * RATE)
    count = max(2, round(seconds * RATE))
    return Script((motion.window.start + np.arange(count) * step).tolist())


class _Writer:
    """Writes one repetition after the other, as one athlete does them: at a pace, tiring, with pauses or without."""

    def __init__(
        self, rng: np.random.Generator, script: Script, cycle: Cycle, seconds: float, faults: float, resting: float
    ) -> None:
        self._rng, self._script, self._cycle = rng, script, cycle
        self._pace = float(seconds * np.exp(rng.normal(0, 0.12)))
        self._pauses = rng.random() < 0.3, rng.random() < 0.3
        self._faults = faults / 2
        self._resting = resting
        self._ended: float | None = None
        """The phase at which a repetition ended from which there was no way back yet."""
        self._begin = cycle.again
        self._own_pace = self._pace
        """That of the repetition at hand, about the athlete's."""

    def stand(self, seconds: float) -> None:
        """Before, between and after sets: nearly still."""
        self._script.go(self._resting, self._resting, seconds)

    def repetition(self) -> None:
        """The way to where it begins, and one repetition."""
        rng, script = self._rng, self._script
        if self._ended is not None:
            self._back(self._ended)
        elif self._stands:
            script.go(self._resting, self._cycle.back, _DOWN_SECONDS)
        self._own_pace = float(self._pace * np.exp(rng.normal(0, 0.06)))
        self._pace *= float(np.exp(rng.normal(0.004, 0.02)))
        begin, pace = self._begin, self._own_pace
        soon = rng.random() < self._faults
        end = float(rng.uniform(*SOON)) if soon else 1.0
        if begin < 0:
            script.go(begin, 0.0, -pace * begin)
        first = len(script.phases)
        script.go(max(begin, 0.0), end, pace * (end - max(begin, 0.0)))
        script.done.append(Done(first, len(script.phases), faulty=soon or begin > 0))
        self._ended = end

    def finish(self) -> None:
        """From the end of a set's last repetition, which is then finished, to where the athlete rests."""
        script, ended = self._script, self._ended
        assert ended is not None
        if not self._stands:
            self._back(ended, again=False)
        else:
            if ended < 1:
                last = script.done[-1]
                script.go(ended, 1.0, self._own_pace * (1 - ended))
                script.done[-1] = replace(last, last=len(script.phases), faulty=self._begin > 0)
            script.go(1.0, self._resting, self._own_pace * (self._resting - 1))
        self._ended, self._begin = None, self._cycle.again

    @property
    def _stands(self) -> bool:
        """Whether athletes rest elsewhere than where a repetition begins."""
        return self._resting > self._cycle.again

    def _back(self, end: float, *, again: bool = True) -> None:
        """From the end of a repetition to the begin of the next, or to where it would begin if there was one."""
        rng, script, cycle, pace = self._rng, self._script, self._cycle, self._own_pace
        if end < 1:
            script.go(end, cycle.again, pace * end)
            self._begin = cycle.again
            return
        early = float(rng.uniform(*EARLY)) if rng.random() < self._faults and again else 0.0
        if cycle.back > 1:
            if self._pauses[0]:
                script.go(1.0, 1.0, float(rng.exponential(0.6)))
            script.go(1.0, cycle.back - early, pace * (cycle.back - early - 1) * rng.uniform(0.7, 1.4))
        if self._pauses[1] and not early:
            script.go(cycle.again, cycle.again, float(rng.exponential(0.6)))
        self._begin = early if early else cycle.again
