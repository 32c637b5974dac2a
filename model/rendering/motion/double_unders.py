"""Double-unders: one jump, two turns of the rope."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Tempo
from model.rendering.motion.geometry import Array
from model.rendering.motion.parts import seconds
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import Props
from model.rendering.motion.skeleton import Pose, Proportions, Skeleton
from model.rendering.motion.skipping import Skip


def double_unders(rng: np.random.Generator, body: Proportions) -> Plan:
    """Phases: 0 take-off, 1 the next take-off. Clips show 0.9 to 1.1 jumps from any moment, half of them from just
    before take-off.

    Variants: straight, kicked-back and piked legs, jump height, hand position, a rope turned backwards.
    """
    duration = seconds(rng, 0.484, 0.044)
    skip = Skip.random(rng, body, duration, turns=2, airborne=(0.52, 0.80))
    start = rng.uniform(0, 1) if rng.random() < 0.5 else rng.uniform(-0.15, 0.1)
    window = Window(start, start + rng.uniform(0.9, 1.1), Tempo(rng, 0.1))

    def pose(phase: Array) -> Pose:
        return skip.pose(phase, body)

    def props(skeleton: Skeleton, phase: Array) -> Props:
        return skip.props(skeleton, phase, body)

    return Plan("double-unders", duration, window, pose, props)
