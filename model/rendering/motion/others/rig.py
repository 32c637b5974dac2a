"""Motions on the pull-up bar other than chest-to-bar."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Curve, Sway, UpAndDown
from model.rendering.motion.geometry import DEGREE, SIDES, Array, vectors
from model.rendering.motion.hanging import Hang
from model.rendering.motion.parts import seconds
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import Props, PullUpBar
from model.rendering.motion.skeleton import Pose, Proportions, Skeleton


def _plan(
    rng: np.random.Generator,
    body: Proportions,
    kind: str,
    duration: float,
    course: UpAndDown,
    window: Window,
    *,
    near: bool,
) -> Plan:
    """Keys of `course`: shoulders' x and share of the hang's depth, lean, thigh, knee, bend."""
    hang = Hang.random(rng, body)
    nod = rng.uniform(-0.35, 0.1)
    sway = Sway(rng, 0.008, 0.012, 0.04, 0.06, 0.05)

    def pose(phase: Array) -> Pose:
        x, deep, lean, thigh, knee, bend = course(phase)
        drift_x, drift_y, roll, turn, legs_apart = sway(phase * duration)
        return hang.pose(
            body,
            vectors(x + drift_x, drift_y, -deep * hang.depth(body)),
            lean=lean,
            bend=bend,
            roll=roll * 0.5,
            thigh=thigh[:, None] + legs_apart[:, None] * SIDES,
            knee=knee[:, None],
            nod=nod,
            turn=turn,
        )

    def props(skeleton: Skeleton, phase: Array) -> Props:
        return Props(pull_up_bar=PullUpBar(hang.bar * body.height))

    return Plan(kind, duration, window, pose, props, near=near)


def pull_up(rng: np.random.Generator, body: Proportions) -> Plan:
    """Strict or kipping, until the chin is over the bar or not quite; hanging at phase 0, up at 1."""
    kip = rng.uniform(0.3, 1.0) if rng.random() < 0.4 else 0.0
    knee = rng.uniform(0, 80) * DEGREE
    high = rng.uniform(0.28, 0.42) if rng.random() < 0.7 else rng.uniform(0.42, 0.7)
    low = [0.06 * kip, 0.99, 8 * DEGREE * kip, -20 * DEGREE * kip, knee, -8 * DEGREE * kip]
    swing = [-0.12 * kip - 0.01, 0.85, -22 * DEGREE * kip - 2 * DEGREE, 45 * DEGREE * kip, knee, 6 * DEGREE * kip]
    top = [-rng.uniform(0.05, 0.12), high, -rng.uniform(2, 18) * DEGREE, rng.uniform(-5, 25) * DEGREE, knee, 0.0]
    course = UpAndDown(
        Curve([0, 0.08, 0.45, 0.95, 1], [low, low, swing, top, top]), Curve([0, 0.1, 0.92, 1], [top, top, low, low])
    )
    return _plan(
        rng,
        body,
        "pull-up",
        seconds(rng, 0.8 if kip else 1.1, 0.2, shortest=0.7),
        course,
        Window.up_and_down(rng),
        near=True,
    )


def toes_to_bar(rng: np.random.Generator, body: Proportions) -> Plan:
    """The feet swing up to the bar; hanging at phase 0, feet up at 1."""
    knee = rng.uniform(0, 30) * DEGREE
    knees_first = rng.uniform(0, 70) * DEGREE
    low = [0.08, 0.99, 14 * DEGREE, -30 * DEGREE, knee, -10 * DEGREE]
    tucked = [-0.10, 0.95, -30 * DEGREE, 80 * DEGREE, knee + knees_first, 15 * DEGREE]
    top = [
        -0.14,
        rng.uniform(0.8, 0.92),
        -rng.uniform(45, 62) * DEGREE,
        rng.uniform(98, 112) * DEGREE,
        knee * 0.3,
        22 * DEGREE,
    ]
    course = UpAndDown(
        Curve([0, 0.1, 0.6, 0.97, 1], [low, low, tucked, top, top]),
        Curve([0, 0.05, 0.4, 0.95, 1], [top, top, tucked, low, low]),
    )
    return _plan(
        rng, body, "toes-to-bar", seconds(rng, 0.9, 0.12, shortest=0.75), course, Window.up_and_down(rng), near=False
    )


def hanging(rng: np.random.Generator, body: Proportions) -> Plan:
    """Hanging and swinging a little; phase 1 is one swing forwards, 2 one back."""
    swing = rng.uniform(0.0, 0.8)
    knee = rng.uniform(0, 60) * DEGREE
    back = [0.05 * swing, 0.99, 10 * DEGREE * swing, -18 * DEGREE * swing, knee, -5 * DEGREE * swing]
    front = [-0.06 * swing, 0.99, -12 * DEGREE * swing, 22 * DEGREE * swing, knee * 0.7, 6 * DEGREE * swing]
    course = UpAndDown(Curve([0, 1], [back, front]), Curve([0, 1], [front, back]))
    start = rng.uniform(0, 2)
    window = Window.random(rng, start, start + rng.uniform(0.8, 2.2))
    return _plan(rng, body, "hanging", seconds(rng, 0.9, 0.2, shortest=0.6), course, window, near=False)
