"""GHD sit-up: seated on the machine, back until the hands touch the floor, up again."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Curve, Cycle, Sway, blend, smooth_step
from model.rendering.motion.geometry import DEGREE, SIDES, Array, pairs, unit, vectors
from model.rendering.motion.parts import poles, seconds
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import Ghd, Props
from model.rendering.motion.skeleton import Feet, Pose, Proportions, Reach, Skeleton, Spine

LYING_OVER = 130 * DEGREE
"""Angle of the trunk from upright that counts as fully back."""
FLOOR = 0.02
"""Height of a hand that touches the floor, body heights."""


def ghd(rng: np.random.Generator, body: Proportions) -> Plan:
    """Phases: 0 seated, about 0.47 the hands at the floor behind, 1 seated again.

    Variants: machine height, how deep and how upright, knees that bend on the way down and drive the way up, arms that
    swing low past the hips (most), overhead all the way, or across the chest.
    """
    height = rng.uniform(1.00, 1.15) / body.height
    deep = rng.uniform(130, 162) * DEGREE
    seated = rng.uniform(5, 45) * DEGREE
    finish = max(seated + rng.uniform(-12, 12) * DEGREE, 3 * DEGREE)
    turning, rest = rng.uniform(0.42, 0.52), rng.uniform(0.02, 0.14)
    pace = rng.uniform(0.85, 1.02)
    course = Cycle(
        Curve.through(
            (0, seated),
            (rest, seated * 0.8),
            (rest + (turning - rest) * rng.uniform(0.45, 0.55), -rng.uniform(60, 85) * DEGREE),
            (turning, -deep),
            (turning + (0.9 - turning) * 0.45 * pace, -rng.uniform(60, 85) * DEGREE),
            (turning + (0.92 - turning) * 0.75 * pace, -rng.uniform(0, 15) * DEGREE),
            (rng.uniform(0.92, 0.97), finish),
            (1, seated),
        )
    )
    knee = rng.uniform(5, 35) * DEGREE
    slope = rng.uniform(-6, 5) * DEGREE
    apart = rng.uniform(0.02, 0.08)
    arms = rng.random()  # below 0.7 past the hips, below 0.85 overhead all the way, else across the chest
    deepest = deep / LYING_OVER
    early = rng.uniform(-0.1, 0.35)  # how far back the trunk is when the hands leave the hips
    overhead_reach, beside = rng.uniform(0.82, 0.97), rng.uniform(0.0, 0.2)
    forward_reach = rng.uniform(-0.3, 0.1)
    touching = 1.0 if rng.random() < 0.8 else 0.0
    sway = Sway(rng, 0.004, 0.03, 0.04, 0.03)
    duration = seconds(rng, 1.965, 0.186)
    leg = body.leg_length * np.cos(3 * DEGREE)
    ankles = np.array([leg * np.cos(slope), 0.0, height + leg * np.sin(slope)])

    def pose(phase: Array) -> Pose:
        count = len(phase)
        (angle,) = course(phase)
        drift, roll, turn, hand_drift = sway(phase * duration)
        back = np.clip(-angle / LYING_OVER, 0, 1.3)
        behind = angle <= 0
        lean = np.where(behind, angle * 0.8, angle * 0.65)
        bend = np.where(behind, angle * 0.2 - 0.15 * back, angle * 0.35) + 0.12 * smooth_step((angle + 0.4) / 0.8)
        # Bent knees let the pelvis slide towards the feet.
        slack = leg * (1 - np.cos(knee * smooth_step(back * 1.4) * 0.5)) * 1.2
        spine = Spine(vectors(slack, drift, height), lean=lean, bend=bend, roll=roll * 0.3, twist=roll)
        trunk = spine.trunk(body)
        ahead, up = trunk.chest.forward, trunk.chest.up
        over = np.clip((back - early) / (deepest - early), 0, 1)
        if arms < 0.7:
            low, low_reach = np.broadcast_to(unit(np.array([1.0, 0.0, forward_reach])), up.shape), 0.96
        elif arms < 0.85:
            low, low_reach = unit(ahead * 0.55 + up), 0.8
        else:
            low, low_reach = unit(ahead + up * 0.05), 0.42
        # The hands pass the shoulders with bent arms, beside them or before the chest.
        passing = np.sin(np.pi * over)
        reach = body.arm_length * blend(low * low_reach, up * overhead_reach, over)
        middle = trunk.shoulders + reach + ahead * (0.12 * passing)[:, None]
        apart_hands = (
            blend(body.shoulder * (0.7 if arms >= 0.85 else 1.25), body.shoulder * 0.9, over) + beside * passing
        )
        targets = middle[:, None] + trunk.chest.left[:, None] * SIDES[:, None] * apart_hands[:, None, None]
        targets[..., 0] += hand_drift[:, None] * SIDES
        at_floor = touching * smooth_step((-angle / deep - 0.5) / 0.48)
        targets[..., 2] = np.maximum(blend(targets[..., 2], FLOOR, at_floor), FLOOR)
        feet_up = pairs(np.full((count, 2), 0.25), 0.1, 0.97)
        return Pose(
            spine,
            arms=Reach(targets, unit(-ahead * 0.6 - up * 0.5)[:, None] + poles(0.0, 0.8, -0.3, count)),
            legs=Reach(
                np.broadcast_to(ankles + pairs(0.0, np.full((1, 2), apart), 0.0), (count, 2, 3)),
                poles(0.0, 0.25, 1.0, count),
            ),
            feet=Feet(unit(feet_up)),
            nod=0.2 * (1 - np.minimum(back, 1)) - 0.35 * back,
            turn=turn,
        )

    def props(skeleton: Skeleton, phase: Array) -> Props:
        return Props(ghd=Ghd(pelvis=np.array([0.0, 0.0, height]) * body.height, ankles=ankles * body.height))

    window = Window.around(rng)
    return Plan("ghd", duration, window, pose, props)
