"""Whom a film is about, with networks that see what a test says."""

from __future__ import annotations

import itertools
import math
from typing import Any, cast

import numpy as np
import pytest

from model.pose import follow as follow_module
from model.pose.blazepose import Found
from model.pose.body import Body
from model.pose.follow import Motion, follow, shots
from model.pose.region import Region

SIZE = (120, 160)


class Scene:
    """People in a picture of 160 x 120, each a spot; the networks see those within a region.

    Args:
        people: (x, y) of each at every frame.
        upright: people whom the detector finds; others are seen in a region that is turned as they are.
    """

    def __init__(self, people: dict[str, list[tuple[float, float]]], turned: dict[str, float] | None = None) -> None:
        self.people = people
        self.turned = turned or {}
        self.frame = 0
        self.looked: list[Region] = []

    def frames(self) -> list[np.ndarray]:
        """Pictures whose first pixel is their number."""
        count = len(next(iter(self.people.values())))
        pictures = []
        for number in range(count):
            picture = np.full((*SIZE, 3), 90, np.uint8)
            for places in self.people.values():
                x, y = (round(value) for value in places[number])
                picture[max(y - 12, 0) : y + 12, max(x - 6, 0) : x + 6] = (220, 200, 180)
            picture[0, 0] = number
            pictures.append(picture)
        return pictures

    def find(
        self, picture: np.ndarray, within: Region | None = None, *, least: float = 0.4, most: int = 3
    ) -> list[Found]:
        number = int(picture[0, 0, 0])
        square = within or Region(80, 60, 160)
        inside = [
            (name, place)
            for name, places in self.people.items()
            for place in [places[number]]
            if name not in self.turned and max(abs(place[0] - square.x), abs(place[1] - square.y)) < square.side / 2
        ]
        return [Found(0.9, Region(*place, 40)) for _, place in inside][:most]

    def look(self, picture: np.ndarray, region: Region) -> tuple[Body, Region]:
        number = int(picture[0, 0, 0])
        self.looked.append(region)
        for name, places in self.people.items():
            x, y = places[number]
            close = math.hypot(x - region.x, y - region.y) < region.side / 2
            if close and math.cos(region.angle - self.turned.get(name, 0.0)) > 0.9:
                points = np.array([(x, y)], np.float32) + np.linspace(-8, 8, 33, dtype=np.float32)[:, None] * (0.4, 1)
                return self.body(points, 0.95), Region(x, y, 40, self.turned.get(name, 0.0))
        return self.body(np.zeros((33, 2)), 0.05), region

    @staticmethod
    def body(points: np.ndarray, presence: float) -> Body:
        return Body(points.astype(np.float32), np.zeros(33), np.ones(33), presence, np.zeros((33, 3)))


def jumping(x: float, count: int = 20, height: float = 25) -> list[tuple[float, float]]:
    return [(x, 60 + height * math.sin(number)) for number in range(count)]


def standing(x: float, count: int = 20) -> list[tuple[float, float]]:
    return [(x, 60.0)] * count


def followed(scene: Scene, rate: float = 10) -> list[tuple[float, float] | None]:
    """Middle of the followed body in every frame."""
    frames = scene.frames()
    pose: Any = scene
    bodies = follow(frames, [number / rate for number in range(len(frames))], pose)
    return [None if body is None else tuple(np.round(body.points.mean(0), 1).tolist()) for body in bodies]


def near(places: list[tuple[float, float] | None], x: float) -> bool:
    return all(place is not None and abs(place[0] - x) < 3 for place in places)


def test_the_one_who_moves_is_followed_and_not_the_judge() -> None:
    assert near(followed(Scene({"judge": standing(40), "athlete": jumping(120)})), 120)
    assert near(followed(Scene({"athlete": jumping(40), "judge": standing(110)})), 40)


