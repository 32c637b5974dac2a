"""What stands in a gym besides the athlete's equipment: rigs, shelves, plates, balls, benches, lamps, odds and ends."""

from __future__ import annotations

import numpy as np

from model.rendering.colours import any_colour, greyish, mostly_grey
from model.rendering.equipment import PLATE_COLOURS, BarbellLook, draw_barbell
from model.rendering.materials import wood
from model.rendering.motion.geometry import Array
from model.rendering.pictures import COUNT
from model.rendering.primitives import PLATE, Primitives

ROOM = 1.4
"""Nothing stands nearer to the athlete than this, m."""


def draw_furniture(scene: Primitives, rng: np.random.Generator, ahead: Array, aside: Array, back: float) -> None:
    """Rigs and storage along the back of a gym `back` m behind the athlete, and lamps under its roof."""
    yaw = float(np.arctan2(aside[1], aside[0])) + rng.normal(0, 0.1)
    along, inwards = np.array([np.cos(yaw), np.sin(yaw), 0]), -ahead
    steel = mostly_grey(rng, 0.03, 0.3)
    if rng.random() < 0.45:
        foot = ahead * max(back - rng.uniform(0.3, 1.8), ROOM + 0.6) + along * rng.uniform(-6, -1)
        _rig_row(scene, rng, foot, along, inwards, yaw, steel)
    for _ in range(rng.integers(0, 4)):
        place = ahead * max(back - rng.uniform(0.3, 1.0), ROOM + 0.3) + along * rng.uniform(-4, 4)
        if np.hypot(place[0], place[1]) < ROOM + 0.6:
            continue
        pieces = (_ball_shelf, _plate_tree, _box_stack, _bench, _dumbbell_rack, _bin)
        pieces[rng.integers(len(pieces))](scene, rng, place, along, yaw)
    if rng.random() < 0.3:
        _lamps(scene, rng, ahead, aside, yaw)


def _rig_row(
    scene: Primitives, rng: np.random.Generator, foot: Array, along: Array, inwards: Array, yaw: float, steel: Array
) -> None:
    """Posts with bars between them, in one row or two."""
    step, high, deep = rng.uniform(1.1, 1.9), rng.uniform(2.4, 3.6), rng.uniform(1.1, 1.8)
    rows = rng.integers(1, 3)
    bars = [rng.uniform(2.1, 2.7) for _ in range(8)]
    for k in range(rng.integers(2, 7)):
        for row in range(rows):
            at = foot + along * (step * k) + inwards * (deep * row)
            if np.hypot(at[0], at[1]) < ROOM:
                continue
            scene.box((at[0], at[1], high / 2), (0.04, 0.04, high / 2), steel, yaw=yaw)
            end = at + along * step
            scene.cylinder(at + [0, 0, bars[k]], end + [0, 0, bars[k]], 0.018, steel)
            scene.cylinder(at + [0, 0, high - 0.05], end + [0, 0, high - 0.05], 0.035, steel)
            if rng.random() < 0.35:  # plates stored on the post
                colour = np.array(PLATE_COLOURS[rng.integers(len(PLATE_COLOURS))])
                hub = at + inwards * 0.08 + [0, 0, rng.uniform(0.3, 1.4)]
                scene.cylinder(hub, hub + inwards * rng.uniform(0.05, 0.2), 0.225, colour, greyish(rng), texture=PLATE)
            if rng.random() < 0.25:  # rings or ropes hang down
                for side in (0.3, 0.8):
                    ring = at + along * side
                    length = rng.uniform(0.6, 1.6)
                    scene.cylinder(ring + [0, 0, high - length], ring + [0, 0, high], 0.015, any_colour(rng))
        if rows == 2:
            at = foot + along * (step * k)
            far = at + inwards * deep
            scene.cylinder(at + [0, 0, high - 0.05], far + [0, 0, high - 0.05], 0.035, steel)
        if rng.random() < 0.25:
            bar = foot + along * (step * (k + 0.5)) + inwards * 0.1 + [0, 0, rng.uniform(0.9, 1.5)]
            if np.hypot(bar[0], bar[1]) > ROOM + 0.5:
                draw_barbell(scene, bar, along, BarbellLook.random(rng), plates=rng.random() < 0.5)


def _ball_shelf(scene: Primitives, rng: np.random.Generator, place: Array, along: Array, yaw: float) -> None:
    colour, other = mostly_grey(rng, 0.02, 0.3), any_colour(rng)
    for shelf in range(rng.integers(1, 4)):
        z = 0.25 + 0.5 * shelf
        scene.box((place[0], place[1], z - 0.19), (0.9, 0.17, 0.02), greyish(rng, 0.1, 0.5), yaw=yaw)
        for k in range(6):
            if rng.random() < 0.85:
                ball = place + along * (-0.8 + 0.32 * k) + [0, 0, z]
                scene.cone(ball, ball + [0, 0, 0.002], 0.15, 0.15, colour, other, frequency=4, amount=0.7)


