"""The rowing machine."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Curve, Cycle, Sway, blend
from model.rendering.motion.geometry import DEGREE, SIDES, Array, pairs, unit, vectors
from model.rendering.motion.parts import poles, seconds
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import Props, Rower
from model.rendering.motion.skeleton import Feet, Pose, Proportions, Reach, Skeleton, Spine


def rowing(rng: np.random.Generator, body: Proportions) -> Plan:
    """On the rowing machine; phase 0 the catch, about 0.4 the finish, 1 the next catch."""
    seat_z = 0.36 / body.height + 0.055
    feet_x, feet_z = 0.0, rng.uniform(0.22, 0.28) / body.height
    far = body.leg_length * 0.97
    catch, finish = -far * rng.uniform(0.42, 0.52), -far
    drive = rng.uniform(0.32, 0.45)
    # Seat x, lean, how far the arms are drawn in.
    course = Cycle(
        Curve(
            [0, drive * 0.6, drive, drive + 0.05, drive + (1 - drive) * 0.35, drive + (1 - drive) * 0.6, 1],
            [
                [catch, rng.uniform(15, 30) * DEGREE, 0.0],
                [finish * 0.92 + catch * 0.08, 2 * DEGREE, 0.1],
                [finish, -rng.uniform(15, 32) * DEGREE, 1.0],
                [finish, -rng.uniform(15, 32) * DEGREE, 1.0],
                [finish * 0.98 + catch * 0.02, 5 * DEGREE, 0.0],
                [finish * 0.6 + catch * 0.4, 18 * DEGREE, 0.0],
                [catch, 22 * DEGREE, 0.0],
            ],
        )
    )
    duration = seconds(rng, 2.0, 0.3, shortest=0.6)
    sway = Sway(rng, 0.004, 0.015, 0.04)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        x, lean, drawn = course(phase)
        drift, roll, turn = sway(phase * duration)
        spine = Spine(vectors(x, drift, seat_z), lean=lean, bend=0.15, roll=roll * 0.3)
        trunk = spine.trunk(body)
        stretched = trunk.shoulders + vectors(body.arm_length * 0.95, 0.0, -0.12)
        held = blend(stretched, trunk.chest.point(trunk.shoulders, forward=0.08, up=-0.11), drawn)
        held[:, 0] = np.minimum(held[:, 0], feet_x + 0.06)
        arms = Reach(held[:, None] + np.array([0.0, 0.08, 0.0]) * SIDES[:, None], poles(-0.6, 0.5, -0.6, count))
        ankles = pairs(np.full((count, 2), feet_x), 0.06, feet_z)
        toes = unit(pairs(np.full((count, 2), 0.6), 0.05, 0.8))
        return Pose(spine, arms=arms, legs=Reach(ankles, poles(0.1, 0.15, 1.0, count)), feet=Feet(toes), turn=turn)

    def props(skeleton: Skeleton, phase: Array) -> Props:
        seat = skeleton.pelvis * np.array([1.0, 0.0, 1.0]) - np.array([0.0, 0.0, 0.055 * body.height])
        feet = np.array([feet_x + 0.04, 0.0, feet_z]) * body.height
        return Props(rower=Rower(seat, skeleton.wrist.mean(axis=1), feet, feet + np.array([0.5, 0.0, 0.35])))

    start = rng.uniform(0, 1)
    return Plan("rowing", duration, Window.random(rng, start, start + rng.uniform(0.5, 1.3)), pose, props)
