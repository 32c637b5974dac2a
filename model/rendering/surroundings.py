"""Gyms and the outdoors: floor, walls, clutter, other people's barbells and rigs, bystanders, light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from model.rendering import primitives as p
from model.rendering.athlete import Look, draw_athlete
from model.rendering.camera import Viewpoint
from model.rendering.colours import any_colour, greyish, mostly_grey
from model.rendering.equipment import BarbellLook, draw_barbell, draw_rig
from model.rendering.motion.geometry import Array, unit
from model.rendering.motion.others import standing
from model.rendering.motion.props import PLATE_RADIUS
from model.rendering.motion.skeleton import Proportions, solve
from model.rendering.pictures import COUNT
from model.rendering.primitives import Primitives


@dataclass(frozen=True)
class Light:
    """Light of a scene: `vector` float32 [LIGHT_SIZE] for the kernels, how dark shadows are, colour of the sky."""

    vector: np.ndarray
    shadow: float
    sky: Array

    @classmethod
    def random(cls, rng: np.random.Generator, outdoors: bool, centre: Array) -> Self:
        """Lamps or the sun, from above."""
        direction = unit(np.array([rng.normal(), rng.normal(), rng.uniform(0.5, 2.5)]))
        across = unit(np.cross(direction, [0.3, 0.5, 0.1]))
        ambient = rng.uniform(0.35, 0.85) * (1 + rng.normal(0, 0.06, 3))
        direct = (rng.uniform(0.3, 0.9) if outdoors else rng.uniform(0.1, 0.75)) * (1 + rng.normal(0, 0.06, 3))
        vector = np.array(
            [*direction, *direct, *ambient, *across, *np.cross(direction, across), centre[0], centre[1], 1.0, 2.6],
            np.float32,
        )
        shadow = 0.0 if rng.random() < 0.15 else rng.uniform(0.2, 0.95)
        return cls(vector, shadow, any_colour(rng, 0.4, 0.5, 1.0) if outdoors else greyish(rng, 0.05, 0.9))


def draw_surroundings(
    scene: Primitives, rng: np.random.Generator, view: Viewpoint, centre: Array, *, outdoors: bool, wall: float | None
) -> None:
    """Everything that stands still and is not the athlete's, behind and around the athlete as the camera sees it.

    Args:
        wall: x of the face of a wall the athlete uses, which looks towards +x.
    """
    distance = float(np.linalg.norm((centre - view.place)[:2]))
    ahead = unit(np.array([view.forward[0], view.forward[1], 0.0]))
    aside = np.array([-ahead[1], ahead[0], 0.0])
    _floor(scene, rng)
    back = rng.uniform(1.0, 9)
    if wall is not None:
        _own_wall(scene, rng, wall)
        back = rng.uniform(2, 9)
    if not outdoors or rng.random() < 0.4:
        _back_wall(scene, rng, ahead, back)
    _clutter(scene, rng, ahead, aside, back)
    for _ in range(rng.integers(0, 3)):
        along = rng.uniform(-0.6, 0.8) * min(distance, 4)
        place = ahead * along + aside * rng.uniform(-2.5, 2.5)
        in_front_of_lens = along < 0 and distance + along < 1.2
        if abs(place[0]) + abs(place[1]) > 1.1 and not in_front_of_lens:
            yaw = rng.uniform(0, np.pi)
            draw_barbell(
                scene, (place[0], place[1], PLATE_RADIUS), (np.cos(yaw), np.sin(yaw), 0), BarbellLook.random(rng)
            )
    if rng.random() < 0.3:
        colour = mostly_grey(rng, 0.02, 0.5)
        draw_rig(scene, rng, rng.uniform(2.2, 2.8), colour, rng.uniform(-0.6, 0.6), ahead * rng.uniform(0.9, 2.5))


def _floor(scene: Primitives, rng: np.random.Generator) -> None:
    scene.box((0, 0, -0.05), (60, 60, 0.05), yaw=rng.uniform(0, 3), **_floor_material(rng))
    for _ in range(rng.integers(0, 6)):  # painted lines and mats
        half = rng.uniform(0.02, 0.08) if rng.random() < 0.6 else rng.uniform(0.4, 1.2)
        at = (rng.uniform(-4, 4), rng.uniform(-4, 4), 0.002)
        scene.box(at, (half, rng.uniform(0.5, 4), 0.004), any_colour(rng, 0.9, 0.02, 1.0), yaw=rng.uniform(0, 3))


def _own_wall(scene: Primitives, rng: np.random.Generator, x: float) -> None:
    half = rng.uniform(0.5, 5)
    y = rng.uniform(-half, half) * 0.7 if half > 1.5 else rng.uniform(-0.2, 0.2)
    scene.box((x - 0.06, y, 1.6), (0.06, half, rng.uniform(1.6, 2.8)), **_wall_material(rng))
    if rng.random() < 0.7:
        mat = any_colour(rng, 0.9, 0.03, 0.9)
        scene.box((x + 0.45, 0, 0.0), (0.45, rng.uniform(0.3, 0.8), 0.02), mat)


def _back_wall(scene: Primitives, rng: np.random.Generator, ahead: Array, distance: float) -> None:
    yaw = float(np.arctan2(ahead[1], ahead[0])) + rng.uniform(-0.5, 0.5)
    foot = ahead * distance
    scene.box((foot[0], foot[1], 3), (0.05, 40, rng.uniform(2, 5)), yaw=yaw, **_wall_material(rng))
    normal = np.array([np.cos(yaw), np.sin(yaw), 0])
    along = np.array([-normal[1], normal[0], 0])
    for _ in range(rng.integers(0, 14)):
        at = foot + along * rng.uniform(-6, 6) - normal * 0.08
        half = (0.02, rng.uniform(0.15, 1.5), rng.uniform(0.15, 1.1))
        glow = 0.5 if rng.random() < 0.25 else 0.0
        scene.box(
            (at[0], at[1], rng.uniform(0.3, 3.5)),
            half,
            (0.5, 0.5, 0.5),
            yaw=yaw,
            picture=int(rng.integers(COUNT)),
            glow=glow,
        )


def _clutter(scene: Primitives, rng: np.random.Generator, ahead: Array, aside: Array, back: float) -> None:
    for _ in range(rng.integers(2, 24)):
        far = rng.uniform(0.3, 1) * back
        x, y, _z = ahead * far + aside * rng.uniform(-1, 1) * (1.5 + far)
        if np.hypot(x, y) < 1.3:
            continue
        draw = rng.random()
        if draw < 0.3:  # boxes, racks, shelves
            half = rng.uniform(0.1, 0.6)
            scene.box(
                (x, y, half), (rng.uniform(0.1, 0.6), rng.uniform(0.1, 0.6), half), any_colour(rng), any_colour(rng),
                yaw=rng.uniform(0, 3), texture=int(rng.integers(0, 5)), frequency=rng.uniform(1, 8),
                picture=int(rng.integers(COUNT)) if rng.random() < 0.5 else -1,
            )  # fmt: skip
        elif draw < 0.6:  # posts
            colour = mostly_grey(rng, 0.03, 0.9)
            scene.cylinder(
                (x, y, 0), (x + rng.uniform(-0.1, 0.1), y, rng.uniform(1, 4)), rng.uniform(0.02, 0.08), colour
            )
        elif draw < 0.8:  # bars across
            z, reach = rng.uniform(0.8, 3.2), aside * rng.uniform(0.5, 3)
            scene.cylinder((x, y, z), (x + reach[0], y + reach[1], z), rng.uniform(0.02, 0.05), greyish(rng))
        else:  # balls, bags, shrubs
            z = rng.uniform(0.15, 0.9)
            scene.cone(
                (x, y, z), (x + rng.uniform(-0.4, 0.4), y, z * rng.uniform(0.5, 1.6)), rng.uniform(0.1, 0.5),
                rng.uniform(0.1, 0.5), any_colour(rng), any_colour(rng), frequency=rng.uniform(1, 12), amount=0.9,
            )  # fmt: skip


def draw_bystanders(
    scene: Primitives, rng: np.random.Generator, view: Viewpoint, centre: Array, seconds: Array
) -> None:
    """Zero to five people, judges among them, who stand and move as people do.

    Args:
        seconds: the scene's instants [T], s since the clip's beginning.
    """
    distance = float(np.linalg.norm((centre - view.place)[:2]))
    ahead = unit(np.array([view.forward[0], view.forward[1], 0.0]))
    aside = np.array([-ahead[1], ahead[0], 0.0])
    for _ in range(rng.choice([0, 1, 2, 3, 5], p=[0.2, 0.3, 0.25, 0.15, 0.1])):
        along = rng.uniform(-0.55, 1.2) * min(distance, 5) if rng.random() < 0.3 else rng.uniform(1.0, 6.0)
        place = ahead * along + aside * rng.uniform(-1, 1) * (1.2 + abs(along) * 0.6)
        body = Proportions.random(rng)
        plan = (standing.resting if rng.random() < 0.75 else standing.handling)(rng, body)
        if np.hypot(place[0], place[1]) < 1.25 or (along < 0 and distance + along < 1.5):
            continue
        person = Primitives(len(seconds))
        phase = rng.uniform(0, 0.3) + 0.6 * seconds / max(plan.seconds, 4.0)
        draw_athlete(person, solve(plan.pose(np.clip(phase, 0, 1)), body), Look.random(rng), body.height)
        person.place(rng.uniform(-np.pi, np.pi), place)
        scene.extend(person)


def _wall_material(rng: np.random.Generator) -> dict[str, Any]:
    colour = any_colour(rng, 0.6, 0.05, 0.95) if rng.random() < 0.4 else greyish(rng, 0.04, 0.9)
    material: dict[str, Any] = {
        "colour": colour,
        "colour_2": np.clip(colour * rng.uniform(0.5, 1.2) + rng.normal(0, 0.03, 3), 0, 1),
    }
    draw = rng.random()
    if draw < 0.25:
        return material | {"texture": p.NOISE, "frequency": rng.uniform(0.3, 6), "amount": rng.uniform(0.1, 0.5)}
    if draw < 0.40:
        return material | {"texture": p.BRICKS, "frequency": rng.uniform(2, 6)}
    if draw < 0.52:
        return material | {"texture": p.PLANKS, "frequency": rng.uniform(2, 8)}
    if draw < 0.62:
        return material | {"texture": p.TILES, "frequency": rng.uniform(0.4, 2)}
    if draw < 0.92:
        return material | {
            "texture": p.WALLPAPER,
            "frequency": rng.uniform(0.12, 0.6),
            "picture": int(rng.integers(COUNT)),
        }
    return material | {"texture": p.STRIPES, "frequency": rng.uniform(0.5, 5), "amount": rng.uniform(0.1, 0.6)}


def _floor_material(rng: np.random.Generator) -> dict[str, Any]:
    colour = greyish(rng, 0.05, 0.55) if rng.random() < 0.75 else any_colour(rng, 0.5, 0.1, 0.8)
    material: dict[str, Any] = {
        "colour": colour,
        "colour_2": np.clip(colour * rng.uniform(0.5, 1.4) + rng.normal(0, 0.02, 3), 0, 1),
        "shine": rng.uniform(0, 0.15),
    }
    draw = rng.random()
    if draw < 0.50:
        return material | {"texture": p.NOISE, "frequency": rng.uniform(0.5, 25), "amount": rng.uniform(0.1, 0.9)}
    if draw < 0.75:
        return material | {"texture": p.TILES, "frequency": rng.uniform(0.4, 1.2)}
    if draw < 0.85:
        return material | {"texture": p.PLANKS, "frequency": rng.uniform(2, 8)}
    return material | {"texture": p.WALLPAPER, "frequency": rng.uniform(0.2, 0.8), "picture": int(rng.integers(COUNT))}
