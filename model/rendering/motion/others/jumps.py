"""Box jumps and skipping with one turn of the rope a jump."""

from __future__ import annotations

import numpy as np

from model.rendering.motion.curves import Curve, Sway, blend, smooth_step
from model.rendering.motion.geometry import DEGREE, Array, vectors
from model.rendering.motion.parts import Stance, free_arms, seconds
from model.rendering.motion.plan import Plan, Window
from model.rendering.motion.props import Box, Props
from model.rendering.motion.skeleton import Pose, Proportions, Skeleton, Spine
from model.rendering.motion.skipping import Skip


def box_jump(rng: np.random.Generator, body: Proportions) -> Plan:
    """From the floor onto a box and up; phases 0 to 1."""
    stance = Stance.random(rng, width=(0.05, 0.09), angle=(0, 15))
    standing = stance.height(body) - 0.003
    top = rng.choice([0.51, 0.61, 0.76], p=[0.4, 0.5, 0.1]) / body.height
    near_edge = rng.uniform(0.22, 0.38)
    depth = rng.uniform(0.5, 0.75) / body.height
    land_x = near_edge + rng.uniform(0.06, 0.12)
    crouch = rng.uniform(0.68, 0.82) * standing
    landed = rng.uniform(0.62, 0.85) * standing
    duration = seconds(rng, 1.5, 0.25, shortest=1.2)
    down, off, on = rng.uniform(0.12, 0.2), rng.uniform(0.36, 0.42), rng.uniform(0.64, 0.70)
    # Hips x, z, lean, arms' angle.
    course = Curve(
        [0, 0.05, down, off, on, on + 0.1, rng.uniform(0.88, 0.98), 1.05],
        [
            [0.0, standing, 2 * DEGREE, 0.1],
            [0.0, standing, 2 * DEGREE, 0.1],
            [-0.08, crouch, rng.uniform(30, 50) * DEGREE, -rng.uniform(0.3, 0.7)],
            [0.06, standing, 14 * DEGREE, rng.uniform(0.6, 1.5)],
            [land_x - 0.06, top + landed, rng.uniform(22, 40) * DEGREE, 1.0],
            [land_x - 0.06, top + landed * 0.97, rng.uniform(25, 42) * DEGREE, 0.7],
            [land_x, top + standing, 2 * DEGREE, 0.1],
            [land_x, top + standing, 2 * DEGREE, 0.1],
        ],
    )
    arc = max(0.05, 0.06 + landed * 0.12)
    step = Curve([off, on], [[0.0, 0.0], [land_x, top]])
    sway = Sway(rng, 0.006, 0.008, 0.02, 0.05)

    def pose(phase: Array) -> Pose:
        count = len(phase)
        x, z, lean, swing = course(phase)
        drift_x, drift_y, roll, turn = sway(phase * duration)
        flight = np.clip((phase - off) / (on - off), 0, 1)
        hop = 4 * flight * (1 - flight)
        foot_x, foot_z = step(phase)
        # The feet rise before they travel, to pass the edge.
        early = blend(foot_z, top, smooth_step(flight * 1.8)) * (flight > 0)
        legs, feet = stance.stand(count, ahead=foot_x, lift=early + 0.05 * hop, heel=0.5 * hop)
        spine = Spine(vectors(x + drift_x, drift_y, z + arc * hop), lean=lean, roll=roll * 0.4)
        arms = free_arms(spine.trunk(body), swing, 0.15, 0.3)
        return Pose(spine, arms=arms, legs=legs, feet=feet, nod=0.1 - lean * 0.5, turn=turn)

    def props(skeleton: Skeleton, phase: Array) -> Props:
        size = np.array([depth, 0.61 / body.height, top]) * body.height
        centre = np.array([(near_edge + depth / 2) * body.height, 0.0, size[2] / 2])
        return Props(box=Box(centre, size))

    return Plan("box jump", duration, Window.random(rng), pose, props)


def single_unders(rng: np.random.Generator, body: Proportions) -> Plan:
    """Skipping with one turn of the rope a jump; phase 0 take-off, 1 the next."""
    duration = seconds(rng, 0.46, 0.06)
    skip = Skip.random(rng, body, duration, turns=1, airborne=(0.35, 0.6))
    start = rng.uniform(0, 1)

    def pose(phase: Array) -> Pose:
        return skip.pose(phase, body)

    def props(skeleton: Skeleton, phase: Array) -> Props:
        return skip.props(skeleton, phase, body)

    return Plan(
        "single unders", duration, Window.random(rng, start, start + rng.uniform(0.9, 2.5)), pose, props, near=True
    )