def test_a_film_without_frames_has_no_bodies() -> None:
    assert follow([], [], Scene({"nobody": []})) == []  # type: ignore[arg-type]


def test_an_athlete_upside_down_is_seen_in_a_turned_region() -> None:
    scene = Scene({"judge": standing(30), "athlete": jumping(120)}, {"athlete": math.pi})
    assert near(followed(scene), 120)
    assert any(math.cos(region.angle - math.pi) > 0.99 for region in scene.looked)


def test_without_motion_the_one_whom_the_detector_sees_is_followed() -> None:
    assert near(followed(Scene({"somebody": standing(70)})), 70)


def test_nobody_is_seen_where_there_is_nobody() -> None:
    scene = Scene({"wall": jumping(80)}, {"wall": 0.7})
    assert followed(scene) == [None] * 20


def test_a_region_is_looked_at_again_until_the_body_leaves() -> None:
    places = [*jumping(120, 12), *[(400.0, 400.0)] * 8]
    seen = followed(Scene({"athlete": places}))
    assert near(seen[:12], 120) and seen[12:] == [None] * 8


def test_motion_across_a_cut_is_nobodys() -> None:
    first = Scene({"athlete": jumping(40), "judge": standing(120)}).frames()
    second = [255 - picture for picture in Scene({"judge": standing(40), "athlete": jumping(120)}).frames()]
    grey = np.stack([follow_module.small_grey(picture) for picture in [*first, *second]])
    assert shots(grey) == [range(20), range(20, 40)]
    assert shots(grey[:1]) == [range(1)]


def test_energy_is_that_under_the_joints() -> None:
    energy = np.zeros((90, 160), np.float32)
    energy[40:50, 100:120] = 8
    motion = Motion(None, energy, scale=2.0)
    on, off, outside = (
        Scene.body(np.full((33, 2), place, np.float32), 1) for place in ((220.0, 90.0), (20.0, 20.0), (-50.0, 900.0))
    )
    assert motion.under(on) == pytest.approx(1)
    assert motion.under(off) == motion.under(outside) == 0
    assert Motion(None, np.zeros((9, 16), np.float32), 1.0).under(on) == 0


def test_chunks_last_three_seconds() -> None:
    seconds = [number / 10 for number in range(75)]
    chunks = list(follow_module._chunks(range(5, 75), seconds))
    assert chunks == [range(5, 35), range(35, 65), range(65, 75)]


def test_of_a_body_that_stands_still_every_other_frame_is_left_out_where_that_is_enough() -> None:
    scene = Scene({"somebody": standing(70)})
    frames, pose = scene.frames(), cast(Any, scene)
    bodies = follow(frames, [number / 10 for number in range(len(frames))], pose, sparing=True)
    seen = [body is not None for body in bodies]
    assert len(frames) / 2 <= sum(seen) < 0.7 * len(frames)
    assert all(one or other for one, other in itertools.pairwise(seen))


def test_whoever_is_pointed_out_is_followed_and_not_the_one_who_moves() -> None:
    scene = Scene({"judge": standing(40), "athlete": jumping(120), "passing": [(8.0 * n, 60.0) for n in range(20)]})
    frames, pose = scene.frames(), cast(Any, scene)
    seconds = [number / 10 for number in range(len(frames))]
    for place, x in (((40 / 160, 0.5), 40), ((120 / 160, 0.5), 120)):
        bodies = follow(frames, seconds, pose, athlete=place)
        assert sum(body is not None and abs(body.points[:, 0].mean() - x) < 15 for body in bodies) >= 15
    nobody = follow(frames[:2], seconds[:2], cast(Any, Scene({"judge": standing(40)})), athlete=(0.95, 0.5))
    assert nobody == [None, None]


def test_somebody_who_walks_through_is_not_followed() -> None:
    walking = [(8.0 * number, 66.0) for number in range(20)]
    assert near(followed(Scene({"athlete": jumping(120), "walker": walking}))[:12], 120)