def _plate_tree(scene: Primitives, rng: np.random.Generator, place: Array, along: Array, yaw: float) -> None:
    reach = 0.0
    for _ in range(rng.integers(3, 12)):
        width = rng.uniform(0.03, 0.09)
        colour = np.array(PLATE_COLOURS[rng.integers(len(PLATE_COLOURS))]) * rng.uniform(0.7, 1.1)
        hub = place + along * reach + [0, 0, 0.23]
        scene.cylinder(
            hub, hub + along * width, 0.225, colour, greyish(rng, 0.1, 0.8), texture=PLATE, amount=rng.random()
        )
        reach += width + 0.01


def _box_stack(scene: Primitives, rng: np.random.Generator, place: Array, along: Array, yaw: float) -> None:
    colour = wood(rng) if rng.random() < 0.75 else any_colour(rng)
    for k in range(rng.integers(1, 4)):
        z = 0.0
        for _ in range(rng.integers(1, 3)):
            half = rng.uniform(0.2, 0.38)
            at = place + along * (0.65 * k)
            scene.box((at[0], at[1], z + half), (0.3, 0.25, half), colour, yaw=yaw + rng.normal(0, 0.1))
            z += 2 * half


def _bench(scene: Primitives, rng: np.random.Generator, place: Array, along: Array, yaw: float) -> None:
    pad = mostly_grey(rng, 0.02, 0.2)
    scene.box((place[0], place[1], 0.43), (0.6, 0.14, 0.04), pad, yaw=yaw)
    for side in (-0.45, 0.45):
        foot = place + along * side
        scene.box((foot[0], foot[1], 0.2), (0.03, 0.18, 0.2), greyish(rng, 0.05, 0.4), yaw=yaw)


def _dumbbell_rack(scene: Primitives, rng: np.random.Generator, place: Array, along: Array, yaw: float) -> None:
    across = np.array([-along[1], along[0], 0])
    for shelf in range(rng.integers(1, 4)):
        z = 0.35 + 0.4 * shelf
        scene.box((place[0], place[1], z - 0.1), (0.9, 0.2, 0.02), greyish(rng, 0.02, 0.3), yaw=yaw)
        for k in range(7):
            at = place + along * (-0.75 + 0.25 * k) + [0, 0, z]
            scene.cylinder(at - across * 0.14, at + across * 0.14, rng.uniform(0.05, 0.09), greyish(rng, 0.02, 0.15))


def _bin(scene: Primitives, rng: np.random.Generator, place: Array, along: Array, yaw: float) -> None:
    scene.cylinder(place, place + [0, 0, rng.uniform(0.35, 1.0)], rng.uniform(0.15, 0.35), mostly_grey(rng, 0.05, 0.9))


def _lamps(scene: Primitives, rng: np.random.Generator, ahead: Array, aside: Array, yaw: float) -> None:
    """Bright tubes or shades under the roof, in a grid."""
    high, length = rng.uniform(3.2, 5.5), rng.uniform(0.3, 1.5)
    scene.box((0, 0, high + 0.6), (60, 60, 0.05), mostly_grey(rng, 0.03, 0.8), casts=False)
    for row in range(rng.integers(1, 4)):
        for column in range(-3, 4):
            at = ahead * (2.5 + 3 * row) + aside * (2.5 * column)
            scene.box((at[0], at[1], high), (length, 0.08, 0.03), (1, 1, 1), yaw=yaw, glow=6.0, casts=False)


def draw_clutter(scene: Primitives, rng: np.random.Generator, ahead: Array, aside: Array, back: float) -> None:
    """Odds and ends of no particular use, in all colours: the background of film is never what one expects."""
    for _ in range(rng.integers(0, 14)):
        far = rng.uniform(0.3, 1) * back
        x, y, _z = ahead * far + aside * rng.uniform(-1, 1) * (1.5 + far)
        if np.hypot(x, y) < ROOM:
            continue
        draw = rng.random()
        colour = any_colour(rng) if rng.random() < 0.5 else mostly_grey(rng, 0.03, 0.8)
        if draw < 0.3:  # crates, cupboards, signs
            half = rng.uniform(0.1, 0.6)
            scene.box(
                (x, y, half), (rng.uniform(0.1, 0.6), rng.uniform(0.1, 0.6), half), colour, any_colour(rng),
                yaw=rng.uniform(0, 3), texture=int(rng.integers(0, 5)), frequency=rng.uniform(1, 8),
                picture=int(rng.integers(COUNT)) if rng.random() < 0.35 else -1,
            )  # fmt: skip
        elif draw < 0.6:  # posts
            top = (x + rng.uniform(-0.1, 0.1), y, rng.uniform(1, 4))
            scene.cylinder((x, y, 0), top, rng.uniform(0.02, 0.08), mostly_grey(rng, 0.03, 0.9))
        elif draw < 0.8:  # bars across
            z, reach = rng.uniform(0.8, 3.2), aside * rng.uniform(0.5, 3)
            scene.cylinder((x, y, z), (x + reach[0], y + reach[1], z), rng.uniform(0.02, 0.05), greyish(rng))
        else:  # balls, bags, shrubs
            z = rng.uniform(0.15, 0.5)
            scene.cone(
                (x, y, z), (x + rng.uniform(-0.4, 0.4), y, z * rng.uniform(0.5, 1.6)), rng.uniform(0.1, 0.35),
                rng.uniform(0.1, 0.35), colour, any_colour(rng), frequency=rng.uniform(1, 12), amount=0.7,
            )  # fmt: skip
