"""What athletes lift, hang from, jump on and turn: each function adds one thing to a scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from model.rendering.colours import any_colour, greyish, mostly_grey
from model.rendering.motion.geometry import Array, unit
from model.rendering.motion.props import PLATE_RADIUS, Ghd, Props, Rower, Weights
from model.rendering.primitives import PLATE, Primitives

PLATE_COLOURS = (
    (0.05, 0.05, 0.05), (0.05, 0.05, 0.05), (0.10, 0.50, 0.15), (0.15, 0.75, 0.25), (0.90, 0.80, 0.10),
    (0.10, 0.25, 0.75), (0.75, 0.10, 0.10), (0.90, 0.90, 0.88), (0.30, 0.80, 0.35), (0.50, 0.50, 0.52),
)  # fmt: skip
SLEEVE = 0.655  # m from the bar's middle to its sleeves: 1.31 m between the collars (IWF)


@dataclass(frozen=True)
class BarbellLook:
    """Half length in m, steel colour, rings on the plates, and plates from the inside: width, radius, colours."""

    half: float
    steel: Array
    rings: float
    plates: tuple[tuple[float, float, Array, Array], ...]

    @classmethod
    def random(cls, rng: np.random.Generator) -> Self:
        """One to three bumper plates a side, the first full-sized."""
        plates = []
        for i in range(rng.integers(1, 4)):
            colour = np.clip(np.array(PLATE_COLOURS[rng.integers(len(PLATE_COLOURS))]) * rng.uniform(0.7, 1.1), 0, 1)
            radius = PLATE_RADIUS if i == 0 or rng.random() < 0.75 else rng.uniform(0.12, 0.2)
            plates.append((rng.uniform(0.03, 0.09), radius, colour, greyish(rng, 0.1, 0.8)))
        return cls(rng.uniform(1.0, 1.1), greyish(rng, 0.25, 0.8), rng.random(), tuple(plates))


def draw_barbell(
    scene: Primitives, centre: ArrayLike, direction: ArrayLike, look: BarbellLook, *, plates: bool = True
) -> None:
    """A barbell by its centre and unit direction, [3] or [T, 3]."""
    centre, axis = np.asarray(centre, dtype=np.float64), unit(np.asarray(direction, dtype=np.float64))
    scene.cylinder(centre - axis * 0.66, centre + axis * 0.66, 0.015, look.steel, shine=0.3)
    for sign in (1, -1):
        scene.cylinder(
            centre + axis * (sign * SLEEVE), centre + axis * (sign * look.half), 0.025, look.steel, shine=0.3
        )
        inner = SLEEVE
        for width, radius, colour, colour_2 in look.plates if plates else ():
            scene.cylinder(
                centre + axis * (sign * inner), centre + axis * (sign * (inner + width)), radius, colour, colour_2,
                texture=PLATE, amount=look.rings,
            )  # fmt: skip
            inner += width + 0.004


def draw_rig(
    scene: Primitives, rng: np.random.Generator, height: float, colour: Array, yaw: float, offset: ArrayLike
) -> None:
    """A pull-up bar at `height` m between two posts, often with more behind, turned by `yaw`, moved by `offset`."""
    left, right = rng.uniform(0.6, 2), -rng.uniform(0.6, 2)
    turn = np.array([[np.cos(yaw), np.sin(yaw), 0], [-np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])

    def at(x: float, y: float, z: float) -> Array:
        return np.array([x, y, z]) @ turn + offset

    scene.cylinder(at(0, left, height), at(0, right, height), rng.uniform(0.015, 0.03), colour)
    top = (height + 0.4) / 2
    for y in (left, right):
        scene.box(at(0, y, top), (0.04, 0.04, top), colour, yaw=yaw)
        if rng.random() < 0.6:
            scene.box(at(-rng.uniform(1, 1.8), y, top), (0.04, 0.04, top), colour, yaw=yaw)
    if rng.random() < 0.5:
        scene.cylinder(at(-1.2, left, height + 0.3), at(-1.2, right, height + 0.3), 0.03, colour)


def _draw_ghd(scene: Primitives, rng: np.random.Generator, ghd: Ghd) -> None:
    pad, frame = mostly_grey(rng, 0.02, 0.12), mostly_grey(rng, 0.02, 0.6)
    x = rng.uniform(-0.02, 0.12)
    z = float(ghd.pelvis[2]) - 0.11 - rng.uniform(0.09, 0.11)
    ankle = float(ghd.ankles[0]), float(ghd.ankles[2])
    for y in (-0.17, 0.17):
        scene.cone((x, y - 0.1, z), (x, y + 0.1, z), rng.uniform(0.10, 0.14), 0.12, pad)
    scene.box((x + 0.08, 0, z - 0.02), (0.1, 0.28, 0.09), pad)
    for dz in (0.085, -0.085):
        scene.cone((ankle[0] - 0.03, -0.22, ankle[1] + dz), (ankle[0] - 0.03, 0.22, ankle[1] + dz), 0.055, 0.055, pad)
    scene.box((ankle[0] + 0.14, 0, ankle[1]), (0.015, 0.25, 0.2), frame)
    scene.box((x + 0.1, 0, z / 2), (0.035, 0.035, z / 2), frame)
    scene.box((ankle[0] + 0.05, 0, ankle[1] / 2), (0.035, 0.035, ankle[1] / 2), frame)
    middle, half = (x + ankle[0]) / 2, (ankle[0] - x) / 2
    scene.box((middle, 0, 0.06), (half + 0.15, 0.035, 0.035), frame)
    scene.box((middle, 0, z * 0.72), (half, 0.03, 0.03), frame)
    for foot in (x - 0.05, ankle[0] + 0.1):
        scene.box((foot, 0, 0.04), (0.035, 0.38, 0.035), frame)
    if rng.random() < 0.4:
        for y in (-0.3, 0.3):
            scene.cylinder((x + 0.25, y, z - 0.1), (x + 0.3, y, z + 0.35), 0.02, frame)


def _draw_weights(scene: Primitives, rng: np.random.Generator, weights: Weights) -> None:
    colour = mostly_grey(rng, 0.02, 0.3)
    for i in range(weights.grips.shape[1]):
        grip, axis = weights.grips[:, i], weights.handles[:, i]
        if weights.down is not None:
            bell = grip + weights.down[:, i] * 0.16
            scene.cone(bell, bell + [0, 0, 0.002], 0.1, 0.1, colour)
            for sign in (1, -1):
                scene.cone(grip + axis * (0.06 * sign), bell + axis * (0.05 * sign), 0.018, 0.02, colour)
            scene.cone(grip + axis * 0.06, grip - axis * 0.06, 0.018, 0.018, colour)
            continue
        scene.cylinder(grip - axis * 0.12, grip + axis * 0.12, 0.016, greyish(rng, 0.3, 0.8), shine=0.3)
        for sign in (1, -1):
            scene.cylinder(grip + axis * (0.07 * sign), grip + axis * (0.17 * sign), 0.075, colour)


def _draw_rower(scene: Primitives, rng: np.random.Generator, rower: Rower) -> None:
    rail, dark = greyish(rng, 0.2, 0.6), greyish(rng, 0.02, 0.15)
    seat, fan = rower.seat, rower.fan
    back, z = float(seat[:, 0].min()) - 0.3, float(seat[0, 2]) - 0.06
    scene.cylinder((back, fan[1], z - 0.03), (fan[0], fan[1], z - 0.03), 0.035, rail)
    scene.cylinder((back + 0.1, fan[1] - 0.25, 0.02), (back + 0.1, fan[1] + 0.25, 0.02), 0.03, dark)
    scene.cylinder((back + 0.1, fan[1], 0.02), (back + 0.1, fan[1], z - 0.03), 0.03, dark)
    scene.cylinder(fan + [0, 0.07, 0], fan - [0, 0.07, 0], 0.26, dark)
    scene.cone(seat - [0, 0.12, 0.03], seat + [0, 0.12, -0.03], 0.04, 0.04, dark)
    scene.box(rower.feet + [0.04, 0, 0], (0.03, 0.16, 0.12), dark)
    scene.cylinder(rower.handle - [0, 0.24, 0], rower.handle + [0, 0.24, 0], 0.016, dark)
    scene.cylinder(rower.handle, np.broadcast_to(fan + [0, 0, 0.12], rower.handle.shape), 0.006, rail)


def draw_still_props(scene: Primitives, rng: np.random.Generator, props: Props, rig_colour: Array) -> None:
    """Everything of the movement's equipment that stands still."""
    if props.pull_up_bar is not None:
        draw_rig(scene, rng, props.pull_up_bar.height, rig_colour, 0.0, (0.0, 0.0, 0.0))
        if rng.random() < 0.5:
            size = rng.uniform(0.2, 0.38)
            wood = np.array([0.7, 0.55, 0.35]) * rng.uniform(0.3, 1.1)
            scene.box((rng.uniform(-0.5, 0.2), rng.uniform(-0.7, 0.7), size), (0.25, 0.3, size), wood)
    if props.ghd is not None:
        _draw_ghd(scene, rng, props.ghd)
    if props.box is not None:
        wood = np.array([0.7, 0.55, 0.35]) * rng.uniform(0.3, 1.1) if rng.random() < 0.7 else any_colour(rng)
        scene.box(props.box.centre, props.box.size / 2, wood)


