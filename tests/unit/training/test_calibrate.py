from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.engines.calibration import softmax
from model.evaluation import measure
from model.training.calibrate import best_temperature, calibrate, choose
from model.training.dataset import Clips
from tests.unit.training.small_run import GENTLE, LABELS, SIZE, tiny_network, tiny_recipe


def drawn(clips: int, sureness: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax at temperature `sureness` is exactly the chance of each truth."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (clips, 5))
    chances = softmax(logits)
    truth = (chances.cumsum(axis=1) > rng.random((clips, 1))).argmax(axis=1)
    return logits * sureness, truth


def test_the_temperature_undoes_too_much_and_too_little_sureness() -> None:
    for sureness in (0.5, 1.0, 3.0):
        assert best_temperature(*drawn(4000, sureness)) == pytest.approx(sureness, rel=0.1)


def test_calibration_lowers_the_calibration_error_of_a_model_too_sure_of_itself() -> None:
    logits, truth = drawn(4000, 4.0)
    chosen = choose(logits, truth, recall=0.999)
    assert chosen.ece < 0.5 * chosen.ece_before


@pytest.mark.parametrize("recall", [0.9, 0.95])
def test_the_rule_lets_through_the_share_of_movements_asked_for(recall: float) -> None:
    chosen = choose(*drawn(4000, 1.0), recall=recall)
    assert chosen.movements_kept == pytest.approx(recall, abs=0.002)


def test_a_model_that_knows_non_movements_rejects_them() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 5, 2000)
    logits = rng.normal(0, 1, (2000, 5)) + 6 * np.eye(5)[truth]
    near = rng.normal(0, 1, (300, 5)) + 3 * np.eye(5)[rng.integers(0, 5, 300)]
    chosen = choose(logits, truth, near)
    assert chosen.others_rejected is not None
    assert chosen.near_rejected is not None
    assert chosen.others_rejected > 0.95 > chosen.near_rejected


def test_what_the_rule_rejects_is_what_the_contract_would_answer() -> None:
    logits, truth = drawn(1000, 1.0)
    chosen = choose(logits, truth)
    scaled = logits / chosen.temperature
    scaled[:, -1] += chosen.rule.bias
    answered_none = np.array([chosen.rule.rejects(row[-1], row[:-1].max()) for row in softmax(scaled)])
    assert 1 - answered_none[truth != 4].mean() == pytest.approx(chosen.movements_kept, abs=1e-9)


def test_a_model_is_calibrated_on_varied_clips(shards: list[Path]) -> None:
    clips = Clips.load(shards, LABELS)
    chosen = calibrate(tiny_network(tiny_recipe(), 4), clips, size=SIZE, augmentation=GENTLE)
    assert chosen.clips == (128 - 4) * 4
    assert chosen.near_rejected is not None


def test_a_temperature_that_makes_the_calibration_worse_is_not_used_and_the_record_says_so() -> None:
    # Nine of ten clips are right and say so; the tenth is wrong and certain, which the likelihood cannot bear.
    truth = np.zeros(400, int)
    logits = np.tile([np.log(9.0), 0.0], (400, 1))
    logits[::10] = [0.0, 30.0]
    chosen = choose(logits, truth, has_none=False)
    assert chosen.fitted_temperature is not None
    assert chosen.fitted_temperature > 2
    assert chosen.temperature == 1.0
    assert chosen.ece == chosen.ece_before
    tempered = softmax(logits / chosen.fitted_temperature)
    assert measure.calibration_error(tempered, truth) > chosen.ece_before
    assert measure.negative_log_likelihood(tempered, truth) < chosen.nll_before


def test_a_temperature_that_helps_is_the_one_that_was_fitted() -> None:
    chosen = choose(*drawn(4000, 3.0))
    assert chosen.temperature == chosen.fitted_temperature == pytest.approx(3.0, rel=0.1)


def test_a_few_clips_that_are_all_recognised_make_no_model_certain() -> None:
    logits = np.where(np.eye(3)[np.arange(12) % 3] > 0, 9.0, 0.0)
    chosen = choose(logits, np.arange(12) % 3, has_none=False)
    sureness = softmax(logits / chosen.temperature).max(axis=1)
    np.testing.assert_allclose(sureness, 13 / 14, atol=1e-3)
    assert chosen.rule is None
