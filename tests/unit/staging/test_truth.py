from __future__ import annotations

import numpy as np
import pytest

from model.staging.truth import true_values
from model.workout.standards import Measure


def standing() -> np.ndarray:
    """Arms up, legs straight: [12, 3] in metres, shoulders, elbows, wrists, hips, knees, ankles, left before right."""
    heights = (1.4, 1.7, 2.0, 1.0, 0.5, 0.05)
    return np.array([[0.0, side, height] for height in heights for side in (0.2, -0.2)])


def test_straight_joints_have_180_degrees() -> None:
    for measure in (Measure.ELBOW, Measure.HIP, Measure.KNEE):
        assert true_values(measure, standing()[None]) == pytest.approx([180.0])


def test_sides_are_averaged() -> None:
    bent = standing()
    bent[10] = [0.45, 0.2, 0.5]  # the left shin is level
    assert true_values(Measure.KNEE, np.stack([standing(), bent])) == pytest.approx([180.0, 135.0])


def test_depth_is_how_far_the_hips_are_above_the_knees_in_thighs() -> None:
    low = standing()
    low[6:8] = [[-0.4, 0.2, 0.2], [-0.4, -0.2, 0.2]]
    assert true_values(Measure.DEPTH, np.stack([standing(), low])) == pytest.approx([1.0, -0.6])


def test_a_trunk_upside_down_is_below_level_and_a_chin_is_not_known() -> None:
    over = standing()
    over[:2, 2] = 0.6
    assert true_values(Measure.TRUNK, np.stack([standing(), over])) == pytest.approx([90.0, -90.0])
    assert true_values(Measure.CHIN, standing()[None]) is None
