from __future__ import annotations

import numpy as np
import pytest

from model.training.judge import at_recall


def logits_with(odds: list[float]) -> np.ndarray:
    """Logits of one movement and *none of these*: the difference is the odds."""
    return np.array([[0.0, value] for value in odds])


def test_at_a_recall_the_rule_lets_that_share_of_the_movements_through_and_rejects_what_is_likelier_none() -> None:
    moving, others, near = [float(i) for i in range(101)], [94.0, 95.0, 95.5, 200.0], [96.0, 1.0]
    logits = logits_with([*moving, *others])
    truth = np.array([0] * len(moving) + [1] * len(others))
    told = at_recall(logits, truth, logits_with(near), 0.95)
    assert told.model_dump() == {
        "recall": 0.95, "others": 4, "others_rejected": 0.5, "near": 2, "near_rejected": 0.5,
        "all_others_rejected": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(("recall", "rejected"), [(0.5, 1.0), (0.95, 0.0)])
def test_the_higher_the_recall_the_fewer_are_rejected(recall: float, rejected: float) -> None:
    logits = logits_with([*[float(i) for i in range(101)], 60.0])
    truth = np.array([0] * 101 + [1])
    told = at_recall(logits, truth, np.empty((0, 2)), recall)
    assert (told.others_rejected, told.near_rejected, told.all_others_rejected) == (rejected, None, rejected)
