"""Judges, bystanders and spectators: people who stand, sit and handle things, and move a little."""

from __future__ import annotations

import numpy as np

from model.rendering.athlete import athlete_mesh
from model.rendering.camera import Viewpoint
from model.rendering.look import Look
from model.rendering.mesh import Mesh
from model.rendering.motion.geometry import Array
from model.rendering.motion.others import standing
from model.rendering.motion.skeleton import Proportions, solve

ROOM = 1.25
"""Nobody comes nearer to the athlete than this, m."""


def bystanders(rng: np.random.Generator, view: Viewpoint, centre: Array, seconds: Array) -> list[Mesh]:
    """Zero to five people around the athlete, and sometimes a row of spectators behind.

    Args:
        seconds: the scene's instants [T], s since the clip's beginning.
    """
    distance = float(np.linalg.norm((centre - view.place)[:2]))
    ahead, aside = view.ground
    people = []
    for _ in range(rng.choice([0, 1, 2, 3, 5], p=[0.2, 0.3, 0.25, 0.15, 0.1])):
        along = rng.uniform(-0.55, 1.2) * min(distance, 5) if rng.random() < 0.3 else rng.uniform(1.0, 6.0)
        place = ahead * along + aside * rng.uniform(-1, 1) * (1.2 + abs(along) * 0.6)
        person = _person(rng, seconds, rng.uniform(-np.pi, np.pi), place)
        sideways = abs(float(place @ aside)) * distance / max(distance + along, 0.1)  # as seen beside the athlete
        in_view = along > 0 or (distance + along > 1.5 and sideways > ROOM)
        if np.hypot(place[0], place[1]) > ROOM and in_view:
            people.append(person)
    if rng.random() < 0.15:
        along, spacing = rng.uniform(2.5, 7), rng.uniform(0.55, 0.9)
        towards = float(np.arctan2(-ahead[1], -ahead[0]))
        first = rng.uniform(-4, 1)
        for k in range(rng.integers(3, 8)):
            place = ahead * (along + rng.normal(0, 0.15)) + aside * (first + spacing * k)
            people.append(_person(rng, seconds, towards + rng.normal(0, 0.4), place))
    return people


def _person(rng: np.random.Generator, seconds: Array, yaw: float, place: Array) -> Mesh:
    body = Proportions.random(rng)
    plan = (standing.resting if rng.random() < 0.75 else standing.handling)(rng, body)
    phase = rng.uniform(0, 0.3) + 0.6 * seconds / max(plan.seconds, 4.0)
    skeleton = solve(plan.pose(np.clip(phase, 0, 1)), body)
    return athlete_mesh(skeleton, Look.random(rng, body), body.height, coarse=True).placed(yaw, place)
