"""Overhead squat: from the bottom to standing, the bar held overhead with a wide grip."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Sway
from model.rendering.motion.geometry import DEGREE, Array, vectors
from model.rendering.motion.parts import Stance, arms_drop, barbell_in_hands, on_bar, poles, seconds, squat_course
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import Props
from model.rendering.motion.skeleton import Pose, Proportions, Reach, Skeleton, Spine


def overhead_squat(rng: np.random.Generator, body: Proportions) -> Plan:
    """Phases: 0 bottom of the squat, 1 standing, 2 bottom again.

    Variants: depth, lean, grip, a rest at the bottom, knees that fall in, a bar that wanders over the feet, an
    empty bar.
    """
    stance = Stance.random(rng, width=(0.07, 0.125), angle=(8, 35), knees=(0.3, 0.9))
    standing = stance.height(body) - 0.002
    grip = rng.uniform(0.29, 0.44)
    course = squat_course(rng, standing)
    bar_ahead = rng.uniform(-0.03, 0.03)
    shrug = rng.uniform(0.012, 0.03)

    knees_in = rng.uniform(0, 0.35) if rng.random() < 0.4 else 0.0
    level = rng.uniform(0.2, 0.9)  # how much of the lean the neck takes back
    nod = rng.uniform(-12, 12) * DEGREE
    plates = rng.random() < 0.94
    sway = Sway(rng, 0.007, 0.007, 0.015, 0.03, 0.02, 0.012)
    duration = seconds(rng, 1.066, 0.18)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        hip_x, hip_z, leaning = course(phase)
        drift_x, drift_y, roll, turn, tilt, bar_x = sway(phase * duration)
        effort = np.sin(np.pi * np.clip(2 * (1 - hip_z / standing), 0, 1))
        spine = Spine(vectors(hip_x + drift_x * 0.5, drift_y, hip_z - 0.002), lean=leaning, roll=roll, side=-roll)
        trunk = spine.trunk(body)
        shoulders = trunk.chest.point(trunk.shoulders, up=shrug)
        ahead = np.clip(bar_ahead + bar_x - shoulders[:, 0], -0.2, 0.12)
        hands = on_bar(shoulders + vectors(ahead, 0.0, arms_drop(body, grip, ahead)), grip, tilt)
        legs, feet = stance.stand(count, knees=-knees_in * effort)
        return Pose(
            spine,
            arms=Reach(hands, poles(-0.2, 0.3, -1.0, count)),
            legs=legs,
            feet=feet,
            shrug=shrug,
            nod=nod - leaning * level,
            turn=turn,
        )

    def props(skeleton: Skeleton, phase: Array) -> Props:
        return Props(barbell=barbell_in_hands(skeleton, plates=plates))

    return Plan("ohs", duration, Window.up_and_down(rng), pose, props)
