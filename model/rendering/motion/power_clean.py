"""Power clean: set up at the floor, pull, catch on the shoulders above parallel, stand up."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Curve, Sway, blend, smooth_step
from model.rendering.motion.geometry import DEGREE, SIDES, Array, vectors
from model.rendering.motion.parts import (
    Stance,
    barbell_in_hands,
    front_rack,
    hanging_bar,
    lean_to_bar,
    on_bar,
    poles,
    seconds,
)
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import PLATE_RADIUS, Props
from model.rendering.motion.skeleton import Pose, Proportions, Reach, Skeleton, Spine


def power_clean(rng: np.random.Generator, body: Proportions) -> Plan:
    """Phases: 0 at the bar, up to 0.45 setting up, catch at 0.45 to 0.7, 1 standing; before 0 a bar that comes down for
    touch-and-go, after 1 the bar goes back to the hips.

    Variants: a restless set-up, depth of the catch, feet that stay, hop apart or split, elbows quick or slow, steps
    together after the catch.
    """
    stance = Stance.random(rng, width=(0.055, 0.095), knees=(0.1, 0.6))
    duration = seconds(rng, 2.245, 0.434, shortest=1.3)
    standing = stance.height(body) - 0.005
    grip = max(rng.uniform(0.13, 0.18), float(np.max(stance.aside)) + 0.05)
    plate = PLATE_RADIUS / body.height
    bar_x = rng.uniform(0.045, 0.07)
    rounding = rng.uniform(0, 10) * DEGREE
    rack_ahead, rack_above = rng.uniform(0.055, 0.085), rng.uniform(-0.01, 0.03)
    touch_and_go = rng.random() < 0.12

    # First pull, second pull and the drop under the bar: however short the clip, they take their time.
    first = max(rng.uniform(0.09, 0.2), 0.22 / duration)
    second = max(rng.uniform(0.05, 0.10), 0.16 / duration)
    under = max(rng.uniform(0.06, 0.12), 0.18 / duration)
    catch = max(float(np.clip(rng.normal(0.56, 0.06), 0.42, 0.72)), under + second + first + 0.03)
    lift_off = 0.02 if touch_and_go else max(0.02, catch - under - second - first)
    knees_at, open_at = catch - under - second, catch - under
    stood = min(catch + rng.uniform(0.12, 0.42), 0.97)

    def pulled(hip_x: float, hip_z: float, bar_z: float, bend: float = rounding) -> list[float]:
        lean = float(lean_to_bar(body, (hip_x, hip_z), (bar_x, bar_z), grip, bend))
        return [hip_x, hip_z, lean, bend, 0.0, 0.0]

    def set_up(low: float, high: float) -> list[float]:
        return pulled(rng.uniform(-0.2, -0.1), rng.uniform(low, high) * standing, plate)

    # Keys: hips x and z, lean, bend, how far the bar has gone from the hang to the rack, heels.
    hip_x, hip_z = rng.uniform(-0.19, -0.12), rng.uniform(0.56, 0.78) * standing
    floor = pulled(hip_x, hip_z, plate)
    knees = pulled(hip_x * rng.uniform(0.6, 0.85), hip_z + (standing - hip_z) * rng.uniform(0.55, 0.75), 0.28)
    extended = [0.02, standing + 0.02, -rng.uniform(3, 12) * DEGREE, 0.0, 0.0, rng.uniform(12, 35) * DEGREE]
    depth, back = rng.uniform(0.64, 0.90) * standing, rng.uniform(-0.02, 0.01)
    back -= 0.35 * (1 - depth / standing)
    caught = [back, depth, rng.uniform(3, 12) * DEGREE, 0.0, 1.0, 0.0]
    deepest = [back, depth - rng.uniform(0.0, 0.04), *caught[2:]]
    stand = [0.0, standing, rng.uniform(-4, 2) * DEGREE, 0.0, 1.0, 0.0]
    lowered = pulled(-0.06, standing * 0.97, 0.36, 0.0)

    restless = rng.random() < 0.7 and not touch_and_go
    bounce = rng.uniform(0.3, 0.42)
    touched = -0.02 if touch_and_go else -np.inf
    if touch_and_go:
        keys = [(-bounce - 0.3, stand), (-bounce, stand), (-bounce * 0.55, lowered), (touched, floor)]
    else:
        keys = [(0.0, set_up(0.50, 0.82) if restless else floor)]
        if restless and lift_off > 0.2 and rng.random() < 0.4:
            keys.append((lift_off * rng.uniform(0.3, 0.7), set_up(0.50, 0.75)))
    keys += [(lift_off, floor), (knees_at, knees), (open_at, extended), (catch, caught)]
    if stood - catch > 0.2 and rng.random() < 0.6:
        keys.append((catch + (stood - catch) * rng.uniform(0.25, 0.5), deepest))
    course = Curve.through(*keys, (stood, stand), (1.02, stand), (1.2, lowered), (1.4, floor))
    # The elbows come round from above and outside the bar to below it, a little later than the bar arrives.
    turnover = Curve(
        [-bounce - 0.28, -bounce * 0.7, open_at + 0.3 * under, catch + 0.03, 1.04, 1.2],
        [1.0 * touch_and_go, 0.0, 0.0, 1.0, 1.0, 0.0],
    )

    elbows_ahead = rng.uniform(0.0, 0.8)
    hop = rng.uniform(0.0, 0.03)
    wider = rng.uniform(0.0, 0.05)
    split = rng.uniform(0.05, 0.22) * rng.choice([-1.0, 1.0]) if rng.random() < 0.35 else 0.0
    together = rng.uniform(0.06, 0.25)
    uneven = rng.uniform(0.0, 0.08)  # one foot comes back later
    loop = rng.uniform(0.02, 0.05)
    nod_floor, nod_top = rng.uniform(-30, -5) * DEGREE, rng.uniform(-10, 5) * DEGREE
    sway = Sway(rng, 0.006, 0.006, 0.012, 0.03, 0.012)
    fidget = Sway(rng, 0.01, 0.014)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        hip_x, hip_z, lean, bend, lifted, heel = course(phase)
        (turned,) = turnover(phase)
        drift_x, drift_y, roll, turn, tilt = sway(phase * duration)
        fidget_x, fidget_z = fidget(phase * duration) * (smooth_step((lift_off - phase) / 0.05) * restless)
        high = np.clip((hip_z - floor[1]) / (standing - floor[1]), 0, 1)
        hip_x, hip_z = hip_x + drift_x * high + fidget_x, hip_z + fidget_z
        # While the bar lies on the floor the trunk follows the hips, so that the hands stay on it.
        lying = (touched <= phase) & (phase <= lift_off)
        lean = np.where(lying, lean_to_bar(body, (hip_x, hip_z), (bar_x, plate), grip, bend), lean)
        spine = Spine(vectors(hip_x, drift_y * high, hip_z), lean=lean, bend=bend, roll=roll * high)
        trunk = spine.trunk(body)
        shrug = 0.03 * np.sin(np.pi * np.clip((phase - knees_at) / (catch - knees_at), 0, 1)) ** 2
        hanging = hanging_bar(trunk, body, grip, bar_x, shrug)
        hanging[:, 2] = np.maximum(hanging[:, 2], plate)
        racked = front_rack(trunk, rack_ahead, rack_above)
        bar = blend(hanging, racked, lifted) + vectors(loop * np.sin(np.pi * lifted), 0.0, 0.0)
        out = vectors(0.0, 1.5 * np.sin(np.pi * turned), 0.0)[:, None] * SIDES[:, None] + blend(
            poles(-0.5, 1.0, 0.1, count), poles(elbows_ahead, 0.1, -1.0, count), turned
        )
        moved = smooth_step((phase - open_at) / under)
        returned = np.stack([smooth_step((phase - catch - together - late) / 0.12) for late in (0.0, uneven)], axis=1)
        apart = (moved[:, None] - returned) * split * np.array([1.0, -0.7])
        legs, feet = stance.stand(
            count,
            heel=heel[:, None] + np.maximum(-apart, 0) * 3.0,
            lift=hop * (np.sin(np.pi * moved)[:, None] + 2 * abs(split) * np.sin(np.pi * returned)),
            ahead=apart,
            wider=wider * (moved[:, None] - 0.5 * returned),
        )
        return Pose(
            spine,
            arms=Reach(on_bar(bar, grip, tilt * lifted), out),
            legs=legs,
            feet=feet,
            shrug=shrug,
            nod=nod_floor + (nod_top - nod_floor) * high,
            turn=turn,
        )

    def props(skeleton: Skeleton, phase: Array) -> Props:
        return Props(barbell=barbell_in_hands(skeleton))

    if touch_and_go:
        window = Window.random(rng, -bounce, 1.0, usual=False)
    elif rng.random() < 0.05:
        window = Window.random(rng, 0.0, 1.3, usual=False)
    else:
        window = Window.random(rng)
    return Plan("power clean", duration, window, pose, props)
