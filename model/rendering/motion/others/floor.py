"""Motions on the floor or upside down: push-ups, sit-ups, burpees on the spot, handstands."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.burpee import Burpee
from model.rendering.motion.curves import Curve, Sway, UpAndDown, blend
from model.rendering.motion.geometry import DEGREE, SIDES, Array, pairs, unit, vectors
from model.rendering.motion.parts import Stance, arms_drop, poles, seconds
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import Props
from model.rendering.motion.skeleton import ANKLE, Aim, Feet, Pose, Proportions, Reach, Skeleton, Spine


def _nothing(skeleton: Skeleton, phase: Array) -> Props:
    return Props()


def push_up(rng: np.random.Generator, body: Proportions) -> Plan:
    """Chest to the floor and up again; down at phase 0, up at 1."""
    stance = Stance.random(rng, width=(0.02, 0.08), angle=(-3, 5), knees=(0, 0.05))
    grip = rng.uniform(0.11, 0.2)
    heel = rng.uniform(60, 80) * DEGREE
    sag = rng.uniform(-0.03, 0.03)
    low, high = rng.uniform(0.09, 0.14), float(arms_drop(body, grip)) + 0.015
    course = UpAndDown(
        Curve([0, 0.1, 0.92, 1], [low, low, high, high]), Curve([0, 0.1, 0.95, 1], [high, high, low, low])
    )
    length = body.leg_length + body.torso_length
    duration = seconds(rng, 0.75, 0.2, shortest=0.6)
    sway = Sway(rng, 0.004, 0.01, 0.02, 0.05)
    ankle = stance.stand(1, heel=heel)[0].target.mean(axis=1)[0]
    hands_x = ankle[0] + float(np.sqrt(length**2 - (high - ankle[2]) ** 2)) - rng.uniform(0.0, 0.03)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        (height,) = course(phase)
        _, drift, roll, turn = sway(phase * duration)
        rise = height - ankle[2]
        along = np.sqrt(length**2 - rise**2)
        share = body.leg_length * 0.995 / length
        pelvis = vectors(ankle[0] + along * share, drift, ankle[2] + rise * share + sag * 0.5)
        lean = np.arctan2(along * (1 - share), rise * (1 - share) - sag * 0.5)
        legs, feet = stance.stand(count, heel=heel)
        hands = pairs(np.full((count, 2), hands_x), grip, 0.02)
        return Pose(
            Spine(pelvis, lean=lean, roll=roll * 0.3),
            arms=Reach(hands, poles(-1.0, 0.7, 0.2, count)),
            legs=Reach(legs.target, poles(0.2, 0.0, -1.0, count)),
            feet=feet,
            nod=-0.4,
            turn=turn,
        )

    return Plan("push-up", duration, Window.up_and_down(rng), pose, _nothing)


def sit_up(rng: np.random.Generator, body: Proportions) -> Plan:
    """From lying on the back to sitting, knees bent up or dropped outwards; lying at phase 0, up at 1."""
    butterfly = rng.random() < 0.5
    feet_at = rng.uniform(0.22, 0.32)
    lying, up_right = -86 * DEGREE, rng.uniform(5, 35) * DEGREE
    course = UpAndDown(
        Curve([0, 0.12, 0.88, 1], [lying, lying, up_right, up_right]),
        Curve([0, 0.1, 0.95, 1], [up_right, up_right, lying, lying]),
    )
    overhead = rng.random() < 0.6
    duration = seconds(rng, 1.2, 0.25, shortest=0.85)
    sway = Sway(rng, 0.01, 0.03, 0.04)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        (angle,) = course(phase)
        drift, roll, turn = sway(phase * duration)
        raised = (angle - lying) / (up_right - lying)
        curl = 0.5 * np.sin(np.pi * raised) + 0.2 * raised
        spine = Spine(
            np.tile([0.0, 0.0, 0.068], (count, 1)), lean=angle - curl * 0.4, bend=curl, roll=roll * raised * 0.3
        )
        trunk = spine.trunk(body)
        left = trunk.chest.left[:, None] * SIDES[:, None]
        if overhead:
            direction = unit(blend(trunk.chest.up + trunk.chest.forward * 0.15, np.array([1.0, 0.0, -0.25]), raised))
            hands = (
                trunk.shoulders[:, None]
                + left * (body.shoulder + drift[:, None, None])
                + direction[:, None] * body.arm_length * 0.95
            )
        else:
            hands = (
                trunk.shoulders[:, None] + left * 0.05 + (trunk.chest.forward * 0.09 - trunk.chest.up * 0.05)[:, None]
            )
        hands[..., 2] = np.maximum(hands[..., 2], 0.03)
        ankles = pairs(np.full((count, 2), feet_at), 0.03 if butterfly else 0.06, ANKLE)
        knees = poles(0.2, 1.0, 0.25, count) if butterfly else poles(0.1, 0.1, 1.0, count)
        toes = unit(pairs(np.full((count, 2), 1.0), 0.5 if butterfly else 0.1, 0.0))
        return Pose(
            spine,
            arms=Reach(hands, unit(left * 0.8 - trunk.chest.up[:, None] * 0.2 - trunk.chest.forward[:, None] * 0.3)),
            legs=Reach(ankles, knees),
            feet=Feet(toes, np.broadcast_to(np.array([0.0, 0.0, -1.0]), (count, 2, 3))),
            nod=0.2,
            turn=turn,
        )

    return Plan("sit-up", duration, Window.up_and_down(rng), pose, _nothing)


def burpee(rng: np.random.Generator, body: Proportions) -> Plan:
    """A burpee on the spot or with a broad jump, no bar in front; phases as in the bar-facing burpee."""
    duration = seconds(rng, 2.0, 0.35, shortest=1.2)
    broad = rng.random() < 0.3
    jump = (rng.uniform(0.25, 0.4), rng.uniform(0.2, 0.5)) if broad else (0.0, 0.0)
    motion = Burpee.random(rng, body, duration, jump=jump)
    sway = Sway(rng, 0.008, 0.01, 0.04, 0.06)

    def pose(phase: Array) -> Pose:
        return motion.pose(phase, body, sway(phase * duration))

    start = -rng.uniform(0.15, 0.4) if rng.random() < 0.4 else 0.0
    return Plan(
        "burpee broad jump" if broad else "burpee", duration, Window.random(rng, start, 1.0), pose, _nothing, near=True
    )


def handstand(rng: np.random.Generator, body: Proportions) -> Plan:
    """Standing or walking on the hands; phase 1 is two steps of the hands."""
    walks = rng.random() < 0.6
    step = rng.uniform(0.06, 0.14) if walks else 0.0
    grip = rng.uniform(0.11, 0.15)
    duration = seconds(rng, 1.0, 0.25, shortest=0.6)
    arch, apart, bent = rng.uniform(-0.25, 0.1), rng.uniform(0.0, 0.25), rng.uniform(0.0, 0.7)
    wall = None if walks or rng.random() < 0.4 else -rng.uniform(0.25, 0.35)
    sway = Sway(rng, 0.01, 0.012, 0.03, 0.03, 0.08, 0.08)
    height = float(arms_drop(body, grip)) * 0.985

    def pose(phase: Array) -> Pose:
        count = len(phase)
        drift_x, drift_y, roll, turn, left_leg, right_leg = sway(phase * duration)
        steps = phase[:, None] + np.array([0.0, 0.5])
        whole, part = np.floor(steps), np.mod(steps, 1.0)
        swung = np.clip((part - 0.6) / 0.4, 0, 1)
        # Upside down the athlete walks towards the back, which is -x here.
        hands_x = -step * (whole - np.array([0.0, 0.5]) + swung**2 * (3 - 2 * swung) + 0.3)
        middle = -step * phase
        shoulders = vectors(middle + drift_x, drift_y, height + 0.02 - 0.5 * step**2)
        lean = np.pi + 0.05 - arch * 0.3
        posture = Spine(np.zeros((count, 3)), lean=lean, yaw=np.pi, roll=roll, bend=arch * 0.5)
        spine = Spine(shoulders - posture.trunk(body).shoulders, lean=lean, yaw=np.pi, roll=roll, bend=arch * 0.5)
        legs_angle = arch + np.stack([left_leg, right_leg], axis=1) + apart * SIDES * 0.6
        thigh = unit(pairs(np.sin(legs_angle), np.full((count, 2), -apart * 0.5), np.cos(legs_angle)))
        shin_angle = legs_angle - bent * (wall is None)
        shin = unit(pairs(np.sin(shin_angle), np.full((count, 2), -apart * 0.3), np.cos(shin_angle)))
        hands = pairs(hands_x, np.full((count, 2), -grip), 0.02 + 0.05 * np.sin(np.pi * swung) * walks)
        return Pose(
            spine,
            arms=Reach(hands, unit(pairs(np.full((count, 2), 0.8), -0.6, 0.0))),
            legs=Aim(thigh, shin),
            feet=Feet(unit(pairs(np.full((count, 2), 0.3), -0.1, 0.95))),
            nod=-0.4,
            turn=turn,
        )

    def props(skeleton: Skeleton, phase: Array) -> Props:
        return Props(wall=None if wall is None else wall * body.height)

    start = rng.uniform(0, 1)
    window = Window.random(rng, start, start + rng.uniform(0.8, 1.8))
    return Plan("handstand walk" if walks else "handstand", duration, window, pose, props, near=wall is not None)
