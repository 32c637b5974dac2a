"""Thruster: from the bottom of a front squat to the bar overhead in one drive."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Curve, Sway, UpAndDown, blend
from model.rendering.motion.geometry import DEGREE, Array, vectors
from model.rendering.motion.parts import Stance, arms_drop, barbell_in_hands, front_rack, on_bar, poles, seconds
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import Props
from model.rendering.motion.skeleton import Pose, Proportions, Reach, Skeleton, Spine


def thruster(rng: np.random.Generator, body: Proportions) -> Plan:
    """Phases: 0 bottom of the squat, 1 locked out overhead, 2 bottom again.

    Variants: depth, a rest at the bottom, a pause in the rack before the press, a slow press-out, heels that rise in
    the drive, knees that fall in, a wandering or tilting bar.
    """
    stance = Stance.random(rng, width=(0.07, 0.115), knees=(0.25, 0.8))
    standing = stance.height(body)
    grip = rng.uniform(0.13, 0.19)
    rack_ahead, rack_above = rng.uniform(0.055, 0.085), rng.uniform(-0.02, 0.03)
    elbows_ahead = rng.uniform(0.0, 0.9)
    overhead_ahead = rng.uniform(-0.02, 0.04)
    depth = rng.uniform(0.36, 0.53) * standing
    lean = rng.uniform(5, 27) * DEGREE
    back = -(0.07 + 0.17 * np.sin(lean)) + rng.normal(0, 0.012)

    rest = rng.uniform(0.0, 0.12) + 0.01
    drive = rng.uniform(0.45, 0.62)
    lockout = rng.uniform(0.82, 0.99)
    # How far the bar has left the shoulders when the hips are open; nothing where the athlete pauses in the rack.
    pressed = rng.uniform(0.02, 0.2) if rng.random() < 0.8 else 0.0
    slow = rng.uniform(0.75, 0.93)  # the share of the press that is done before the press-out
    pressing = drive + (lockout - drive) * rng.uniform(0.55, 0.75)
    heels = rng.uniform(0, 25) * DEGREE if rng.random() < 0.6 else 0.0
    # Keys: hips x and z, lean, how far the bar is from the rack to overhead, heels.
    bottom, top = [back, depth, lean, 0.0, 0.0], [0.0, standing, -2 * DEGREE, 1.0, 0.0]
    half = [back * 0.75, depth * 0.45 + standing * 0.55, lean * rng.uniform(0.75, 1.0), 0.0, 0.0]
    opened, nearly = [0.01, standing * 0.998, 0.0, pressed, heels], [0.005, standing, -2 * DEGREE, slow, 0.0]
    up = Curve.through(
        (0, bottom),
        (rest, bottom),
        (rest + (drive - rest) * 0.55, half),
        (drive, opened),
        (pressing, nearly),
        (lockout, top),
        (1, top),
    )
    received = rng.uniform(0.3, 0.5)
    down = Curve.through(
        (0, top),
        (rng.uniform(0.04, 0.15), top),
        (received, [-0.01, standing * rng.uniform(0.93, 1.0), 0.0, 0.03, 0.0]),
        (0.5 * (1 + received), [back * 0.8, depth * 0.5 + standing * 0.5, lean * 0.9, 0.0, 0.0]),
        (rng.uniform(0.93, 0.99), bottom),
        (1, bottom),
    )
    course = UpAndDown(up, down)
    nod = rng.uniform(-15, 8) * DEGREE
    knees_in = rng.uniform(0, 0.3) if rng.random() < 0.4 else 0.0
    sway = Sway(rng, 0.008, 0.006, 0.02, 0.02, 0.02, 0.01)
    duration = seconds(rng, 0.942, 0.127)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        hip_x, hip_z, leaning, press, heel = course(phase)
        drift_x, drift_y, roll, turn, tilt, bar_x = sway(phase * duration)
        pelvis = vectors(hip_x + drift_x, drift_y, hip_z - 0.003)
        effort = np.sin(np.pi * np.clip((hip_z - depth) / (standing - depth), 0, 1))
        legs, feet = stance.stand(count, heel=heel, knees=-knees_in * effort)
        shrug = 0.02 * press
        spine = Spine(pelvis, lean=leaning, roll=roll * 0.5)
        trunk = spine.trunk(body)
        racked = front_rack(trunk, rack_ahead, rack_above)
        ahead = overhead_ahead + bar_x
        top = trunk.shoulders + vectors(ahead, 0.0, arms_drop(body, grip, ahead) + shrug)
        around_face = trunk.chest.forward * (0.03 * np.sin(np.pi * press))[:, None]
        hands = on_bar(blend(racked, top, press) + around_face, grip, tilt)
        elbows = blend(poles(elbows_ahead, 0.15, -1.0, count), poles(0.3, 1.0, -0.2, count), press)
        return Pose(
            spine,
            arms=Reach(hands, elbows),
            legs=legs,
            feet=feet,
            shrug=shrug,
            nod=nod - 0.15 * np.sin(np.pi * press),
            turn=turn,
        )

    def props(skeleton: Skeleton, phase: Array) -> Props:
        return Props(barbell=barbell_in_hands(skeleton))

    return Plan("thruster", duration, Window.up_and_down(rng), pose, props)
