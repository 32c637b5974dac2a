"""Motions with a barbell that are none of the movements: squats, presses, hinges, snatches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from model.rendering.motion.curves import Curve, Sway, UpAndDown, blend, smooth_step
from model.rendering.motion.geometry import DEGREE, Array, vectors
from model.rendering.motion.parts import (
    Stance,
    arms_drop,
    barbell_in_hands,
    front_rack,
    hanging_bar,
    lean_to_bar,
    on_bar,
    poles,
    seconds,
    squat_course,
)
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import PLATE_RADIUS, Props
from model.rendering.motion.skeleton import Pose, Proportions, Reach, Skeleton, Spine


def _barbell(rng: np.random.Generator, loaded: float = 1.0) -> Callable[[Skeleton, Array], Props]:
    """The bar in the hands, with plates on it in a share `loaded` of the cases."""
    plates = bool(rng.random() < loaded)
    return lambda skeleton, phase: Props(barbell=barbell_in_hands(skeleton, plates=plates))


def loaded_squat(rng: np.random.Generator, body: Proportions) -> Plan:
    """A back or a front squat; bottom at phase 0, standing at 1."""
    front = rng.random() < 0.4
    stance = Stance.random(rng, width=(0.07, 0.12), knees=(0.25, 0.8))
    standing = stance.height(body) - 0.003
    course = squat_course(rng, standing, lean=(5, 26) if front else (20, 48))
    grip = rng.uniform(0.13, 0.19) if front else rng.uniform(0.18, 0.34)
    ahead, above = (
        (rng.uniform(0.055, 0.085), rng.uniform(-0.01, 0.03)) if front else (-0.055, rng.uniform(-0.02, 0.025))
    )
    elbows = poles(rng.uniform(0.0, 0.8), 0.1, -1.0, 1) if front else poles(rng.uniform(-0.8, -0.2), 0.4, -1.0, 1)
    duration = seconds(rng, 1.1, 0.25, shortest=0.6)
    sway = Sway(rng, 0.006, 0.006, 0.015, 0.03, 0.012)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        x, z, lean = course(phase)
        drift_x, drift_y, roll, turn, tilt = sway(phase * duration)
        spine = Spine(vectors(x + drift_x, drift_y, z - 0.002), lean=lean, roll=roll * 0.5)
        legs, feet = stance.stand(count)
        bar = front_rack(spine.trunk(body), ahead, above)
        arms = Reach(on_bar(bar, grip, tilt), elbows)
        return Pose(spine, arms=arms, legs=legs, feet=feet, nod=-lean * 0.6, turn=turn)

    kind = "front squat" if front else "back squat"
    return Plan(kind, duration, Window.up_and_down(rng), pose, _barbell(rng, 0.85), near=front)


def press(rng: np.random.Generator, body: Proportions) -> Plan:
    """A shoulder press, push press or push jerk from the rack; racked at phase 0, overhead at 1."""
    stance = Stance.random(rng, width=(0.05, 0.1), knees=(0.1, 0.5))
    standing = stance.height(body) - 0.003
    grip = rng.uniform(0.13, 0.2)
    rack_ahead, rack_above = rng.uniform(0.055, 0.085), rng.uniform(-0.01, 0.03)
    dip = rng.uniform(0.04, 0.10) if rng.random() < 0.7 else 0.0
    jerk = rng.uniform(0.03, 0.09) if dip and rng.random() < 0.4 else 0.0
    duration = seconds(rng, 0.95 if dip else 1.2, 0.2, shortest=0.6)
    # Hips, press, heels.
    racked, up_there = [standing, 0.0, 0.0], [standing, 1.0, 0.0]
    drive = rng.uniform(0.38, 0.5)
    up = Curve(
        [0, 0.05, drive * 0.6, drive, drive + 0.25, 0.92, 1],
        [
            racked,
            racked,
            [standing - dip, 0.0, 0.0],
            [standing, 0.15, 0.3 * (dip > 0)],
            [standing - jerk, 0.9, 0.0],
            up_there,
            up_there,
        ],
    )
    down = Curve(
        [0, rng.uniform(0.05, 0.2), rng.uniform(0.55, 0.75), 1],
        [up_there, up_there, [standing - dip * 0.6, 0.02, 0.0], racked],
    )
    course = UpAndDown(up, down)
    lean_back = rng.uniform(0, 10) * DEGREE * (dip == 0)
    sway = Sway(rng, 0.006, 0.006, 0.015, 0.03, 0.015)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        z, pressed, heel = course(phase)
        drift_x, drift_y, roll, turn, tilt = sway(phase * duration)
        spine = Spine(vectors(drift_x, drift_y, z), lean=-lean_back * np.sin(np.pi * pressed), roll=roll * 0.5)
        trunk = spine.trunk(body)
        shrug = 0.02 * pressed
        top = trunk.shoulders + vectors(0.01, 0.0, arms_drop(body, grip, 0.01) + shrug)
        bar = blend(front_rack(trunk, rack_ahead, rack_above), top, pressed)
        bar = bar + trunk.chest.forward * (0.03 * np.sin(np.pi * pressed))[:, None]
        elbows = blend(poles(0.4, 0.2, -1.0, count), poles(0.3, 1.0, -0.2, count), pressed)
        legs, feet = stance.stand(count, heel=heel)
        arms = Reach(on_bar(bar, grip, tilt), elbows)
        return Pose(spine, arms=arms, legs=legs, feet=feet, shrug=shrug, nod=-0.12 * np.sin(np.pi * pressed), turn=turn)

    return Plan("press", duration, Window.up_and_down(rng), pose, _barbell(rng, 0.75), near=True)


def romanian_deadlift(rng: np.random.Generator, body: Proportions) -> Plan:
    """A hinge with nearly straight legs that stops above the floor; low at phase 0, standing at 1."""
    stance = Stance.random(rng, width=(0.05, 0.09), knees=(0, 0.2))
    standing = stance.height(body) - 0.006
    grip, bar_x = rng.uniform(0.13, 0.2), rng.uniform(0.05, 0.07)
    low_x, low_z = rng.uniform(-0.16, -0.10), standing * rng.uniform(0.90, 0.97)
    low_bar = rng.uniform(0.18, 0.28)
    low = [low_x, low_z, float(lean_to_bar(body, (low_x, low_z), (bar_x, low_bar), grip))]
    top = [0.0, standing, rng.uniform(-5, 3) * DEGREE]
    course = UpAndDown(Curve([0, 0.1, 0.9, 1], [low, low, top, top]), Curve([0, 0.1, 0.95, 1], [top, top, low, low]))
    duration = seconds(rng, 1.2, 0.25, shortest=0.6)
    sway = Sway(rng, 0.004, 0.004, 0.015, 0.03, 0.01)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        x, z, lean = course(phase)
        drift_x, drift_y, roll, turn, tilt = sway(phase * duration)
        spine = Spine(vectors(x + drift_x, drift_y, z), lean=lean, roll=roll * 0.3)
        bar = hanging_bar(spine.trunk(body), body, grip, bar_x)
        legs, feet = stance.stand(count)
        arms = Reach(on_bar(bar, grip, tilt * 0.3), poles(-0.6, 1.0, 0.0, count))
        return Pose(spine, arms=arms, legs=legs, feet=feet, nod=-0.3 * lean, turn=turn)

    return Plan("romanian deadlift", duration, Window.up_and_down(rng), pose, _barbell(rng, 0.75), near=True)


def snatch(rng: np.random.Generator, body: Proportions) -> Plan:
    """From the floor overhead in one pull, wide grip, caught high or in a full squat; phases 0 to 1."""
    duration = seconds(rng, 2.2, 0.4, shortest=1.6)
    stance = Stance.random(rng, width=(0.055, 0.095), knees=(0.2, 0.7))
    standing = stance.height(body) - 0.003
    grip, plate = rng.uniform(0.28, 0.38), PLATE_RADIUS / body.height
    bar_x = rng.uniform(0.05, 0.075)
    full = rng.random() < 0.4

    def pulled(hip_x: float, hip_z: float, bar_z: float) -> list[float]:
        return [hip_x, hip_z, float(lean_to_bar(body, (hip_x, hip_z), (bar_x, bar_z), grip)), 0.0, 0.0]

    hip_x, hip_z = rng.uniform(-0.2, -0.14), rng.uniform(0.52, 0.7) * standing
    floor = pulled(hip_x, hip_z, plate)
    knees = pulled(hip_x * 0.75, hip_z + (standing - hip_z) * 0.65, 0.28)
    extended = [0.02, standing + 0.02, -rng.uniform(3, 12) * DEGREE, 0.0, rng.uniform(12, 35) * DEGREE]
    depth = (rng.uniform(0.40, 0.52) if full else rng.uniform(0.66, 0.9)) * standing
    caught = [
        -0.22 * (1 - depth / standing) - 0.01,
        depth,
        rng.uniform(10, 25) * DEGREE * (1 - depth / standing) * 2,
        1.0,
        0.0,
    ]
    stand = [0.0, standing, 2 * DEGREE, 1.0, 0.0]
    catch = float(np.clip(rng.normal(0.52, 0.06), 0.4, 0.65))
    under, first = rng.uniform(0.08, 0.14), rng.uniform(0.1, 0.18)
    second = max(rng.uniform(0.06, 0.1), 0.16 / duration)
    opened = catch - under
    times = [
        0,
        max(0.02, opened - second - first),
        opened - second,
        opened,
        catch,
        catch + rng.uniform(0.04, 0.1),
        rng.uniform(0.82, 0.98),
        1.05,
    ]
    course = Curve(times, [floor, floor, knees, extended, caught, caught, stand, stand])
    wider = rng.uniform(0.0, 0.05)
    sway = Sway(rng, 0.006, 0.006, 0.012, 0.03, 0.012)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        x, z, lean, lifted, heel = course(phase)
        drift_x, drift_y, roll, turn, tilt = sway(phase * duration)
        spine = Spine(vectors(x + drift_x * lifted, drift_y * lifted, z - 0.002), lean=lean, roll=roll * lifted)
        trunk = spine.trunk(body)
        shrug = 0.02 * lifted
        hanging = hanging_bar(trunk, body, grip, bar_x)
        hanging[:, 2] = np.maximum(hanging[:, 2], plate)
        shoulders = trunk.chest.point(trunk.shoulders, up=shrug)
        ahead = np.clip(0.0 - shoulders[:, 0], -0.15, 0.1)
        top = shoulders + vectors(ahead, 0.0, arms_drop(body, grip, ahead))
        bar = blend(hanging, top, lifted) + vectors(0.10 * np.sin(np.pi * lifted), 0.0, 0.0)
        landing = smooth_step((phase - opened) / (catch - opened))
        legs, feet = stance.stand(count, heel=heel, wider=wider * landing, lift=0.02 * np.sin(np.pi * landing))
        elbows = blend(poles(-0.4, 1.0, 0.5, count), poles(-0.2, 0.5, -1.0, count), smooth_step(lifted * 2 - 0.8))
        arms = Reach(on_bar(bar, grip, tilt * lifted), elbows)
        return Pose(spine, arms=arms, legs=legs, feet=feet, shrug=shrug, nod=-lean * 0.6, turn=turn)

    return Plan("snatch", duration, Window.random(rng), pose, _barbell(rng), near=True)
