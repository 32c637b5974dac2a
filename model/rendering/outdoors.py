"""Car parks, tracks and fields: trees, fences, cars, houses and painted lines far behind the athlete."""

from __future__ import annotations

import numpy as np

from model.rendering.colours import any_colour, greyish, mostly_grey
from model.rendering.materials import BRICK, TURF
from model.rendering.motion.geometry import Array
from model.rendering.pictures import WINDOWS
from model.rendering.primitives import BRICKS, PLATE, Primitives


def draw_outdoors(scene: Primitives, rng: np.random.Generator, ahead: Array, aside: Array) -> None:
    """Add what lies between the athlete and the horizon."""
    yaw = float(np.arctan2(aside[1], aside[0])) + rng.normal(0, 0.25)
    if rng.random() < 0.35:
        _lanes(scene, rng, ahead, yaw)
    if rng.random() < 0.7:
        _trees(scene, rng, ahead, aside)
    if rng.random() < 0.35:
        _house(scene, rng, ahead, aside, yaw)
    if rng.random() < 0.4:
        _fence(scene, rng, ahead, aside)
    if rng.random() < 0.4:
        for _ in range(rng.integers(1, 5)):
            place = ahead * rng.uniform(5, 18) + aside * rng.uniform(-9, 9)
            _car(scene, rng, place, yaw + rng.choice([0, np.pi / 2]) + rng.normal(0, 0.2))


def _lanes(scene: Primitives, rng: np.random.Generator, ahead: Array, yaw: float) -> None:
    """Lines of a running track or of parking lots."""
    step, turn = rng.uniform(1.0, 2.6), yaw + rng.choice([0, np.pi / 2])
    across = np.array([-np.sin(turn), np.cos(turn), 0])
    for k in range(-4, 12):
        at = ahead * 2 + across * (step * k)
        scene.box((at[0], at[1], 0.001), (30, rng.uniform(0.025, 0.05), 0.003), (0.92, 0.92, 0.9), yaw=turn)


def _trees(scene: Primitives, rng: np.random.Generator, ahead: Array, aside: Array) -> None:
    leaf = np.clip(TURF * rng.uniform(0.5, 1.2) + rng.normal(0, 0.04, 3), 0.02, 1)
    far, high = rng.uniform(10, 30), rng.uniform(1.5, 6)
    for _ in range(rng.integers(8, 26)):
        at = ahead * (far + rng.normal(0, 1.5)) + aside * (rng.uniform(-1, 1) * far * 0.9)
        top, colour = high * rng.uniform(0.6, 1.4), leaf * rng.uniform(0.7, 1.2)
        radius = top * rng.uniform(0.28, 0.5)
        trunk = (at[0], at[1], 0)
        scene.cylinder(trunk, (at[0], at[1], top), radius * 0.1, (0.25, 0.19, 0.14), casts=False)
        for _ in range(3):
            crown = at + rng.normal(0, 0.4, 3) * radius + [0, 0, top]
            scene.cone(
                crown, crown + [0, 0, radius * rng.uniform(0.2, 1.0)], radius, radius * rng.uniform(0.5, 0.9), colour,
                colour * 0.35, frequency=rng.uniform(1.5, 4) * 4 / high, amount=1.6, casts=False,
            )  # fmt: skip


def _house(scene: Primitives, rng: np.random.Generator, ahead: Array, aside: Array, yaw: float) -> None:
    at = ahead * rng.uniform(9, 25) + aside * rng.uniform(-8, 8)
    half = (rng.uniform(3, 9), rng.uniform(2, 4), rng.uniform(1.5, 4))
    wall = np.clip(BRICK * rng.uniform(0.7, 1.3), 0, 1) if rng.random() < 0.4 else greyish(rng, 0.3, 0.9)
    scene.box((at[0], at[1], half[2]), half, wall, wall * 0.75, yaw=yaw, texture=BRICKS, frequency=3, casts=False)
    front = np.array([np.sin(yaw), -np.cos(yaw), 0]) * (half[1] + 0.03)
    along = np.array([np.cos(yaw), np.sin(yaw), 0])
    if front @ ahead > 0:
        front = -front
    picture = int(rng.integers(WINDOWS))
    for k in range(rng.integers(1, 5)):
        window = at + front + along * (half[0] * (0.5 * k - 0.9))
        scene.box(
            (window[0], window[1], half[2]), (0.6, 0.02, 0.6), (0.3, 0.35, 0.4), yaw=yaw, picture=picture, casts=False
        )


def _fence(scene: Primitives, rng: np.random.Generator, ahead: Array, aside: Array) -> None:
    far, high, colour = rng.uniform(4, 14), rng.uniform(0.8, 2.2), mostly_grey(rng, 0.1, 0.8)
    for z in np.linspace(high * 0.3, high, rng.integers(2, 5)):
        start, end = ahead * far - aside * 15 + [0, 0, z], ahead * far + aside * 15 + [0, 0, z]
        scene.cylinder(start, end, 0.025, colour, casts=False)
    for k in range(-7, 8):
        post = ahead * far + aside * (2 * k)
        scene.cylinder(post, post + [0, 0, high], 0.03, colour, casts=False)


def _car(scene: Primitives, rng: np.random.Generator, place: Array, yaw: float) -> None:
    paint = mostly_grey(rng, 0.05, 0.95) if rng.random() < 0.7 else any_colour(rng)
    along, across = np.array([np.cos(yaw), np.sin(yaw), 0]), np.array([-np.sin(yaw), np.cos(yaw), 0])
    scene.box((*place[:2], 0.62), (2.1, 0.86, 0.32), paint, paint * 0.9, yaw=yaw, shine=0.4)
    for sign in (1, -1):  # the cabin: rounded, and dark as glass is
        front, rear = place + along * 0.9 + across * (0.55 * sign), place - along * 1.4 + across * (0.55 * sign)
        scene.cone(front + [0, 0, 1.05], rear + [0, 0, 1.1], 0.28, 0.34, (0.06, 0.07, 0.08), shine=0.6)
    roof = place - along * 0.3
    scene.box((roof[0], roof[1], 1.43), (1.0, 0.7, 0.04), paint, yaw=yaw, shine=0.4)
    for x in (-1.3, 1.35):
        for sign in (1, -1):
            hub = place + along * x + across * (0.80 * sign) + [0, 0, 0.33]
            scene.cylinder(hub, hub + across * (0.1 * sign), 0.33, (0.04, 0.04, 0.04), (0.5, 0.5, 0.5), texture=PLATE)
