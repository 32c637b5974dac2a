"""From a judged test set to its report: every figure and table, as data."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.answers.report import (
    AthleteMetrics,
    Bin,
    Confused,
    Macro,
    NoneMetrics,
    OutputMetrics,
    Report,
    Step,
    Unanswered,
)
from model.contract import NONE, Contract, NoneOfThese
from model.evaluation import measure
from model.evaluation.evaluate import RELATIVES, Evaluation

MAX_STEPS = 200
"""Steps of a training run that a report keeps."""

DIGITS = 6
"""Of a figure; with four, a share would be rounded twice before a person reads it to a tenth of a percent."""

PROBABILITY_DIGITS = 4
"""Decimals of single clips' probabilities, which are most of a report."""

NO_OUTCOME = "no_outcome"
"""Why a clip of something else has no prediction: the model has no outcome for it."""


def report_of(contract: Contract, evaluation: Evaluation, *, history: Path | None = None) -> Report:
    """The report of a folder of clips that was judged, with the history in a run's `log.csv` if that is given.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not the log of a run.
    """
    answered = evaluation.answered()
    probabilities, truth = evaluation.arrays()
    report = report_of_arrays(
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
    )
    return report if history is None else with_history(report, history)


def with_history(report: Report, log: Path) -> Report:
    """The report with the history in a run's `log.csv`; raises as `read_history`."""
    return report.model_copy(update={"history": read_history(log)})


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
) -> Report:
    """The report of clips whose probabilities are known, without a history.

    Args:
        contract: of the bundle; its outputs are the columns.
        probabilities: float [clips, outputs], calibrated, as a `Predictor` gives them.
        truth: int [clips], index of the output that each clip shows.
        test_set: what was judged, in words for people and without a date: `920 rendered clips of an unseen seed`.
        names: of the clips.
        athletes: of the clips; None where they are not known.
        near_relatives: bool [clips]: shows no movement, but nearly one.
        unanswered: more clips, without a prediction; those of a movement count as wrong.

    Raises:
        ValueError: the arrays do not fit the contract or each other.
    """
    outputs = (*contract.labels, NONE)[: contract.outputs]
    if probabilities.shape != (len(truth), len(outputs)):
        raise ValueError(f"probabilities must be {[len(truth), len(outputs)]}, got {list(probabilities.shape)}")
    for name, given in (("names", names), ("athletes", athletes), ("near_relatives", near_relatives)):
        if given is not None and len(given) != len(truth):
            raise ValueError(f"{name} must be one per clip, {len(truth)}, got {len(given)}")
    rule, labels = contract.none_of_these, len(contract.labels)
    rejects = measure.rejected(probabilities, None if rule is None else rule.threshold)
    ranks = measure.answer_ranks(probabilities, truth, labels, rejects)
    unread = [clip.shows if clip.shows in contract.labels else NONE for clip in unanswered]
    confusion = measure.confusion(probabilities, truth, len(outputs))
    per_class = _per_class(probabilities, truth, outputs, ranks, confusion, unread)
    moving = ranks[truth < labels].tolist() + [measure.WRONG for shown in unread if shown != NONE]
    return Report(
        name=contract.name,
        version=contract.version,
        test_set=test_set,
        clips=len(truth) + len(unanswered),
        outputs=outputs,
        top1=_rounded(measure.top_k(moving, 1)),
        top5=_rounded(measure.top_k(moving, 5)),
        ece=_rounded(measure.calibration_error(probabilities, truth)),
        macro=Macro(
            precision=_rounded(measure.macro_mean([row.precision for row in per_class.values()])),
            recall=_rounded(measure.macro_mean([row.recall for row in per_class.values()])),
            f1=_rounded(measure.macro_mean([row.f1 for row in per_class.values()])),
        ),
        none_of_these=None if rule is None else _none_of_these(rule, rejects, truth == labels, near_relatives),
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
        history=(),
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


def _per_class(
    probabilities: np.ndarray,
    truth: np.ndarray,
    outputs: Sequence[str],
    ranks: np.ndarray,
    confusion: np.ndarray,
    unread: Sequence[str],
) -> dict[str, OutputMetrics]:
    rows = {}
    for index, name in enumerate(outputs):
        places = ranks[truth == index].tolist() + [measure.WRONG] * unread.count(name)
        if not places:
            continue
        hits, claimed = int(confusion[index, index]), int(confusion[:, index].sum())
        precision, recall, f1 = measure.precision_recall_f1(hits, claimed, len(places))
        mean, deviation = measure.mean_and_deviation(probabilities[truth == index, index])
        rows[name] = OutputMetrics(
            clips=len(places),
            top1=_rounded(measure.top_k(places, 1)),
            top5=_rounded(measure.top_k(places, 5)),
            precision=_rounded(precision),
            recall=_rounded(recall),
            f1=_rounded(f1),
            mean_probability=_rounded(mean),
            sd_probability=_rounded(deviation),
        )
    return rows


def _per_athlete(
    probabilities: np.ndarray, truth: np.ndarray, ranks: np.ndarray, athletes: Sequence[str | None] | None
) -> dict[str, AthleteMetrics]:
    clips: dict[str, list[int]] = {}
    for index, athlete in enumerate(athletes or ()):
        if athlete is not None:
            clips.setdefault(athlete, []).append(index)
    return {
        athlete: AthleteMetrics(
            clips=len(chosen),
            top1=_rounded(measure.top_k(ranks[chosen], 1)),
            mean_probability=_rounded(measure.mean_and_deviation(probabilities[chosen, truth[chosen]])[0]),
        )
        for athlete, chosen in sorted(clips.items())
    }


def _none_of_these(
    rule: NoneOfThese, rejects: np.ndarray, others: np.ndarray, near_relatives: Sequence[bool] | np.ndarray | None
) -> NoneMetrics:
    """`rejects` and `others` are bool [clips]: the rule rejects it, and it shows no movement."""
    near = others & np.asarray(near_relatives if near_relatives is not None else np.zeros(len(others)), bool)
    return NoneMetrics(
        threshold=rule.threshold,
        movements=int((~others).sum()),
        movements_rejected=_rounded(measure.share(rejects[~others])),
        others=int(others.sum()),
        others_rejected=_rounded(measure.share(rejects[others])),
        near_relatives=int(near.sum()),
        near_relatives_rejected=_rounded(measure.share(rejects[near])),
    )


def _rounded(value: float | None) -> float | None:
    return measure.rounded(value, DIGITS)
