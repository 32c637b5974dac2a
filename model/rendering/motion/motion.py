"""A motion: what one clip shows of one athlete doing one movement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

import numpy as np

from model.contract import NONE_LABEL
from model.rendering.motion.bar_facing_burpee import bar_facing_burpee
from model.rendering.motion.chest_to_bar import chest_to_bar
from model.rendering.motion.deadlift import deadlift
from model.rendering.motion.double_unders import double_unders
from model.rendering.motion.geometry import Array
from model.rendering.motion.ghd import ghd
from model.rendering.motion.handstand_push_up import handstand_push_up
from model.rendering.motion.others import other
from model.rendering.motion.overhead_squat import overhead_squat
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.power_clean import power_clean
from model.rendering.motion.props import Props
from model.rendering.motion.skeleton import Pose, Proportions, Skeleton, solve
from model.rendering.motion.thruster import thruster

Mover = Callable[[np.random.Generator, Proportions], Plan]

MOTIONS: Mapping[str, Mover] = MappingProxyType(
    {
        "bar-facing burpee": bar_facing_burpee,
        "chest-to-bar": chest_to_bar,
        "deadlift": deadlift,
        "double-unders": double_unders,
        "ghd": ghd,
        "ohs": overhead_squat,
        "power clean": power_clean,
        "shspu": handstand_push_up,
        "thruster": thruster,
        NONE_LABEL: other,
    }
)
"""The function that plans a motion, by label: the labels of `model.contract.MOVEMENTS` and NONE_LABEL."""


@dataclass(frozen=True)
class Motion:
    """One athlete's motion through one clip.

    label: a movement's, or NONE_LABEL; kind: finer for the latter ("walking", ...), else the label; near: see `Plan`.
    seconds: the clip's duration; repetition_seconds: that of one repetition, as the movement's clips are labelled.
    """

    label: str
    proportions: Proportions
    plan: Plan

    @classmethod
    def random(cls, label: str, rng: np.random.Generator, proportions: Proportions) -> Self:
        """A random motion of a label of MOTIONS; raises `KeyError` for any other.

        The same state of the generator gives the same motion.
        """
        return cls(label, proportions, MOTIONS[label](rng, proportions))

    @property
    def kind(self) -> str:
        """The movement's name."""
        return self.plan.kind

    @property
    def near(self) -> bool:
        """Whether a motion of label NONE_LABEL closely resembles one of the movements."""
        return self.plan.near

    @property
    def window(self) -> Window:
        """The part of the movement that the clip shows."""
        return self.plan.window

    @property
    def repetition_seconds(self) -> float:
        """Duration of one repetition."""
        return self.plan.seconds

    @property
    def seconds(self) -> float:
        """Duration of the clip."""
        return self.plan.seconds * self.plan.window.length

    def pose(self, ts: Array) -> Pose:
        """The poses at clip times [T]; 0 is the clip's first instant, 1 its last, a little beyond is allowed."""
        return self.plan.pose(self.window.phase(np.asarray(ts, dtype=np.float64)))

    def sample(self, ts: Array) -> tuple[Skeleton, Props]:
        """Skeleton and equipment at clip times [T], in metres; see `pose` for the times."""
        phase = self.window.phase(np.asarray(ts, dtype=np.float64))
        skeleton = solve(self.plan.pose(phase), self.proportions)
        return skeleton, self.plan.props(skeleton, phase)
