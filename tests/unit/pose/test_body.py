from __future__ import annotations

import numpy as np
import pytest

from model.pose.body import EDGES, INDEX, NAMES, Body


def body(points: np.ndarray, presence: float = 1.0) -> Body:
    return Body(points.astype(np.float32), np.zeros(33), np.ones(33), presence, np.zeros((33, 3)))


def test_landmarks_have_the_numbers_of_the_network() -> None:
    assert len(NAMES) == len(set(NAMES)) == 33
    numbers = {"nose": 0, "left_shoulder": 11, "right_wrist": 16, "left_hip": 23, "right_ankle": 28}
    assert {name: INDEX[name] for name in numbers} == numbers


def test_a_drawing_joins_every_limb_on_both_sides_once() -> None:
    assert len(EDGES) == len(set(EDGES)) == 22
    assert (INDEX["left_knee"], INDEX["left_ankle"]) in EDGES and (INDEX["right_hip"], INDEX["right_knee"]) in EDGES


def test_the_torso_reaches_from_shoulders_to_hips() -> None:
    points = np.zeros((33, 2))
    points[[11, 12, 23, 24]] = [(0, 10), (20, 10), (13, 50), (13, 50)]
    assert body(points).torso == pytest.approx(np.hypot(3, 40))
    assert body(points).point("right_shoulder").tolist() == [20, 10]
