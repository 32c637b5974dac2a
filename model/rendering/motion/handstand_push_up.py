"""Strict handstand push-up: from locked arms, heels at the wall, down until the head touches and up without a kick."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Curve, Cycle, Sway
from model.rendering.motion.geometry import DEGREE, SIDES, Array, pairs, unit, vectors
from model.rendering.motion.parts import arms_drop, seconds
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import Props
from model.rendering.motion.skeleton import HEAD, Feet, Pose, Proportions, Reach, Skeleton, Spine

HAND = 0.02
"""Height of the hand's middle on the floor, body heights."""
CROWN = 0.066
"""Distance from the centre of the head to its crown, in body heights."""


def handstand_push_up(rng: np.random.Generator, body: Proportions) -> Plan:
    """Phases: 0 locked out, about 0.45 the head on the floor, 1 locked out again.

    The back is towards the wall and the face away from it. Variants: legs together, apart or one off the wall, knees a
    little bent or drawn in at the bottom, hand width, the head on a pad, a slow and shaky press, elbows in or out.
    """
    wall = -rng.uniform(0.13, 0.30)
    grip = rng.uniform(0.12, 0.26)
    hands_x = rng.uniform(-0.06, 0.06)
    pad = rng.uniform(0.0, 0.04) if rng.random() < 0.4 else 0.0
    top = HAND + float(arms_drop(body, grip)) + rng.uniform(0.0, 0.02)
    bottom = pad + CROWN + HEAD - 0.003 + rng.uniform(0.0, 0.012)
    down, hold, press = rng.uniform(0.30, 0.5), rng.uniform(0.0, 0.15), rng.uniform(0.88, 0.99)
    # The press sticks somewhere on the way: the slower, the more tired.
    stuck, sticking = rng.uniform(0.3, 0.7), rng.uniform(0.35, 0.65)
    start = down + hold + 0.02
    course = Cycle(
        Curve.through(
            (0, 1.0),
            (rng.uniform(0.02, 0.12), 1.0),
            (down, 0.0),
            (start, 0.0),
            (start + (press - start) * stuck, sticking),
            (press, 1.0),
            (1, 1.0),
        )
    )
    # Somewhere between a straight line from hands to heels and an upright trunk with the legs back at the wall.
    tilt = (
        np.arctan((hands_x - wall - 0.05) / (body.leg_length + body.torso_length)) * rng.uniform(0, 1.3)
        + rng.normal(0, 3) * DEGREE
    )
    forward_hips = rng.uniform(-0.03, 0.06)
    together = rng.random() < 0.4
    spread = np.full(2, rng.uniform(0.0, 0.03)) if together else rng.uniform(0.02, 0.16) + rng.uniform(0.0, 0.12, 2)
    off_wall = (
        np.array([rng.uniform(0, 0.12), rng.uniform(0, 0.03)])[rng.permutation(2)]
        if rng.random() < 0.6
        else rng.uniform(0, 0.02, 2)
    )
    knees = rng.uniform(0.0, 0.006, 2) + (rng.uniform(0, 0.01) if rng.random() < 0.5 else 0.0)
    drawn_in = rng.uniform(0.0, 0.06) if rng.random() < 0.3 else 0.0
    elbows = rng.uniform(0.2, 1.3)
    nod = rng.uniform(-0.40, 0.10)
    turned = rng.normal(0, 4) * DEGREE
    pointed = rng.uniform(0.2, 0.9)
    sway = Sway(rng, 0.006, 0.008, 0.03, 0.02, 0.03, 0.03)
    duration = seconds(rng, 1.441, 0.506, shortest=0.65)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        (high,) = course(phase)
        drift_x, drift_y, roll, turn, left_leg, right_leg = sway(phase * duration)
        strain = 1 + 1.5 * np.sin(np.pi * np.clip(high, 0, 1))
        shoulders = vectors(hands_x - 0.02 * high + drift_x, drift_y, bottom + (top - bottom) * high)
        lean, yaw = np.pi + tilt + (1 - high) * 0.06, np.pi + turned
        posture = Spine(np.zeros((count, 3)), lean=lean, yaw=yaw, roll=roll * 0.4 * strain, bend=-0.06)
        pelvis = shoulders - posture.trunk(body).shoulders + vectors(forward_hips * (1 - high), 0.0, 0.0)
        spine = Spine(pelvis, lean=lean, yaw=yaw, roll=roll * 0.4 * strain, bend=-0.06)
        # Upside down and turned about, the athlete's left is at -y.
        legs_drift = np.stack([left_leg, right_leg], axis=1)
        ankle_x = wall + 0.05 + off_wall + legs_drift * 0.3
        ankle_y = -SIDES * (spread + body.hip * 0.6 + legs_drift * 0.2)
        hip_y = -SIDES * body.hip
        away = np.sqrt((ankle_x - pelvis[:, :1]) ** 2 + (ankle_y - hip_y) ** 2)
        reach = body.leg_length - knees - drawn_in * (1 - high)[:, None]
        ankles = vectors(
            ankle_x, ankle_y + pelvis[:, 1:2], pelvis[:, 2:] + np.sqrt(np.maximum(reach**2 - away**2, 0.02))
        )
        hands = pairs(hands_x + 0.03, np.full((count, 2), -grip), HAND)
        return Pose(
            spine,
            arms=Reach(hands, unit(pairs(np.full((count, 2), 0.8), -elbows, 0.1))),
            legs=Reach(ankles, unit(pairs(np.full((count, 2), 1.0), -0.3, 0.0))),
            feet=Feet(unit(pairs(np.full((count, 2), 0.35), -0.2, pointed))),
            nod=nod,
            turn=turn,
        )

    def props(skeleton: Skeleton, phase: Array) -> Props:
        return Props(wall=wall * body.height, mat=pad * body.height)

    share = rng.random()
    if share < 0.76:
        window = Window.around(rng)
    elif share < 0.9:
        window = Window.random(rng, down + hold, 1.0, usual=False)
    else:
        window = Window.random(rng, -rng.uniform(0.1, 0.4), rng.uniform(0.5, 0.75), usual=False)
    return Plan("shspu", duration, window, pose, props)
