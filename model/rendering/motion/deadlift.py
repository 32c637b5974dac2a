"""Deadlift: from the floor to standing with straight arms."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Curve, Sway, UpAndDown
from model.rendering.motion.geometry import DEGREE, Array, vectors
from model.rendering.motion.parts import Stance, barbell_in_hands, hanging_bar, lean_to_bar, on_bar, poles, seconds
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import PLATE_RADIUS, Props
from model.rendering.motion.skeleton import Pose, Proportions, Reach, Skeleton, Spine


def deadlift(rng: np.random.Generator, body: Proportions) -> Plan:
    """Phases: 0 the bar on the floor, 1 standing, 2 on the floor again.

    Variants: high and low hips, a rounded back, a reset on the floor or touch-and-go, hips that shoot up first, a
    lean back at the top, a bar that is put down with the knees or with a straight-legged hinge.
    """
    stance = Stance.random(rng, width=(0.05, 0.09), knees=(0.1, 0.5))
    standing = stance.height(body) - 0.002
    grip = float(np.max(stance.aside)) + rng.uniform(0.05, 0.10)
    plate = PLATE_RADIUS / body.height
    rounding = rng.uniform(0, 14) * DEGREE
    bar_floor, bar_top = rng.uniform(0.045, 0.075), rng.uniform(0.055, 0.075)

    def key(hip_x: float, hip_z: float, bar: tuple[float, float], bend: float) -> list[float]:
        return [hip_x, hip_z, float(lean_to_bar(body, (hip_x, hip_z), bar, grip, bend)), bend, bar[0]]

    hip_x, hip_z = rng.uniform(-0.20, -0.12), rng.uniform(0.60, 0.80) * standing
    floor = key(hip_x, hip_z, (bar_floor, plate), rounding)
    shoot = rng.uniform(0.35, 0.7)  # how far the hips are up when the bar passes the knees
    knee_height = rng.uniform(0.26, 0.31)
    knees = key(
        hip_x * rng.uniform(0.7, 0.95), hip_z + (standing - hip_z) * shoot, (bar_floor, knee_height), rounding * 0.6
    )
    top = [0.0, standing, rng.uniform(-8, 3) * DEGREE, 0.0, bar_top]
    hinge = key(
        hip_x * rng.uniform(0.8, 1.1),
        hip_z + (standing - hip_z) * rng.uniform(0.4, 0.8),
        (bar_floor, knee_height),
        rounding * 0.5,
    )

    reset = rng.uniform(0.0, 0.2) + 0.01
    lockout = rng.uniform(0.72, 0.99)
    up = Curve(
        [0, reset, reset + (lockout - reset) * rng.uniform(0.4, 0.55), lockout, 1], [floor, floor, knees, top, top]
    )
    start_down = rng.uniform(0.01, 0.2)
    down = Curve(
        [0, start_down, start_down + (1 - start_down) * rng.uniform(0.4, 0.6), 0.99, 1], [top, top, hinge, floor, floor]
    )
    course = UpAndDown(up, down)
    nod_floor, nod_top = rng.uniform(-35, 0) * DEGREE, rng.uniform(-8, 12) * DEGREE
    elbows = rng.uniform(-1.0, -0.2)
    sway = Sway(rng, 0.004, 0.004, 0.015, 0.03, 0.008)
    duration = seconds(rng, 0.805, 0.24)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        hip_x, hip_z, lean, bend, bar_x = course(phase)
        height = np.clip((hip_z - floor[1]) / (standing - floor[1]), 0, 1)
        drift_x, drift_y, side, turn, tilt = sway(phase * duration) * np.array([1, 1, 1, 1, 0.3])[:, None]
        spine = Spine(
            vectors(hip_x + drift_x * height, drift_y * height, hip_z), lean=lean, bend=bend, side=side * height
        )
        legs, feet = stance.stand(count)
        bar = hanging_bar(spine.trunk(body), body, grip, bar_x)
        bar[:, 2] = np.maximum(bar[:, 2], plate)
        return Pose(
            spine,
            arms=Reach(on_bar(bar, grip, tilt * height), poles(elbows, 1.0, 0.0, count)),
            legs=legs,
            feet=feet,
            nod=nod_floor + (nod_top - nod_floor) * height,
            turn=turn,
        )

    def props(skeleton: Skeleton, phase: Array) -> Props:
        return Props(barbell=barbell_in_hands(skeleton))

    return Plan("deadlift", duration, Window.up_and_down(rng), pose, props)
