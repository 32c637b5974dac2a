"""Motions with dumbbells, a kettlebell or a ball."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Curve, Sway, UpAndDown, blend, smooth_step
from model.rendering.motion.geometry import DEGREE, SIDES, Array, unit, vectors
from model.rendering.motion.parts import Stance, arms_drop, poles, seconds, squat_course
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import Ball, Props, Weights
from model.rendering.motion.skeleton import Pose, Proportions, Reach, Skeleton, Spine


def dumbbell_press(rng: np.random.Generator, body: Proportions) -> Plan:
    """Two dumbbells from the shoulders overhead, with or without a dip; at the shoulders at phase 0, overhead at 1."""
    stance = Stance.random(rng, width=(0.05, 0.1), knees=(0.1, 0.5))
    standing = stance.height(body) - 0.003
    dip = rng.uniform(0.03, 0.09) if rng.random() < 0.6 else 0.0
    along = rng.random() < 0.5  # handles fore and aft, or across
    wide = rng.uniform(0.02, 0.08)
    start, end = [standing, 0.0], [standing, 1.0]
    up = Curve([0, 0.05, 0.28, 0.48, 0.92, 1], [start, start, [standing - dip, 0.0], [standing, 0.15], end, end])
    down = Curve([0, 0.12, 0.8, 1], [end, end, [standing - dip * 0.5, 0.02], start])
    course = UpAndDown(up, down)
    late = rng.normal(0, 0.04)
    duration = seconds(rng, 1.0, 0.2, shortest=0.6)
    sway = Sway(rng, 0.006, 0.006, 0.02, 0.04)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        z, pressed = course(phase)
        drift_x, drift_y, roll, turn = sway(phase * duration)
        spine = Spine(vectors(drift_x, drift_y, z), roll=roll)
        trunk = spine.trunk(body)
        each = np.clip(pressed[:, None] + late * SIDES * np.sin(np.pi * pressed)[:, None], 0, 1)
        left = trunk.chest.left[:, None] * SIDES[:, None]
        low = trunk.shoulders[:, None] + left * (body.shoulder + wide) + np.array([0.05, 0.0, 0.03])
        high = (
            trunk.shoulders[:, None] + left * body.shoulder + np.array([0.0, 0.0, 1.0]) * arms_drop(body, body.shoulder)
        )
        legs, feet = stance.stand(count)
        arms = Reach(blend(low, high, each), poles(0.5, 0.7, -0.6, count))
        return Pose(spine, arms=arms, legs=legs, feet=feet, shrug=0.01 * pressed, turn=turn)

    def props(skeleton: Skeleton, phase: Array) -> Props:
        axis = skeleton.chest.forward if along else skeleton.chest.left
        return Props(dumbbells=Weights(skeleton.wrist, np.repeat(axis[:, None], 2, axis=1)))

    return Plan("dumbbell press", duration, Window.up_and_down(rng), pose, props)


def kettlebell_swing(rng: np.random.Generator, body: Proportions) -> Plan:
    """A two-handed swing to eye level or overhead; between the legs at phase 0, up at 1."""
    stance = Stance.random(rng, width=(0.09, 0.13), knees=(0.2, 0.5))
    standing = stance.height(body) - 0.003
    top = (rng.uniform(165, 178) if rng.random() < 0.5 else rng.uniform(80, 110)) * DEGREE
    back = rng.uniform(5, 20) * DEGREE
    low = [rng.uniform(-0.15, -0.10), standing * rng.uniform(0.78, 0.9), rng.uniform(50, 72) * DEGREE, -back]
    thrust = [0.0, standing, 2 * DEGREE, top * rng.uniform(0.15, 0.3)]
    high = [0.0, standing, -3 * DEGREE, top]
    course = UpAndDown(
        Curve([0, 0.08, rng.uniform(0.42, 0.55), 0.97, 1], [low, low, thrust, high, high]),
        Curve([0, 0.06, rng.uniform(0.5, 0.62), 0.97, 1], [high, high, thrust, low, low]),
    )
    duration = seconds(rng, 0.85, 0.12, shortest=0.6)
    sway = Sway(rng, 0.006, 0.006, 0.02, 0.04)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        x, z, lean, raised = course(phase)
        drift_x, drift_y, roll, turn = sway(phase * duration)
        spine = Spine(vectors(x + drift_x, drift_y, z - 0.002), lean=lean, roll=roll * 0.4)
        trunk = spine.trunk(body)
        reach = arms_drop(body, 0.03) * 0.99
        grip = trunk.shoulders + vectors(np.sin(raised), 0.0, -np.cos(raised)) * reach
        legs, feet = stance.stand(count)
        arms = Reach(grip[:, None] + trunk.chest.left[:, None] * SIDES[:, None] * 0.03, poles(-0.2, 1.0, -0.2, count))
        return Pose(spine, arms=arms, legs=legs, feet=feet, nod=-0.4 * lean, turn=turn)

    def props(skeleton: Skeleton, phase: Array) -> Props:
        grip = skeleton.wrist.mean(axis=1)
        down = unit(grip - skeleton.shoulders)
        return Props(kettlebell=Weights(grip[:, None], skeleton.chest.left[:, None], down[:, None]))

    return Plan("kettlebell swing", duration, Window.up_and_down(rng), pose, props)


def wall_ball(rng: np.random.Generator, body: Proportions) -> Plan:
    """A squat with a ball before the chest and a throw upwards; bottom at phase 0, thrown at 1, caught after it."""
    stance = Stance.random(rng, width=(0.07, 0.115), knees=(0.25, 0.8))
    standing = stance.height(body) - 0.003
    course = squat_course(rng, standing, lean=(8, 30), rest=(0.0, 0.05))
    radius = rng.uniform(0.16, 0.18)
    duration = seconds(rng, 1.0, 0.12, shortest=0.75)
    throw, release = rng.uniform(0.45, 0.6), rng.uniform(0.72, 0.85)
    caught = rng.uniform(1.2, 1.4)
    rise, away = rng.uniform(0.5, 1.1), rng.uniform(0.2, 0.5)
    sway = Sway(rng, 0.006, 0.006, 0.015, 0.03)

    def extension(phase: Array) -> Array:
        turn = np.mod(phase, 2.0)
        return (
            smooth_step((turn - throw) / (release - throw))
            * (1 - 0.75 * smooth_step((turn - release - 0.1) / (caught - release)))
            * (1 - smooth_step((turn - caught) / 0.3))
        )

    def pose(phase: Array) -> Pose:
        count = len(phase)
        x, z, lean = course(phase)
        drift_x, drift_y, roll, turn = sway(phase * duration)
        spine = Spine(vectors(x + drift_x, drift_y, z - 0.002), lean=lean, roll=roll * 0.4)
        trunk = spine.trunk(body)
        out = radius / body.height
        low = trunk.chest.point(trunk.shoulders, forward=0.06 + out, up=-0.02)
        high = trunk.shoulders + vectors(0.10, 0.0, np.sqrt(body.arm_length**2 - 0.1**2))
        middle = blend(low, high, extension(phase))
        legs, feet = stance.stand(count, heel=0.25 * extension(phase) * (z > 0.95 * standing))
        arms = Reach(
            middle[:, None] + trunk.chest.left[:, None] * SIDES[:, None] * out * 0.8, poles(0.1, 0.7, -0.8, count)
        )
        return Pose(spine, arms=arms, legs=legs, feet=feet, nod=-lean - 0.2 * extension(phase), turn=turn)

    def props(skeleton: Skeleton, phase: Array) -> Props:
        held = skeleton.wrist.mean(axis=1) + skeleton.chest.forward * radius * 0.4
        flight = np.clip((np.mod(phase, 2.0) - release) / (caught - release), 0, 1)
        arc = 4 * flight * (1 - flight)
        return Props(ball=Ball(held + vectors(away * arc, 0.0, rise * arc), radius))

    return Plan("wall ball", duration, Window.up_and_down(rng), pose, props)
