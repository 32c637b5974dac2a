"""What carried an answer, on networks that look at one thing only."""

from __future__ import annotations

import numpy as np
import pytest

from model.pose.track import POINTS, Track
from model.why import body_carried, frames_carried, joints_at

LABEL = 1


def probabilities(share: float) -> np.ndarray:
    return np.array([1 - share, share])


def made_track(count: int = 60, seen: float = 1.0) -> Track:
    """A body whose arms go up and down, and which walks to the right."""
    points = np.zeros((count, len(POINTS), 2), np.float32)
    points[..., 0] = 100 + np.arange(count)[:, None]
    points[..., 1] = 10 * np.arange(len(POINTS))
    arms = [number for number, name in enumerate(POINTS) if name.endswith(("elbow", "wrist"))]
    points[:, arms, 1] += 20 * np.sin(np.arange(count) / 3)[:, None]
    return Track(0.0, points, np.full(count, seen, np.float32))


def test_the_frame_that_the_network_looks_at_carried_all() -> None:
    tensor = np.zeros((1, 5, 4, 4, 3), np.float32)
    tensor[:, 3] = 1
    carried = frames_carried(tensor, LABEL, lambda shown: probabilities(0.1 + 0.8 * float(shown[0, 3].mean())))
    assert carried == pytest.approx([0, 0, 0, 1, 0])


def test_frames_that_carried_alike_share_it_and_what_spoke_against_it_has_none() -> None:
    tensor = np.zeros((1, 4, 2, 2, 3), np.float32)
    tensor[:, 0] = tensor[:, 2] = tensor[:, 3] = 1

    def ask(shown: np.ndarray) -> np.ndarray:
        first, _, third, last = shown[0].mean(axis=(1, 2, 3))
        return probabilities(0.2 + 0.3 * first * third - 0.1 * last)

    carried = frames_carried(tensor, LABEL, ask)
    assert carried.sum() == pytest.approx(1)
    assert carried[0] == pytest.approx(carried[2], rel=0.01)
    assert carried[3] == 0


def test_nothing_carried_an_answer_that_is_always_given() -> None:
    tensor = np.random.default_rng(0).random((1, 4, 2, 2, 3)).astype(np.float32)
    assert frames_carried(tensor, LABEL, lambda _: probabilities(0.9)).tolist() == [0, 0, 0, 0]
    assert set(body_carried(made_track(), 1, 4, LABEL, lambda track: np.full((len(track), 2), 0.5)).values()) == {0}


@pytest.mark.parametrize(("part", "axis"), [("arms", 1), ("way", 0)])
def test_the_part_of_the_body_that_the_network_looks_at_carried_all(part: str, axis: int) -> None:
    place = POINTS.index("left_wrist" if part == "arms" else "left_hip")
    hips = [POINTS.index("left_hip"), POINTS.index("right_hip")]

    def ask(track: Track) -> np.ndarray:
        looked = track.points[:, place] - (track.points[:, hips].mean(axis=1) if part == "arms" else 0)
        share = 0.1 + 0.8 * min(1.0, float(looked[:, axis].std()) / 5)
        return np.tile(probabilities(share), (len(track), 1))

    carried = body_carried(made_track(), 1.0, 4.0, LABEL, ask)
    assert set(carried) == {"arms", "legs", "trunk", "way"}
    assert carried[part] == pytest.approx(1)


def test_the_network_is_shown_what_is_around_the_part_that_answers() -> None:
    shown: list[float] = []

    def ask(track: Track) -> np.ndarray:
        shown.extend([track.start, float(track.seconds[-1])])
        return np.full((len(track), 2), 0.5)

    body_carried(made_track(count=120), 4.0, 5.0, LABEL, ask)
    assert (min(shown), max(shown)) == (pytest.approx(2.0, abs=0.1), pytest.approx(7.0, abs=0.1))


def test_a_body_that_is_not_seen_carried_nothing_and_has_no_joints() -> None:
    hidden = made_track(seen=0.0)
    assert body_carried(hidden, 1, 4, LABEL, lambda track: np.full((len(track), 2), 0.5)) == {}
    assert body_carried(made_track(), 50, 60, LABEL, lambda track: np.full((len(track), 2), 0.5)) == {}
    assert joints_at(hidden, np.array([0.5, 1.0])) == [None, None]


def test_joints_between_two_instants_are_between_theirs() -> None:
    track = made_track()
    (points,) = joints_at(track, np.array([1.5 / 12]))
    assert points is not None
    assert points == pytest.approx(track.points[1:3].mean(axis=0), abs=1e-3)
