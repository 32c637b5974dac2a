"""Chest-to-bar pull-up: from the hang until the chest touches the bar."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Curve, Sway, UpAndDown
from model.rendering.motion.geometry import DEGREE, SIDES, Array, vectors
from model.rendering.motion.hanging import Hang
from model.rendering.motion.parts import seconds
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import Props, PullUpBar
from model.rendering.motion.skeleton import Pose, Proportions, Skeleton


def chest_to_bar(rng: np.random.Generator, body: Proportions) -> Plan:
    """Phases: 0 hanging, 1 chest at the bar, 2 hanging again.

    Variants: butterfly and kipping of every strength down to nearly strict, knees bent or straight, legs together or
    apart, how high and how far behind the bar the chest arrives.
    """
    hang = Hang.random(rng, body)
    duration = seconds(rng, 0.72, 0.257, shortest=0.5)
    # The quicker, the smaller the swing: legs do not go faster than about 9 m/s.
    kip = min(rng.uniform(0.3, 1.15) if rng.random() < 0.85 else rng.uniform(0.05, 0.3), duration / 0.95)
    knee = rng.uniform(5, 55) * DEGREE
    uniform = rng.uniform

    # Each key: shoulders relative to the bar (x, share of the hang's depth), lean, thigh against the trunk, knee, bend.
    arched = [uniform(0, 0.12) * kip, uniform(0.97, 1), uniform(0, 18) * DEGREE * kip, uniform(-38, 0) * DEGREE * kip]
    arched += [knee * uniform(0.5, 1.5), -12 * DEGREE * kip]
    swing = [
        uniform(-0.06, 0.02) * kip,
        1.0,
        uniform(-18, -5) * DEGREE * kip,
        uniform(5, 40) * DEGREE * kip,
        knee,
        5 * DEGREE,
    ]
    drive = [uniform(-0.20, -0.10) * kip, uniform(0.55, 0.75), uniform(-50, -25) * DEGREE * kip]
    drive += [uniform(45, 88) * DEGREE * kip, knee, 14 * DEGREE * kip]
    pull = [uniform(-0.18, -0.10) * (0.4 + 0.6 * kip), uniform(0.05, 0.3), uniform(-45, -20) * DEGREE * kip]
    pull += [uniform(15, 60) * DEGREE * kip, knee, 8 * DEGREE * kip]
    touch = [-uniform(0.05, 0.12), -uniform(0.0, 0.16), uniform(-30, -5) * DEGREE * kip - 4 * DEGREE]
    touch += [uniform(-30, 15) * DEGREE * kip, knee * uniform(0.6, 1.6), -uniform(0, 14) * DEGREE]
    if rng.random() < 0.3:
        times = [0, 0.15, 0.42, 0.62, uniform(0.8, 0.88), 1]
        keys = [arched, swing, drive, pull, touch, [*touch[:3], touch[3] * 0.6 - 4 * DEGREE, *touch[4:]]]
    else:
        times = [0, uniform(0.13, 0.21), uniform(0.42, 0.50), uniform(0.64, 0.76), uniform(0.92, 1)]
        keys = [arched, swing, drive, pull, touch]
    up = Curve(times, keys)
    # A butterfly drops forwards through the bar, a kip is pushed away behind it.
    away = uniform(0.02, 0.10) if rng.random() < 0.5 else -uniform(0.10, 0.22)
    fall = [away * kip, uniform(0.35, 0.6), touch[2] * 0.3, touch[3] * 0.5 - 0.1 * kip, knee, -6 * DEGREE * kip]
    down = Curve([0, uniform(0.35, 0.5), uniform(0.8, 0.97), 1], [keys[-1], fall, arched, arched])
    course = UpAndDown(up, down)
    nod = uniform(-22, 3) * DEGREE
    sway = Sway(rng, 0.006, 0.01, 0.04, 0.06, 0.05)

    def pose(phase: Array) -> Pose:
        x, deep, lean, thigh, knees, bend = course(phase)
        drift_x, drift_y, roll, turn, legs_apart = sway(phase * duration)
        shoulders = vectors(x + drift_x * kip, drift_y, -deep * hang.depth(body))
        return hang.pose(
            body,
            shoulders,
            lean=lean,
            bend=bend,
            roll=roll * 0.5,
            thigh=thigh[:, None] + legs_apart[:, None] * SIDES,
            knee=knees[:, None],
            nod=nod - 0.2 * bend,
            turn=turn,
        )

    def props(skeleton: Skeleton, phase: Array) -> Props:
        return Props(pull_up_bar=PullUpBar(hang.bar * body.height))

    return Plan("chest-to-bar", duration, Window.up_and_down(rng), pose, props)