def draw_mat(scene: Primitives, rng: np.random.Generator, height: float, head: Array) -> None:
    """The pad under the head [3] of a handstand, of a height in m; none if that is 0."""
    if height > 0:
        half = (rng.uniform(0.17, 0.32), rng.uniform(0.2, 0.4), height / 2)
        scene.box((head[0], head[1], height / 2), half, mostly_grey(rng, 0.03, 0.3))


def draw_moving_props(scene: Primitives, rng: np.random.Generator, props: Props, barbell: BarbellLook) -> None:
    """Everything of the movement's equipment that moves, for as many instants as the scene has."""
    if props.barbell is not None:
        draw_barbell(scene, props.barbell.centre, props.barbell.direction, barbell, plates=props.barbell.plates)
    if props.rope is not None:
        colour = any_colour(rng, 0.9, 0.05, 1.0) if rng.random() < 0.6 else mostly_grey(rng, 0.6, 1.0)
        radius = rng.uniform(0.005, 0.016)
        for i in range(props.rope.shape[1] - 1):
            scene.cone(props.rope[:, i], props.rope[:, i + 1], radius, radius, colour, casts=False)
        for end, sign in ((0, 1), (-1, -1)):
            hand = props.rope[:, end]
            scene.cone(hand, hand + [0.1, 0.06 * sign, -0.02], 0.012, 0.012, colour)
    for weights in (props.dumbbells, props.kettlebell):
        if weights is not None:
            _draw_weights(scene, rng, weights)
    if props.ball is not None:
        ball = props.ball
        scene.cone(
            ball.centre,
            ball.centre + [0, 0, 0.002],
            ball.radius,
            ball.radius,
            mostly_grey(rng, 0.02, 0.2),
            any_colour(rng),
            frequency=3.0,
            amount=0.8,
        )
    if props.rower is not None:
        _draw_rower(scene, rng, props.rower)
