from __future__ import annotations

import numpy as np
import pytest

from model.evaluation import measure

PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.1, 0.3, 0.6], [0.4, 0.5, 0.1]])
TRUTH = np.array([0, 1, 2, 0])


def test_top_k_counts_the_clips_whose_truth_is_among_the_k_best() -> None:
    places = measure.ranks(PROBABILITIES, TRUTH)
    assert places.tolist() == [0, 1, 0, 1]
    assert measure.top_k(places, 1) == 0.5
    assert measure.top_k(places, 2) == 1.0
    assert measure.top_k([], 1) is None


def test_of_equal_probabilities_the_first_counts_as_higher() -> None:
    even = np.full((1, 3), 1 / 3)
    assert measure.ranks(even, np.array([0])).tolist() == [0]
    assert measure.ranks(even, np.array([2])).tolist() == [2]


def test_a_truth_that_is_no_column_is_wrong_at_every_k() -> None:
    assert measure.top_k(measure.ranks(PROBABILITIES[:, :2], np.array([2, 2, 2, 2])), 100) == 0.0


def test_a_none_probability_equal_to_the_threshold_rejects() -> None:
    probabilities = np.array([[0.5, 0.5], [0.5 + 1e-9, 0.5 - 1e-9], [0.4, 0.6]])
    assert measure.rejected(probabilities, 0.5).tolist() == [True, False, True]
    assert measure.rejected(probabilities, None).tolist() == [False] * 3


def test_a_movement_is_ranked_among_the_labels_and_anything_else_by_the_rule() -> None:
    probabilities = np.array([[0.2, 0.1, 0.7], [0.2, 0.1, 0.7], [0.2, 0.1, 0.7]])
    rejects = np.array([True, True, False])
    assert measure.answer_ranks(probabilities, np.array([1, 2, 2]), 2, rejects).tolist() == [1, 0, measure.WRONG]


def test_the_odds_at_a_recall_are_those_that_this_share_of_the_movements_does_not_exceed() -> None:
    odds = np.arange(101.0)
    assert measure.odds_at_recall(odds, 0.95) == 95.0
    assert measure.odds_at_recall(odds, 0.0) == 0.0


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
    assert (bins[0].accuracy, bins[0].mean_probability) == (None, None)


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


def test_mean_and_deviation_are_those_of_the_whole_population() -> None:
    assert measure.mean_and_deviation([0.7, 0.4]) == pytest.approx((0.55, 0.15))
    assert measure.mean_and_deviation([0.6]) == (0.6, 0.0)
    assert measure.mean_and_deviation([]) == (None, None)


def test_precision_recall_and_f1_of_an_output() -> None:
    assert measure.precision_recall_f1(3, 4, 6) == (0.75, 0.5, 0.6)
    assert measure.precision_recall_f1(0, 0, 6) == (None, 0.0, 0.0)
    assert measure.macro_mean([0.5, None]) == 0.25
    assert measure.macro_mean([]) is None


def test_doubt_of_the_truth_lowers_what_certainty_can_be_worth() -> None:
    sure = np.tile([1.0, 0.0, 0.0], (8, 1))
    assert measure.calibration_error(sure, np.zeros(8, int), doubt=0.1) == pytest.approx(0.1)
    assert measure.calibration_error(sure, np.ones(8, int), doubt=0.1) == pytest.approx(1 - 0.05)


def test_without_clips_there_is_nothing_to_measure() -> None:
    nothing, nobody = np.zeros((0, 3)), np.zeros(0, int)
    assert measure.calibration_error(nothing, nobody) is None
    assert measure.negative_log_likelihood(nothing, nobody) is None
    assert measure.share([]) is None


def test_loss_and_top1_of_logits_count_every_output() -> None:
    logits = np.log(np.array([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]]))
    loss, top1 = measure.loss_and_top1(logits, np.array([0, 2]))
    assert (loss, top1) == (pytest.approx((np.log(2) + np.log(4)) / 2), 0.5)
    with pytest.raises(ValueError, match="without clips"):
        measure.loss_and_top1(np.zeros((0, 3)), np.zeros(0, int))


def test_numbers_are_rounded_once_and_what_is_none_stays_so() -> None:
    assert measure.rounded(0.12345, 4) == 0.1235
    assert (measure.rounded(None, 4), measure.rounded(float("nan"), 4)) == (None, None)


def test_the_likelihood_of_certain_truth_costs_nothing_and_of_even_odds_log_two() -> None:
    assert measure.negative_log_likelihood(np.array([[1.0, 0.0]]), np.array([0])) == 0.0
    assert measure.negative_log_likelihood(np.array([[0.5, 0.5]]), np.array([1])) == pytest.approx(np.log(2))


def test_the_surest_answers_alone_are_wrong_less_often_where_certainty_means_something() -> None:
    sure, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, False])
    assert measure.risk_at_coverage(sure, right, 0.5)[0] == 0.0
    assert measure.risk_at_coverage(sure, right, 0.75)[0] == pytest.approx(1 / 3)
    risk, low, high = measure.risk_at_coverage(sure, right, 1.0)
    assert low <= risk == 0.5 <= high
    assert measure.risk_at_coverage(sure[:1], right[:1], 0.1) == (0.0, 0.0, 0.0)
