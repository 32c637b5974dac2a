"""What a finished network is worth on clips, as the record of its bundle says it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.answers.report import Report
from model.contract import Contract
from model.engines.calibration import calibrated
from model.evaluation import measure
from model.evaluation.report import report_of_arrays
from model.record import AtRecall
from model.training.dataset import Clips, held_out_batches
from model.training.logits import Logits
from model.training.train import Trained

DIGITS = 4
"""Decimals of a share in the record."""


@dataclass(frozen=True)
class Judgement:
    """See the fields of `model.record.BundleRecord`."""

    report: Report
    top1_of_all_outputs: float | None
    at_recall: AtRecall | None


def judge(trained: Trained, clips: Clips, contract: Contract, *, recall: float, test_set: str) -> Judgement:
    """Judge unvaried clips; those that are nearly a movement only by the rule.

    Args:
        trained: the network.
        clips: the test set.
        contract: temperature and rule.
        recall: of the rule whose shares are told beside those of the contract's.
        test_set: the clips in words.
    """
    far, near = clips.take(~clips.near), clips.take(clips.near)
    logits_of, size = Logits(trained.model), trained.recipe.size
    logits, truth = logits_of(held_out_batches(far, size=size, threads=1))
    probabilities = calibrated(logits, contract)
    recorded = bool((far.splits != "").any())
    report = report_of_arrays(
        contract,
        probabilities,
        truth,
        test_set=test_set,
        names=far.names.tolist() if recorded else None,
        athletes=[athlete or None for athlete in far.athletes] if recorded else None,
    )
    top1 = measure.rounded(measure.top_k(measure.ranks(probabilities, truth), 1), DIGITS)
    if contract.none_of_these is None:
        return Judgement(report, top1, None)
    near_logits = np.empty((0, contract.outputs))
    if len(near):
        near_logits, _ = logits_of(held_out_batches(near, size=size, threads=1))
    temperature = contract.temperature
    return Judgement(report, top1, at_recall(logits / temperature, truth, near_logits / temperature, recall))


def at_recall(logits: np.ndarray, truth: np.ndarray, near_logits: np.ndarray, recall: float) -> AtRecall:
    """What the rule that lets `recall` of the movements' clips through would reject of the others.

    Args:
        logits: float [clips, outputs], divided by the contract's temperature.
        truth: int [clips]; the last output is *none of these*.
        near_logits: likewise, of clips that are nearly a movement.
        recall: from 0 to 1.
    """
    odds, near = measure.none_odds(logits), measure.none_odds(near_logits)
    moving = truth != logits.shape[1] - 1
    least = measure.odds_at_recall(odds[moving], recall)
    others = odds[~moving] > least
    near_rejected = near > least

    def share(chosen: np.ndarray) -> float | None:
        return measure.rounded(measure.share(chosen), DIGITS)

    return AtRecall(
        recall=recall,
        others=len(others),
        others_rejected=share(others),
        near=len(near),
        near_rejected=share(near_rejected),
        all_others_rejected=share(np.concatenate([others, near_rejected])),
    )
