"""From a judged test set to its report: every figure and table, as data."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.answers.report import (
    AthleteFigures,
    Bin,
    Confused,
    Macro,
    NoneFigures,
    OutputFigures,
    Report,
    Step,
    Unanswered,
)
from model.contract import NONE, Contract
from model.evaluation import measure
from model.evaluation.evaluate import RELATIVES, Evaluation

MAX_STEPS = 200
"""Steps of a training run that a report keeps."""

DIGITS = 6
"""Of a figure; with four, a share would be rounded twice before a person reads it to a tenth of a percent."""

PROBABILITY_DIGITS = 4
"""Of the probabilities of single clips: they are most of a report."""

NO_OUTCOME = "no_outcome"
"""Why a clip of something else has no prediction: the model has no outcome for it."""

_WRONG = 2**31
"""Rank of a truth that is wrong at every k."""


def report_of(contract: Contract, evaluation: Evaluation, *, history: Path | None = None) -> Report:
    """The report of a folder of clips that was judged; see `report_of_arrays`."""
    answered = evaluation.answered()
    probabilities, truth = evaluation.arrays()
    return report_of_arrays(
        contract,
        probabilities,
        truth,
        test_set=evaluation.test_set,
        names=[clip.file for clip in answered],
        athletes=[clip.athlete for clip in answered],
        near_relatives=[clip.shows in RELATIVES for clip in answered],
        unanswered=[
            Unanswered(clip=clip.file, shows=clip.shows, reason=clip.error or NO_OUTCOME)
            for clip in evaluation.judged
            if not evaluation.answers(clip)
        ],
        history=history,
    )


def report_of_arrays(
    contract: Contract,
    probabilities: np.ndarray,
    truth: np.ndarray,
    *,
    test_set: str,
    names: Sequence[str] | None = None,
    athletes: Sequence[str | None] | None = None,
    near_relatives: Sequence[bool] | np.ndarray | None = None,
    unanswered: Sequence[Unanswered] = (),
    history: Path | None = None,
) -> Report:
    """The report of clips whose probabilities are known.

    Args:
        contract: of the bundle; its outputs are the columns.
        probabilities: float [clips, outputs], calibrated, as a `Predictor` gives them.
        truth: int [clips], index of the output that each clip shows.
        test_set: what was judged, in words for people and without a date: `920 rendered clips of an unseen seed`.
        names: of the clips.
        athletes: of the clips; None where nobody knows.
        near_relatives: bool [clips]: shows no movement, but nearly one.
        unanswered: more clips, without a prediction; those of a movement count as wrong.
        history: `log.csv` of the training run.

    Raises:
        ValueError: the arrays do not fit the contract or each other.
    """
    outputs = (*contract.labels, NONE)[: contract.outputs]
    if probabilities.shape != (len(truth), len(outputs)):
        raise ValueError(f"probabilities must be {[len(truth), len(outputs)]}, got {list(probabilities.shape)}")
    for name, given in (("names", names), ("athletes", athletes), ("near_relatives", near_relatives)):
        if given is not None and len(given) != len(truth):
            raise ValueError(f"{name} must be one per clip, {len(truth)}, got {len(given)}")
    ranks = _ranks(probabilities, truth, contract)
    unread = [clip.shows if clip.shows in contract.labels else NONE for clip in unanswered]
    confusion = measure.confusion(probabilities, truth, len(outputs))
    per_class = _per_class(probabilities, truth, outputs, ranks, confusion, unread)
    moving = ranks[truth < len(contract.labels)].tolist() + [_WRONG for shown in unread if shown != NONE]
    return Report(
        name=contract.name,
        version=contract.version,
        test_set=test_set,
        clips=len(truth) + len(unanswered),
        outputs=outputs,
        top1=_share([rank < 1 for rank in moving]),
        top5=_share([rank < 5 for rank in moving]),
        ece=_rounded(measure.calibration_error(probabilities, truth)),
        macro=Macro(
            precision=_mean([row.precision for row in per_class.values()]),
            recall=_mean([row.recall for row in per_class.values()]),
            f1=_mean([row.f1 for row in per_class.values()]),
        ),
        none_of_these=_none_of_these(contract, probabilities, truth, near_relatives),
        per_class=per_class,
        per_athlete=_per_athlete(probabilities, truth, ranks, athletes),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        correlation=tuple(
            tuple(_rounded(value) for value in row)
            for row in measure.correlation_map(probabilities, truth, len(outputs))
        ),
        calibration=tuple(
            Bin(
                lower=round(interval.lower, DIGITS),
                upper=round(interval.upper, DIGITS),
                clips=interval.clips,
                mean_probability=_rounded(interval.mean_probability),
                accuracy=_rounded(interval.accuracy),
            )
            for interval in measure.calibration_bins(probabilities, truth)
        ),
        truth=tuple(truth.tolist()),
        probabilities=tuple(tuple(row) for row in np.round(probabilities, PROBABILITY_DIGITS).tolist()),
        names=None if names is None else tuple(names),
        confused=tuple(
            Confused(truth=outputs[true], predicted=outputs[predicted], clips=tuple(clips))
            for true, predicted, clips in measure.confused_pairs(probabilities, truth)
        ),
        unanswered=tuple(unanswered),
        history=() if history is None else read_history(history),
    )


def read_history(log: Path) -> tuple[Step, ...]:
    """The steps of a training run's `log.csv`, thinned to some 200; those with held-out figures stay before others.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not the log of a run.
    """
    if not log.is_file():
        raise FileNotFoundError(f"there is no log of a training run at {log}")
    with log.open(newline="", encoding="utf-8") as file:
        try:
            steps = [
                Step(
                    step=int(row["step"]),
                    loss=float(row["loss"]),
                    top1=float(row["top1"]),
                    held_out_loss=float(row["held_out_loss"]) if row["held_out_loss"] else None,
                    held_out_top1=float(row["held_out_top1"]) if row["held_out_top1"] else None,
                )
                for row in csv.DictReader(file)
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{log} is not the log of a training run: {error}") from error
    judged = [index for index, step in enumerate(steps) if step.held_out_top1 is not None]
    chosen = {judged[i] for i in _spread(len(judged), MAX_STEPS // 2)}
    chosen.update(_spread(len(steps), MAX_STEPS - len(chosen)))
    return tuple(steps[index] for index in sorted(chosen))


def _spread(count: int, wanted: int) -> list[int]:
    """At most `wanted` of `count` indices, equally spaced, the first and the last among them."""
    return sorted({round(i) for i in np.linspace(0, count - 1, min(count, wanted))})


def _ranks(probabilities: np.ndarray, truth: np.ndarray, contract: Contract) -> np.ndarray:
    """int [clips]: how many labels are more probable than the truth; for *none of these*, 0 if the rule rejects.

    What is not rejected is wrong at every k.
    """
    count = len(contract.labels)
    order = np.argsort(-probabilities[:, :count], axis=1, kind="stable")
    ranks = np.argmax(order == truth[:, None], axis=1)
    others = truth == count
    ranks[others] = np.where(_rejected(contract, probabilities[others]), 0, _WRONG)
    return ranks


def _rejected(contract: Contract, probabilities: np.ndarray) -> np.ndarray:
    """bool [clips]: the answer is *none of these*."""
    rule = contract.none_of_these
    return np.zeros(len(probabilities), bool) if rule is None else probabilities[:, -1] >= rule.threshold


def _per_class(
    probabilities: np.ndarray,
    truth: np.ndarray,
    outputs: Sequence[str],
    ranks: np.ndarray,
    confusion: np.ndarray,
    unread: Sequence[str],
) -> dict[str, OutputFigures]:
    means = measure.true_class_probability(probabilities, truth, len(outputs))
    rows = {}
    for index, name in enumerate(outputs):
        places = ranks[truth == index].tolist() + [_WRONG] * unread.count(name)
        if not places:
            continue
        hits, claimed = int(confusion[index, index]), int(confusion[:, index].sum())
        rows[name] = OutputFigures(
            clips=len(places),
            top1=_share([place < 1 for place in places]),
            top5=_share([place < 5 for place in places]),
            precision=_rounded(hits / claimed) if claimed else None,
            recall=_rounded(hits / len(places)),
            f1=_rounded(2 * hits / (claimed + len(places))),
            mean_probability=_rounded(means[index, 0]),
            sd_probability=_rounded(means[index, 1]),
        )
    return rows


def _per_athlete(
    probabilities: np.ndarray, truth: np.ndarray, ranks: np.ndarray, athletes: Sequence[str | None] | None
) -> dict[str, AthleteFigures]:
    clips: dict[str, list[int]] = {}
    for index, athlete in enumerate(athletes or ()):
        if athlete is not None:
            clips.setdefault(athlete, []).append(index)
    return {
        athlete: AthleteFigures(
            clips=len(chosen),
            top1=_share((ranks[chosen] < 1).tolist()),
            mean_probability=_rounded(probabilities[chosen, truth[chosen]].mean()),
        )
        for athlete, chosen in sorted(clips.items())
    }


def _none_of_these(
    contract: Contract,
    probabilities: np.ndarray,
    truth: np.ndarray,
    near_relatives: Sequence[bool] | np.ndarray | None,
) -> NoneFigures | None:
    if contract.none_of_these is None:
        return None
    rejected = _rejected(contract, probabilities)
    others = truth == len(contract.labels)
    near = others & np.asarray(near_relatives if near_relatives is not None else np.zeros(len(truth)), bool)
    return NoneFigures(
        threshold=contract.none_of_these.threshold,
        movements=int((~others).sum()),
        movements_rejected=_share(rejected[~others].tolist()),
        others=int(others.sum()),
        others_rejected=_share(rejected[others].tolist()),
        near_relatives=int(near.sum()),
        near_relatives_rejected=_share(rejected[near].tolist()),
    )


def _share(chosen: Sequence[bool]) -> float | None:
    return round(sum(chosen) / len(chosen), DIGITS) if chosen else None


def _mean(values: Sequence[float | None]) -> float | None:
    """Mean of the values; one that is missing, the precision of an output never predicted, counts as 0."""
    return round(sum(value or 0.0 for value in values) / len(values), DIGITS) if values else None


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), DIGITS)
