"""Gyms and the outdoors: everything around the athlete that stands still, other people's equipment included."""

from __future__ import annotations

import numpy as np

from model.rendering.camera import Viewpoint
from model.rendering.colours import any_colour, mostly_grey
from model.rendering.equipment import BarbellLook, draw_barbell, draw_rig
from model.rendering.furniture import draw_clutter, draw_furniture
from model.rendering.materials import floor_material, wall_material, wood
from model.rendering.motion.geometry import Array
from model.rendering.motion.props import PLATE_RADIUS
from model.rendering.outdoors import draw_outdoors
from model.rendering.pictures import COUNT, WINDOWS
from model.rendering.primitives import Primitives


def draw_surroundings(
    scene: Primitives, rng: np.random.Generator, view: Viewpoint, centre: Array, *, outdoors: bool, wall: float | None
) -> None:
    """Everything that stands still and is not the athlete's, behind and around the athlete as the camera sees it.

    Args:
        wall: x of the face of a wall the athlete uses, which looks towards +x.
    """
    distance = float(np.linalg.norm((centre - view.place)[:2]))
    ahead, aside = view.ground
    _floor(scene, rng, outdoors=outdoors)
    back = rng.uniform(1.0, 9)
    if wall is not None:
        _own_wall(scene, rng, wall)
        back = rng.uniform(2, 9)
    if outdoors:
        draw_outdoors(scene, rng, ahead, aside)
    if not outdoors or rng.random() < 0.25:
        _back_wall(scene, rng, ahead, back)
    if not outdoors:
        if rng.random() < 0.35:
            _side_wall(scene, rng, ahead, aside)
        draw_furniture(scene, rng, ahead, aside, back)
    draw_clutter(scene, rng, ahead, aside, back)
    for _ in range(rng.integers(0, 3)):
        along = rng.uniform(-0.6, 0.8) * min(distance, 4)
        place = ahead * along + aside * rng.uniform(-2.5, 2.5)
        in_front_of_lens = along < 0 and distance + along < 1.2
        if abs(place[0]) + abs(place[1]) > 1.1 and not in_front_of_lens:
            yaw = rng.uniform(0, np.pi)
            at = (place[0], place[1], PLATE_RADIUS)
            draw_barbell(scene, at, (np.cos(yaw), np.sin(yaw), 0), BarbellLook.random(rng))
    if rng.random() < 0.3:
        colour = mostly_grey(rng, 0.02, 0.5)
        draw_rig(scene, rng, rng.uniform(2.2, 2.8), colour, rng.uniform(-0.6, 0.6), ahead * rng.uniform(0.9, 2.5))


def _floor(scene: Primitives, rng: np.random.Generator, *, outdoors: bool) -> None:
    scene.box((0, 0, -0.05), (60, 60, 0.05), yaw=rng.uniform(0, 3), **floor_material(rng, outdoors=outdoors))
    square = rng.uniform(0, np.pi)  # most lines and mats lie square to each other
    for _ in range(rng.integers(0, 6)):
        line = rng.random() < 0.6
        half = rng.uniform(0.02, 0.06) if line else rng.uniform(0.4, 1.2)
        paint = (0.9, 0.9, 0.88) if rng.random() < 0.4 else any_colour(rng, 0.9, 0.3, 1.0)
        mat = wood(rng) if rng.random() < 0.4 else mostly_grey(rng, 0.03, 0.3)
        yaw = square + rng.choice([0, np.pi / 2]) if rng.random() < 0.8 else rng.uniform(0, np.pi)
        at = (rng.uniform(-4, 4), rng.uniform(-4, 4), 0.002)
        scene.box(at, (half, rng.uniform(0.5, 4), 0.004), paint if line else mat, yaw=yaw)


def _own_wall(scene: Primitives, rng: np.random.Generator, x: float) -> None:
    half = rng.uniform(0.5, 5)
    y = rng.uniform(-half, half) * 0.7 if half > 1.5 else rng.uniform(-0.2, 0.2)
    scene.box((x - 0.06, y, 1.6), (0.06, half, rng.uniform(1.6, 2.8)), **wall_material(rng))
    if rng.random() < 0.4:
        mat = any_colour(rng, 0.9, 0.03, 0.9)
        scene.box((x + 0.45, 0, 0.0), (0.45, rng.uniform(0.3, 0.8), 0.012), mat)


def _back_wall(scene: Primitives, rng: np.random.Generator, ahead: Array, distance: float) -> None:
    yaw = float(np.arctan2(ahead[1], ahead[0])) + rng.uniform(-0.5, 0.5)
    foot = ahead * distance
    scene.box((foot[0], foot[1], 3), (0.05, 40, rng.uniform(2, 5)), yaw=yaw, **wall_material(rng))
    normal = np.array([np.cos(yaw), np.sin(yaw), 0])
    along = np.array([-normal[1], normal[0], 0])

    def hang(aside: float, z: float, half: tuple[float, float], picture: int, glow: float) -> None:
        at = foot + along * aside - normal * 0.08
        scene.box((at[0], at[1], z), (0.02, *half), (0.5, 0.5, 0.5), yaw=yaw, picture=picture, glow=glow)

    if rng.random() < 0.3:  # the lower part in another colour, or a stripe
        at = foot - normal * 0.06
        low, half = rng.choice([0.0, rng.uniform(0.5, 2.5)]), rng.uniform(0.1, 0.9)
        scene.box((at[0], at[1], low + half), (0.01, 40, half), mostly_grey(rng, 0.05, 0.9), yaw=yaw)
    if rng.random() < 0.35:  # windows or shutters in a row
        size, high = (rng.uniform(0.4, 1.5), rng.uniform(0.4, 1.4)), rng.uniform(1.2, 3.2)
        picture, glow, first = int(rng.integers(WINDOWS)), rng.uniform(0.5, 3.0), rng.uniform(-4, 0)
        for k in range(rng.integers(1, 6)):
            hang(first + k * (2 * size[0] + 0.25), high, size, picture, glow)
    for _ in range(rng.integers(0, 10)):  # posters, flags, boards
        glow = 0.5 if rng.random() < 0.15 else 0.0
        size = (rng.uniform(0.15, 1.3), rng.uniform(0.15, 0.9))
        hang(rng.uniform(-6, 6), rng.uniform(0.5, 3.5), size, int(rng.integers(COUNT)), glow)


def _side_wall(scene: Primitives, rng: np.random.Generator, ahead: Array, aside: Array) -> None:
    """A wall to the left or the right, roughly along the line of sight."""
    yaw = float(np.arctan2(aside[1], aside[0])) + rng.uniform(-0.1, 0.1)
    # It begins beside the athlete, never between athlete and camera.
    at = aside * (rng.uniform(2.5, 7) * rng.choice([-1, 1])) + ahead * 9
    scene.box((at[0], at[1], 3), (0.05, 9, 3.5), yaw=yaw, **wall_material(rng))
