from __future__ import annotations

import numpy as np
import pytest

from model.evaluation import measure

PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.1, 0.3, 0.6], [0.4, 0.5, 0.1]])
TRUTH = np.array([0, 1, 2, 0])


def test_top_k_counts_the_true_output_among_the_k_best() -> None:
    assert measure.top_k(PROBABILITIES, TRUTH, 1) == 0.5
    assert measure.top_k(PROBABILITIES, TRUTH, 2) == 1.0


def test_of_equal_probabilities_the_first_counts_as_higher() -> None:
    even = np.full((1, 3), 1 / 3)
    assert measure.top_k(even, np.array([0]), 1) == 1.0
    assert measure.top_k(even, np.array([2]), 2) == 0.0


def test_the_calibration_error_is_the_gap_between_sureness_and_accuracy() -> None:
    sure = np.tile([0.9, 0.1], (10, 1))
    assert measure.calibration_error(sure, np.array([0] * 9 + [1])) == pytest.approx(0.0, abs=1e-9)
    assert measure.calibration_error(sure, np.array([0] * 4 + [1] * 6)) == pytest.approx(0.5)


def test_intervals_of_sureness_are_weighed_by_their_clips() -> None:
    mixed = np.concatenate([np.tile([0.9, 0.1], (3, 1)), [[0.6, 0.4]]])
    assert measure.calibration_error(mixed, np.array([0, 0, 0, 1])) == pytest.approx(0.75 * 0.1 + 0.25 * 0.6)


def test_the_reliability_curve_has_a_point_for_every_interval_with_clips() -> None:
    sure = np.concatenate([np.tile([0.9, 0.1], (4, 1)), [[0.55, 0.45]]])
    bins = measure.calibration_bins(sure, np.array([0, 0, 0, 1, 1]), bins=5)
    assert [(interval.lower, interval.upper) for interval in bins] == [(i / 5, (i + 1) / 5) for i in range(5)]
    assert [interval.clips for interval in bins] == [0, 0, 1, 0, 4]
    assert (bins[4].mean_probability, bins[4].accuracy) == pytest.approx((0.9, 0.75))
    assert (bins[2].mean_probability, bins[2].accuracy) == pytest.approx((0.55, 0.0))
    assert np.isnan(bins[0].accuracy)


def test_a_probability_on_the_border_of_two_intervals_belongs_to_the_lower() -> None:
    bins = measure.calibration_bins(np.array([[0.6, 0.4], [1.0, 0.0]]), np.array([0, 0]), bins=5)
    assert [interval.clips for interval in bins] == [0, 0, 1, 0, 1]


def test_confused_pairs_are_ordered_by_number_and_their_clips_by_sureness() -> None:
    probabilities = np.array([[0.1, 0.9, 0], [0.6, 0.4, 0], [0.2, 0.8, 0], [0.3, 0.7, 0], [0, 0.05, 0.95]])
    truth = np.array([1, 1, 0, 0, 1])
    assert measure.confused_pairs(probabilities, truth) == [(0, 1, [2, 3]), (1, 2, [4]), (1, 0, [1])]


def test_without_clips_there_is_nothing_to_confuse() -> None:
    assert measure.confused_pairs(np.zeros((0, 3)), np.zeros(0, int)) == []


def test_rows_of_the_confusion_are_the_truth_and_columns_the_answer() -> None:
    assert measure.confusion(PROBABILITIES, TRUTH, 3).tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_the_correlation_map_is_pearsons_over_the_clips_of_the_true_movement() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), 60)
    truth = np.repeat([0, 1, 2], 20)
    table = measure.correlation_map(probabilities, truth, 4)
    for j in range(3):
        expected = np.corrcoef(probabilities[truth == j].T)[j]
        np.testing.assert_allclose(table[:, j], expected)
    assert np.isnan(table[:, 3]).all(), "there are no clips of the fourth"


def test_mean_and_deviation_of_the_true_probability_are_per_output() -> None:
    table = measure.true_class_probability(PROBABILITIES, TRUTH, 3)
    np.testing.assert_allclose(table[0], [0.55, 0.15])
    np.testing.assert_allclose(table[2], [0.6, 0.0])


def test_the_likelihood_of_certain_truth_costs_nothing_and_of_even_odds_log_two() -> None:
    assert measure.negative_log_likelihood(np.array([[1.0, 0.0]]), np.array([0])) == 0.0
    assert measure.negative_log_likelihood(np.array([[0.5, 0.5]]), np.array([1])) == pytest.approx(np.log(2))
