"""What trips other trackers: each case as a body in motion, counted by the default model's network."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from model.body.course import Stretch, stretches
from model.body.reading import BodyNetwork
from model.body.repetitions import repetitions
from model.body.stream import BodyView
from model.bundle import Bundle
from model.contract import NONE_LABEL
from model.defaults import DEFAULT_BUNDLE
from model.pose.body import NAMES, Body
from model.pose.read import Followed
from model.pose.track import RATE, Track
from model.rendering.camera import Viewpoint
from model.rendering.motion.motion import Motion
from model.rendering.motion.skeleton import Proportions, solve
from model.sequences.course import cycle_of
from model.sequences.scene import Stretch as Scene
from model.sequences.scene import joined, joints_of
from model.staging.script import idle, sets
from model.workout.analyse import exercises

SEED = 5


@functools.cache
def network() -> BodyNetwork:
    path = Bundle.load(DEFAULT_BUNDLE).counter_path
    assert path is not None
    return BodyNetwork(path.read_bytes(), 1)


def drawn(kind: str, body: Proportions, rng: np.random.Generator) -> Motion:
    while True:
        motion = Motion.random(NONE_LABEL, rng, body)
        if motion.kind == kind:
            return motion


def scene(*parts: tuple[str, float]) -> np.ndarray:
    """Joints in a picture, [T, 13, 2], of kinds of motion with repetitions (whole numbers) or seconds (others)."""
    rng = np.random.default_rng(SEED)
    body = Proportions.random(rng)
    scenes = []
    for kind, amount in parts:
        motion = drawn(kind, body, rng)
        cycle = cycle_of(motion.label, motion.kind)
        script = idle(rng, motion, amount) if cycle is None else sets(rng, motion, cycle, [int(amount)], [], faults=0.0)
        phases = script.as_array()
        scenes.append(Scene(NONE_LABEL, joints_of(solve(motion.plan.pose(phases), body)), np.zeros(len(phases))))
    joints = joined(rng, scenes).joints
    view = Viewpoint.random(np.random.default_rng(3), NONE_LABEL, joints.reshape(-1, 3).mean(axis=0))
    points: np.ndarray = 300 * view.project(joints)
    return points


def counted(points: np.ndarray, *, visibility: float = 0.8) -> list[int]:
    """Repetitions of every exercise that is found."""
    count = len(points)
    track = Track(0.0, points.astype(np.float32), np.ones(count, np.float32))
    blank = np.zeros((len(NAMES), 2), np.float32)
    somebody = Body(blank, blank[:, 0], np.full(len(NAMES), visibility, np.float32), 1.0, np.zeros((len(NAMES), 3)))
    film = Followed((somebody,) * count, tuple((np.arange(count) / RATE).tolist()), ())
    counting = network().read(track)
    found = tuple(stretches(counting.probabilities, counting.direction))
    return [len(run.spans) for run in exercises(BodyView(film, track, counting, (), counting, found))]


def faster(points: np.ndarray, factor: float) -> np.ndarray:
    """The same film at another speed."""
    place = np.arange(0, len(points) - 1, factor)
    before = place.astype(int)
    share = (place - before)[:, None, None]
    result: np.ndarray = (1 - share) * points[before] + share * points[before + 1]
    return result


def test_getting_into_position_is_no_repetition() -> None:
    assert counted(scene(("walking", 4.0), ("setting up", 2.0), ("air squat", 5))) == [5]


def test_rest_holds_no_repetition() -> None:
    assert counted(scene(("resting", 10.0))) == []
    assert counted(scene(("walking", 10.0))) == []


@pytest.mark.parametrize("kind", ["air squat", "push-up", "pull-up", "wall ball"])
def test_exercises_without_a_name_are_counted(kind: str) -> None:
    assert counted(scene((kind, 6))) == [6]


@pytest.mark.parametrize("factor", [0.7, 0.85, 1.2, 1.4])
def test_a_film_that_is_played_faster_or_slower_has_as_many(factor: float) -> None:
    assert counted(faster(scene(("air squat", 6)), factor)) == [6]


def test_the_same_film_has_the_same_count_and_so_has_its_mirror_image() -> None:
    points = scene(("push-up", 7))
    assert counted(points) == counted(points.copy())
    assert counted(points * np.array([-1.0, 1.0])) == counted(points)


def test_a_body_that_is_drawn_into_things_does_nothing() -> None:
    points = scene(("air squat", 5))
    assert counted(points, visibility=0.1) == []


def test_a_turn_that_trembles_at_the_end_of_a_repetition_counts_once() -> None:
    up = np.linspace(0, 0.5, 12)
    trembling = 0.5 + 0.04 * (-1.0) ** np.arange(20)
    down = np.linspace(0.5, 1.0, 12)
    turn = np.concatenate([up, trembling, down])
    assert len(repetitions(Stretch(0, 0, len(turn), turn), 0.5)) == 1
