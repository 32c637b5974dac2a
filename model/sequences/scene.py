"""What an athlete does one after the other, as joints in the room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.contract import NONE_LABEL
from model.pose.track import PAIRS, RATE
from model.rendering.motion.curves import smooth_step
from model.rendering.motion.geometry import Array
from model.rendering.motion.motion import Motion
from model.rendering.motion.skeleton import Proportions, Skeleton, solve
from model.sequences.course import CYCLES, course

FADE = (0.15, 0.6)
"""Seconds in which an athlete goes over from one thing to the next."""
TURN_SECONDS = 0.5
_HIPS = slice(6, 8)


@dataclass(frozen=True)
class Stretch:
    """One thing that an athlete does.

    Attributes:
        label: the movement, or NONE_LABEL.
        joints: float64 [T, 13, 3], metres, in the order of `model.pose.track.POINTS`.
        turn: float64 [T], see `Course`; zero where it is no movement.
        spans: (first, after) instants of every repetition that is whole within the stretch.
        near: whether it is none of the movements, but resembles one so much that only pictures tell.
    """

    label: str
    joints: Array
    turn: Array
    spans: tuple[tuple[int, int], ...] = ()
    near: bool = False

    def __len__(self) -> int:
        return len(self.joints)


def movement(rng: np.random.Generator, label: str, body: Proportions, count: int) -> Stretch:
    """Some repetitions of a movement, from anywhere within one, for `count` instants."""
    cycle = CYCLES[label]
    motion = Motion.random(label, rng, body)
    way = course(rng, cycle, motion.repetition_seconds, count)
    joints = joints_of(solve(motion.plan.pose(way.phase), body))
    if cycle.turns:
        joints = turned(joints, way.repetition, -1 if rng.random() < 0.5 else 1)
    return Stretch(label, joints, way.turn, way.spans(cycle.share))


def other(rng: np.random.Generator, body: Proportions, count: int) -> Stretch:
    """Another exercise, or what athletes do between them, for `count` instants."""
    motion = Motion.random(NONE_LABEL, rng, body)
    step = np.exp(rng.normal(0, 0.15)) / (motion.repetition_seconds * RATE)
    phase = motion.window.start + np.arange(count) * step
    return Stretch(NONE_LABEL, joints_of(solve(motion.plan.pose(phase), body)), np.zeros(count), near=motion.near)


def joined(rng: np.random.Generator, stretches: list[Stretch]) -> Stretch:
    """Stretches one after the other: each begins where the last one ended, and most of them fade into each other.

    The label of the whole is that of the first movement in it.
    """
    joints = stretches[0].joints
    spans = list(stretches[0].spans)
    for stretch in stretches[1:]:
        moved = _moved(stretch.joints, joints[-1])
        if rng.random() < 0.85:  # else the film was cut
            share = smooth_step((np.arange(len(moved)) + 1) / (1 + RATE * rng.uniform(*FADE)))[:, None, None]
            moved = joints[-1] * (1 - share) + moved * share
        spans += [(first + len(joints), after + len(joints)) for first, after in stretch.spans]
        joints = np.concatenate([joints, moved])
    label = next((stretch.label for stretch in stretches if stretch.label != NONE_LABEL), NONE_LABEL)
    return Stretch(label, joints, np.concatenate([stretch.turn for stretch in stretches]), tuple(spans))


def joints_of(skeleton: Skeleton) -> Array:
    """The points of a body, float64 [T, 13, 3] in metres, in the order of `model.pose.track.POINTS`."""
    pairs = [getattr(skeleton, name) for name in PAIRS]
    return np.concatenate([*pairs, skeleton.head[:, None]], axis=1)


def _moved(joints: Array, before: Array) -> Array:
    """Joints [T, 13, 3] moved along the floor, so that the first instant's hips are where those of `before` are."""
    shift = before[_HIPS].mean(axis=0) - joints[0, _HIPS].mean(axis=0)
    return joints + shift * np.array([1, 1, 0])


def turned(joints: Array, repetition: np.ndarray, way: int) -> Array:
    """Joints of an athlete who turns round before every repetition but the first."""
    result = joints.copy()
    for number in range(1, int(repetition.max(initial=0)) + 1):
        (rows,) = np.nonzero(repetition == number)
        if not rows.size:
            continue
        turned = np.pi * (number - 1 + smooth_step((np.arange(len(rows)) + 1) / (TURN_SECONDS * RATE))) * way
        own = joints[rows] - joints[rows[0], _HIPS].mean(axis=0) * np.array([1, 1, 0])
        cosine, sine = np.cos(turned)[:, None], np.sin(turned)[:, None]
        x, y = own[..., 0], own[..., 1]
        own = np.stack([x * cosine - y * sine, x * sine + y * cosine, own[..., 2]], axis=-1)
        result[rows] = _moved(own, result[rows[0] - 1])
    return result
