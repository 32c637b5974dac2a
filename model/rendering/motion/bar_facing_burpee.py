"""Bar-facing burpee: chest on the floor, up to the feet, and over the bar with a jump."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.burpee import Burpee
from model.rendering.motion.curves import Sway
from model.rendering.motion.geometry import Array
from model.rendering.motion.parts import seconds
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import PLATE_RADIUS, Barbell, Props
from model.rendering.motion.skeleton import Pose, Proportions, Skeleton


def bar_facing_burpee(rng: np.random.Generator, body: Proportions) -> Plan:
    """Phases: 0 chest on the floor, 1 landed behind the bar; -0.46 standing before it.

    A quarter of the clips begin while the athlete still goes down. Variants: see `Burpee`; the bar lies more or less
    square to the athlete and nearer or farther.
    """
    duration = seconds(rng, 2.069, 0.334, shortest=1.2)
    bar_x = rng.uniform(0.28, 0.45)
    burpee = Burpee.random(rng, body, duration, jump=(bar_x, rng.uniform(0.22, 0.38)))
    angle = rng.normal(0, 0.07)
    direction = np.array([np.sin(angle), np.cos(angle), 0.0])
    aside = rng.normal(0, 0.06)
    sway = Sway(rng, 0.008, 0.01, 0.04, 0.06)

    def pose(phase: Array) -> Pose:
        return burpee.pose(phase, body, sway(phase * duration))

    def props(skeleton: Skeleton, phase: Array) -> Props:
        centre = np.array([bar_x * body.height, aside, PLATE_RADIUS])
        count = len(phase)
        return Props(barbell=Barbell(np.tile(centre, (count, 1)), np.tile(direction, (count, 1))))

    going_down = rng.random() < 0.25
    start = -rng.uniform(0.15, 0.46) if going_down else 0.0
    return Plan("bar-facing burpee", duration, Window.random(rng, start, 1.0, usual=not going_down), pose, props)
