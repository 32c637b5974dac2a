"""Motions on two feet with empty hands: between sets, and exercises without equipment."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Curve, Cycle, Sway, UpAndDown, blend, smooth_step
from model.rendering.motion.geometry import DEGREE, SIDES, Array, pairs, unit, vectors
from model.rendering.motion.parts import Stance, free_arms, lean_to_bar, on_bar, poles, seconds, squat_course
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import PLATE_RADIUS, Barbell, Props
from model.rendering.motion.skeleton import Pose, Proportions, Reach, Skeleton, Spine


def _nothing(skeleton: Skeleton, phase: Array) -> Props:
    return Props()


def _any_part(rng: np.random.Generator, shortest: float = 0.6, longest: float = 1.6) -> Window:
    """A stretch of a cyclic movement that begins anywhere."""
    start = rng.uniform(0, 1)
    return Window.random(rng, start, start + rng.uniform(shortest, longest))


def walking(rng: np.random.Generator, body: Proportions) -> Plan:
    """Walking or jogging forwards; phase 1 is one stride (two steps)."""
    jog = rng.random() < 0.3
    stride = rng.uniform(0.75, 1.1) if jog else rng.uniform(0.45, 0.72)
    planted = rng.uniform(0.38, 0.48) if jog else rng.uniform(0.58, 0.64)
    duration = seconds(rng, 0.72 if jog else 1.15, 0.1, shortest=0.6)
    stance = Stance.random(rng, width=(0.03, 0.06), angle=(-2, 15), knees=(0, 0.15))
    lean = (rng.uniform(4, 12) if jog else rng.uniform(-2, 8)) * DEGREE
    lift, bounce = (rng.uniform(0.08, 0.16), 0.02) if jog else (rng.uniform(0.02, 0.05), 0.008)
    give = 0.045 if jog else 0.22 * (planted * stride / 2) ** 2 / body.leg_length + 0.012
    swing, elbow = rng.uniform(8, 30) * DEGREE, (rng.uniform(60, 100) if jog else rng.uniform(5, 30)) * DEGREE
    sway = Sway(rng, 0.01, 0.05, 0.1)
    height = stance.height(body) - give

    def pose(phase: Array) -> Pose:
        drift, roll, turn = sway(phase * duration)
        steps = phase[:, None] + np.array([0.0, 0.5])
        whole, part = np.floor(steps), np.mod(steps, 1.0)
        swung = np.clip((part - planted) / (1 - planted), 0, 1)
        ahead = stride * (whole - np.array([0.0, 0.5]) + smooth_step(swung) + planted / 2)
        push = smooth_step((part - planted + 0.18) / 0.18) * (1 - smooth_step(swung * 1.6)) * (40 * DEGREE)
        legs, feet = stance.stand(len(phase), ahead=ahead, lift=lift * np.sin(np.pi * swung), heel=push)
        bob = bounce * np.cos(4 * np.pi * (phase - planted / 4))
        twist = 0.12 * np.sin(2 * np.pi * phase)
        spine = Spine(
            vectors(stride * phase, drift, height - bob), lean=lean, roll=roll * 0.3, yaw=twist * 0.5, twist=-twist
        )
        arms = free_arms(
            spine.trunk(body), -swing * np.cos(2 * np.pi * (phase[:, None] + np.array([0.0, 0.5]))), 0.12, elbow
        )
        return Pose(spine, arms=arms, legs=legs, feet=feet, turn=turn)

    return Plan("jogging" if jog else "walking", duration, _any_part(rng, 0.8, 2.0), pose, _nothing)


def resting(rng: np.random.Generator, body: Proportions) -> Plan:
    """Breathing hard: hands hanging, on the hips, on the knees or on the head; phase 1 is one breath."""
    stance = Stance.random(rng, width=(0.05, 0.12), knees=(0, 0.4), stagger=0.08)
    duration = seconds(rng, 1.6, 0.4, shortest=0.6)
    manner = rng.choice(["hanging", "hips", "knees", "head"], p=[0.3, 0.3, 0.25, 0.15])
    bent = manner == "knees"
    lean = (rng.uniform(45, 70) if bent else rng.uniform(-3, 10)) * DEGREE
    hip_x = -0.11 if bent else 0.0
    height = stance.height(body) - (rng.uniform(0.03, 0.06) if bent else rng.uniform(0.003, 0.015))
    breath = rng.uniform(0.01, 0.05)
    look, nod = rng.normal(0, 0.4), rng.uniform(-0.2, 0.4)
    sway = Sway(rng, 0.025, 0.03, 0.05, 0.15, 0.03)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        drift_x, drift_y, roll, turn, arm = sway(phase * duration)
        breathing = breath * np.sin(2 * np.pi * phase)
        spine = Spine(vectors(hip_x + drift_x, drift_y, height), lean=lean + breathing, bend=0.1 - breathing, roll=roll)
        trunk = spine.trunk(body)
        legs, feet = stance.stand(count)
        if manner == "hanging":
            arms = free_arms(trunk, 0.1 + arm, 0.15, 0.25)
            return Pose(spine, arms=arms, legs=legs, feet=feet, shrug=breathing * 0.2, nod=nod, turn=look + turn)
        left = trunk.torso.left[:, None] * SIDES[:, None]
        hips = spine.pelvis[:, None] + left * (body.hip + 0.035) + trunk.torso.up[:, None] * 0.03
        knees = legs.target + np.array([0.05, 0.0, 0.25])
        crown = trunk.shoulders[:, None] + trunk.chest.up[:, None] * 0.17 + left * 0.03
        hands = {"hips": hips, "knees": knees, "head": crown}[manner]
        return Pose(
            spine, arms=Reach(hands, poles(-0.4, 1.0, 0.0, count)), legs=legs, feet=feet, nod=nod, turn=look + turn
        )

    return Plan("resting", duration, _any_part(rng, 0.5, 1.6), pose, _nothing)


def handling(rng: np.random.Generator, body: Proportions) -> Plan:
    """Chalking the hands, adjusting grips or a belt: both hands busy before the trunk; phase 1 is one rub."""
    stance = Stance.random(rng, width=(0.05, 0.1), stagger=0.05)
    duration = seconds(rng, 0.6, 0.15, shortest=0.6)
    level, ahead = rng.uniform(-0.26, -0.08), rng.uniform(0.12, 0.20)
    rub, apart = rng.uniform(0.01, 0.05), rng.uniform(0.005, 0.03)
    lean, bend = rng.uniform(-2, 15) * DEGREE, rng.uniform(0.05, 0.35)
    height = stance.height(body) - rng.uniform(0.003, 0.02)
    sway = Sway(rng, 0.03, 0.03, 0.05, 0.1, 0.04)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        drift_x, drift_y, roll, turn, lift = sway(phase * duration)
        spine = Spine(vectors(drift_x - 0.02, drift_y, height), lean=lean, bend=bend, roll=roll)
        trunk = spine.trunk(body)
        middle = trunk.chest.point(trunk.shoulders, forward=ahead, up=level + lift)
        rubbing = rub * np.sin(2 * np.pi * phase)[:, None, None] * SIDES[:, None]
        hands = (
            middle[:, None]
            + trunk.chest.left[:, None] * SIDES[:, None] * apart
            + trunk.chest.forward[:, None] * rubbing
        )
        legs, feet = stance.stand(count)
        return Pose(
            spine,
            arms=Reach(hands, poles(-0.3, 0.9, -0.6, count)),
            legs=legs,
            feet=feet,
            nod=0.45 - bend * 0.3,
            turn=turn,
        )

    return Plan("handling", duration, _any_part(rng, 1.5, 4.0), pose, _nothing)


def setting_up(rng: np.random.Generator, body: Proportions) -> Plan:
    """Bending down to a loaded bar and taking hold of it, or letting go and standing up; phases 0 to 1."""
    stance = Stance.random(rng, width=(0.05, 0.09))
    standing = stance.height(body) - 0.003
    grip, plate = rng.uniform(0.13, 0.2), PLATE_RADIUS / body.height
    bar_x = rng.uniform(0.05, 0.08)
    hip_x, hip_z = rng.uniform(-0.19, -0.12), rng.uniform(0.55, 0.8) * standing
    duration = seconds(rng, 1.6, 0.4, shortest=0.6)
    upright = [0.0, standing, rng.uniform(-2, 10) * DEGREE, 0.0]
    holding = [hip_x, hip_z, float(lean_to_bar(body, (hip_x, hip_z), (bar_x, plate), grip)), 1.0]
    shifted_x, shifted_z = hip_x + rng.uniform(-0.03, 0.03), hip_z + rng.uniform(-0.06, 0.04)
    shifted = [shifted_x, shifted_z, float(lean_to_bar(body, (shifted_x, shifted_z), (bar_x, plate), grip)), 1.0]
    down = rng.uniform(0.35, 0.6)
    times, keys = (
        [0, rng.uniform(0.05, 0.2), down, rng.uniform(0.7, 0.95), 1.02],
        [upright, upright, holding, shifted, holding],
    )
    if rng.random() < 0.4:
        times, keys = [-0.02, *(1 - time for time in reversed(times[:-1]))], keys[::-1]
    course = Curve(times, keys)
    sway = Sway(rng, 0.006, 0.01, 0.02, 0.06)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        x, z, lean, held = course(phase)
        drift_x, drift_y, roll, turn = sway(phase * duration)
        spine = Spine(
            vectors(x + drift_x * (1 - held), drift_y * (1 - held), z), lean=lean, bend=0.1, roll=roll * (1 - held)
        )
        trunk = spine.trunk(body)
        loose = trunk.shoulders[:, None] + pairs(
            0.04, np.full((count, 2), body.shoulder + 0.03), -body.arm_length * 0.93
        )
        bar = on_bar(np.tile([bar_x, 0.0, plate], (count, 1)), grip)
        legs, feet = stance.stand(count)
        hands = blend(loose, bar, smooth_step(held * 1.2 - 0.1))
        return Pose(
            spine,
            arms=Reach(hands, poles(-0.6, 1.0, 0.0, count)),
            legs=legs,
            feet=feet,
            nod=-0.3 * held + 0.2,
            turn=turn,
        )

    def props(skeleton: Skeleton, phase: Array) -> Props:
        centre = np.array([bar_x, 0.0, plate]) * body.height
        return Props(barbell=Barbell(np.tile(centre, (len(phase), 1)), np.tile([0.0, 1.0, 0.0], (len(phase), 1))))

    return Plan("setting up", duration, Window.random(rng), pose, props, near=True)


def air_squat(rng: np.random.Generator, body: Proportions) -> Plan:
    """A squat without weight, sometimes with a jump; bottom at phase 0, standing at 1."""
    stance = Stance.random(rng, width=(0.07, 0.12), knees=(0.25, 0.8))
    standing = stance.height(body) - 0.003
    course = squat_course(rng, standing, depth=(0.38, 0.6), lean=(20, 48))
    jump = rng.uniform(0.08, 0.2) if rng.random() < 0.3 else 0.0
    duration = seconds(rng, 0.95, 0.2, shortest=0.6)
    raised, hanging, elbow = rng.uniform(50, 95) * DEGREE, rng.uniform(-10, 20) * DEGREE, rng.uniform(5, 50) * DEGREE
    together = rng.random() < 0.4
    sway = Sway(rng, 0.008, 0.008, 0.02, 0.05)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        x, z, lean = course(phase)
        drift_x, drift_y, roll, turn = sway(phase * duration)
        low = np.clip(2 * (1 - z / standing), 0, 1)
        flight = np.clip((np.mod(phase, 2.0) - 0.75) / 0.5, 0, 1)
        rise = 4 * jump * flight * (1 - flight)
        spine = Spine(vectors(x + drift_x, drift_y, z + rise), lean=lean, roll=roll * 0.5)
        trunk = spine.trunk(body)
        if together:
            clasped = trunk.chest.point(trunk.shoulders, forward=0.16, up=-0.06)
            arms: Reach | None = Reach(
                clasped[:, None] + trunk.chest.left[:, None] * SIDES[:, None] * 0.02, poles(-0.2, 0.7, -0.8, count)
            )
        else:
            arms = None
        legs, feet = stance.stand(count, lift=rise, heel=rise * 4)
        swung = hanging + (raised + lean - hanging) * low
        return Pose(
            spine, arms=arms or free_arms(trunk, swung, 0.15, elbow), legs=legs, feet=feet, nod=-0.5 * lean, turn=turn
        )

    return Plan("jump squat" if jump else "air squat", duration, Window.up_and_down(rng), pose, _nothing)


def lunge(rng: np.random.Generator, body: Proportions) -> Plan:
    """A step forwards down to the knee and up again; kneeling at phase 0, up at 1."""
    step = rng.uniform(0.20, 0.28)
    side = rng.choice([-1.0, 1.0])
    stance = Stance.random(rng, width=(0.05, 0.08), angle=(0, 10), knees=(0, 0.1))
    standing = stance.height(body) - 0.02
    duration = seconds(rng, 0.9, 0.2, shortest=0.6)
    low, lean = rng.uniform(0.52, 0.62) * standing, rng.uniform(0, 15) * DEGREE
    stays = rng.random() < 0.5  # a split squat: the feet stay where they are
    kneeling, risen = [low, lean, 1.0], [standing * (0.90 if stays else 1.0), 3 * DEGREE, float(stays)]
    course = UpAndDown(
        Curve([0, 0.12, 0.9, 1], [kneeling, kneeling, risen, risen]),
        Curve([0, 0.1, 0.9, 1], [risen, risen, kneeling, kneeling]),
    )
    hands_on_hips = rng.random() < 0.5
    sway = Sway(rng, 0.008, 0.015, 0.03, 0.08)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        z, leaning, apart = course(phase)
        drift_x, drift_y, roll, turn = sway(phase * duration)
        spine = Spine(vectors(drift_x + 0.02, drift_y, z), lean=leaning, roll=roll)
        trunk = spine.trunk(body)
        forwards = side * SIDES
        legs, feet = stance.stand(
            count,
            ahead=apart[:, None] * step * np.where(forwards > 0, 1.0, -1.15),
            heel=apart[:, None] * np.where(forwards > 0, 0.0, 50 * DEGREE),
        )
        if hands_on_hips:
            hips = spine.pelvis[:, None] + trunk.torso.left[:, None] * SIDES[:, None] * (body.hip + 0.035)
            return Pose(spine, arms=Reach(hips, poles(-0.4, 1.0, 0.0, count)), legs=legs, feet=feet, turn=turn)
        return Pose(spine, arms=free_arms(trunk, 0.05, 0.15, 0.2), legs=legs, feet=feet, turn=turn)

    return Plan("lunge", duration, Window.up_and_down(rng), pose, _nothing)


def jumping_jack(rng: np.random.Generator, body: Proportions) -> Plan:
    """Feet apart and arms up, feet together and arms down; phase 1 is one of each."""
    stance = Stance.random(rng, width=(0.03, 0.05), angle=(0, 15), knees=(0.1, 0.2))
    duration = seconds(rng, 0.95, 0.12, shortest=0.8)
    wide, top = rng.uniform(0.10, 0.2), rng.uniform(130, 175) * DEGREE
    hop = rng.uniform(0.02, 0.05)
    height = stance.height(body) - 0.025
    sway = Sway(rng, 0.01, 0.01, 0.02, 0.05)
    open_and_shut = Cycle(Curve([0, 0.08, 0.45, 0.55, 0.95, 1], [0.0, 0, 1, 1, 0, 0]))

    def pose(phase: Array) -> Pose:
        count = len(phase)
        (apart,) = open_and_shut(phase)
        drift_x, drift_y, roll, turn = sway(phase * duration)
        rise = hop * np.sin(2 * np.pi * phase) ** 2
        drop = (
            np.sqrt(np.maximum(body.leg_length**2 - (stance.aside[0] - body.hip + wide * apart) ** 2, 0))
            - body.leg_length
        )
        spine = Spine(vectors(drift_x, drift_y, height + rise + drop), roll=roll * 0.3, lean=0.04)
        legs, feet = stance.stand(count, wider=wide * apart, lift=rise, heel=0.35)
        trunk = spine.trunk(body)
        angle = 0.2 + (top - 0.2) * apart
        direction = trunk.chest.left[:, None] * (np.sin(angle)[:, None] * SIDES)[..., None] - (
            trunk.chest.up[:, None] * np.cos(angle)[:, None, None]
        )
        hands = (
            trunk.shoulders[:, None]
            + trunk.chest.left[:, None] * SIDES[:, None] * body.shoulder
            + direction * body.arm_length * 0.96
        )
        return Pose(
            spine,
            arms=Reach(hands, unit(np.array([-0.5, 0.0, -0.8])) + np.zeros((count, 2, 3))),
            legs=legs,
            feet=feet,
            turn=turn,
        )

    return Plan("jumping jack", duration, _any_part(rng), pose, _nothing)
