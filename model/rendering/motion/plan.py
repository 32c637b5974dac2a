"""What a movement's function returns: one athlete's way to do it, and the part of it that a clip shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from model.rendering.motion.curves import Tempo
from model.rendering.motion.geometry import Array
from model.rendering.motion.props import Props
from model.rendering.motion.skeleton import Pose, Skeleton

TIGHT = 0.6
"""Share of clips cut as a careful labeller cuts them; the others lose up to LOOSE at either end."""
LOOSE = 0.15


@dataclass(frozen=True)
class Window:
    """The phases a clip shows, from `start` (t = 0) to `end` (t = 1), at an uneven `tempo`.

    `usual`: whether this is the cut by which the repetitions of this movement are defined, rather than a longer one.
    """

    start: float
    end: float
    tempo: Tempo
    usual: bool = True

    @property
    def length(self) -> float:
        """How many repetitions' time the clip shows."""
        return self.end - self.start

    def phase(self, t: Array) -> Array:
        """Phases [T] at clip times [T]."""
        return self.start + self.length * self.tempo(t)

    @classmethod
    def random(
        cls, rng: np.random.Generator, start: float = 0.0, end: float = 1.0, *, usual: bool = True, tempo: float = 0.3
    ) -> Self:
        """The phases from `start` to `end`, cut with a labeller's precision.

        Mostly within -2 to +7 % of a repetition; otherwise 0 to 15 % at either end are lost (see TIGHT and LOOSE).
        """
        if rng.random() < TIGHT:
            lost = rng.uniform(-0.02, 0.06), rng.uniform(-0.02, 0.07)
        else:
            lost = rng.uniform(0, LOOSE), rng.uniform(0, LOOSE)
        return cls(start + lost[0], end - lost[1], Tempo(rng, tempo), usual)

    @classmethod
    def up_and_down(cls, rng: np.random.Generator) -> Self:
        """For movements that go up in phases [0, 1] and down in [1, 2].

        72 % show the way up only, as the labelled clips do, 13 % down and up, 7 % up and down, 4 % one and a half
        repetitions (up, down, up), 4 % a stretch of 0.8 to 1.6 from anywhere, as in film that nobody cut with care.
        """
        share = rng.random()
        if share < 0.72:
            return cls.random(rng)
        if share < 0.85:
            return cls.random(rng, -1.0, 1.0, usual=False)
        if share < 0.92:
            return cls.random(rng, 0.0, 2.0, usual=False)
        if share < 0.96:
            return cls.random(rng, 0.0, 3.0, usual=False)
        start = rng.uniform(0.0, 2.0)
        return cls.random(rng, start, start + rng.uniform(0.8, 1.6), usual=False)

    @classmethod
    def around(cls, rng: np.random.Generator) -> Self:
        """For cyclic movements of period 1 that begin and end at phase 0.

        85 % show one repetition, 8 % one that is cut up to a quarter early or late, 7 % up to one and a half.
        """
        share = rng.random()
        if share < 0.85:
            return cls.random(rng)
        if share < 0.93:
            shift = rng.uniform(-0.25, 0.25)
            return cls.random(rng, shift, 1.0 + shift, usual=False)
        start = rng.uniform(-0.5, 0)
        return cls.random(rng, start, start + rng.uniform(1.2, 1.5), usual=False)


@dataclass(frozen=True)
class Plan:
    """One athlete's way to do a movement.

    seconds: of one repetition, which lasts from phase 0 to phase 1.
    pose: phases [T] -> Pose. props: (the pose's skeleton, phases [T]) -> Props: held things follow the hands.
    kind: the movement's name, finer than the label where the label is *none of these*.
    near: whether it resembles one of the nine movements so much that people may disagree.
    """

    kind: str
    seconds: float
    window: Window
    pose: Callable[[Array], Pose]
    props: Callable[[Skeleton, Array], Props]
    near: bool = False
