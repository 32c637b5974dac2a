from __future__ import annotations

import numpy as np
import pytest

from model.pose.body import INDEX, NAMES, Body
from model.pose.track import FEATURES, INSTANTS, POINTS, RATE, Track, features, mirrored


def body(x: float, y: float = 100.0, size: float = 1.0) -> Body:
    points = np.zeros((33, 2), np.float32)
    for name, (right, down) in {
        "shoulder": (10, -50), "elbow": (15, -25), "wrist": (15, 0), "hip": (8, 0), "knee": (8, 45), "ankle": (8, 90),
        "ear": (4, -75),
    }.items():  # fmt: skip
        points[INDEX[f"left_{name}"]] = x + right * size, y + down * size
        points[INDEX[f"right_{name}"]] = x - right * size, y + down * size
    ones = np.ones(len(NAMES), np.float32)
    return Body(points=points, depth=ones, visibility=ones, presence=1.0, metres=np.zeros((33, 3), np.float32))


def test_a_track_has_a_body_at_even_instants_whatever_the_times_of_the_frames() -> None:
    seconds = [2.0, 2.01, 2.3, 2.5, 3.0]
    track = Track.of([body(100 * second) for second in seconds], seconds)
    assert track is not None
    assert len(track) == RATE + 1
    np.testing.assert_allclose(track.seconds, 2 + np.arange(RATE + 1) / RATE)
    head = track.points[:, POINTS.index("head")]
    np.testing.assert_allclose(head[:, 0], 100 * track.seconds, rtol=1e-5)
    np.testing.assert_allclose(head[:, 1], 25, rtol=1e-5)
    assert (track.seen == 1).all()


def test_between_two_bodies_far_apart_the_track_is_a_guess_and_says_so() -> None:
    seconds = [0.0, 0.1, 2.0, 2.1]
    track = Track.of([body(0), body(0), body(190), body(190)], seconds)
    assert track is not None
    assert track.seen[:5].all() and track.seen[-5:].all()
    assert not track.seen[8:18].any()
    assert track.points[12, 0, 0] == pytest.approx(10 + 190 * 0.9 / 1.9, abs=1)


def test_frames_without_a_body_before_the_first_and_after_the_last_are_part_of_the_track() -> None:
    track = Track.of([None, None, body(1), body(1), None], [0.0, 0.5, 1.0, 1.1, 2.0])
    assert track is not None
    assert len(track) == 2 * RATE + 1
    assert track.seen[0] == 0 and track.seen[RATE] == 1 and track.seen[-1] == 0
    np.testing.assert_array_equal(track.points[0], track.points[RATE])


@pytest.mark.parametrize("bodies", [[], [None, None], [None, body(1)]])
def test_there_is_no_track_of_fewer_than_two_bodies(bodies: list[Body | None]) -> None:
    assert Track.of(bodies, [0.1 * number for number in range(len(bodies))]) is None


def test_features_do_not_depend_on_where_the_athlete_is_or_how_large() -> None:
    seconds = [number / RATE for number in range(20)]
    small = Track.of([body(50, 80 + 10 * np.sin(second * 6), 0.5) for second in seconds], seconds)
    large = Track.of([body(700, 500 + 40 * np.sin(second * 6), 2.0) for second in seconds], seconds)
    assert small is not None and large is not None
    first, second = features(small.points, small.seen), features(large.points, large.seen)
    assert first.shape == (INSTANTS, FEATURES)
    np.testing.assert_allclose(first, second, atol=1e-4)
    assert (first[20:] == 0).all()
    assert (first[:20, -1] == 1).all()
    standing = first[0].reshape(-1)[: 2 * len(POINTS)].reshape(len(POINTS), 2)
    assert standing[POINTS.index("left_shoulder"), 1] < standing[POINTS.index("left_ankle"), 1]


@pytest.mark.parametrize("count", [0, INSTANTS + 1])
def test_a_window_has_at_most_so_many_instants(count: int) -> None:
    with pytest.raises(ValueError, match="instants"):
        features(np.zeros((count, len(POINTS), 2)), np.ones(count))


def test_in_a_mirror_left_is_right_and_twice_mirrored_is_as_before() -> None:
    points = np.random.default_rng(0).normal(size=(4, len(POINTS), 2))
    once = mirrored(points)
    np.testing.assert_array_equal(once[:, POINTS.index("left_wrist"), 0], -points[:, POINTS.index("right_wrist"), 0])
    np.testing.assert_array_equal(once[:, POINTS.index("head"), 1], points[:, POINTS.index("head"), 1])
    np.testing.assert_array_equal(mirrored(once), points)


def test_nothing_is_between_a_body_before_a_cut_and_one_after_it() -> None:
    seconds = [number / 4 for number in range(16)]
    bodies = [body(0.0 if second < 2 else 500.0) for second in seconds]
    track = Track.of(bodies, seconds, cuts=[2.0])
    assert track is not None
    middle = track.points[:, :, 0].mean(axis=1)
    before, after = middle[track.seconds < 2], middle[track.seconds >= 2]
    assert np.ptp(before) < 1 and np.ptp(after) < 1 and after.min() - before.max() > 400
    first, second = track.shots([2.0])
    assert (first.stop, second.start, second.stop) == (24, 24, len(track))
    assert track.part(24, len(track)).start == pytest.approx(2.0)


def test_a_shot_in_which_nobody_is_followed_is_guessed_and_says_so() -> None:
    seconds = [number / 4 for number in range(12)]
    track = Track.of([body(5.0) if second < 1.5 else None for second in seconds], seconds, cuts=[1.5])
    assert track is not None
    assert track.seen[track.seconds < 1.5].all() and not track.seen[track.seconds >= 1.5].any()
    assert np.isfinite(track.points).all()


def test_very_short_shots_go_with_the_one_before() -> None:
    seconds = [number / 4 for number in range(16)]
    track = Track.of([body(5.0)] * 16, seconds)
    assert track is not None
    assert track.shots([0.1, 1.0, 1.2, 3.7]) == [range(12), range(12, len(track))]
