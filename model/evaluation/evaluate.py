"""A folder of clips judged by a model. The truth is in the names: `<movement>_<i>.mp4`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from model.answers.clip import ClipAnswer, NoneOfTheseAnswer
from model.answers.evaluation import (
    ClassMetrics,
    EvaluationAnswer,
    Interval,
    JudgedClip,
    RiskAtCoverage,
    RuleMetrics,
    UnreadClip,
)
from model.contract import NONE, Contract
from model.data.choices import WhichSplit
from model.errors import ClipError, TimedOut
from model.evaluation import measure
from model.evaluation.clip_set import ClipSet, open_clip_set

RELATIVES = frozenset(
    {
        "pull-up",
        "jump-rope",
        "single unders",
        "burpee",
        "burpee-broad-jump",
        "burpee broad jump",
        "snatch",
    }
)
"""What is none of the default model's movements but nearly one of them, so that people may disagree."""

COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares of the clips, the surest, of which it is told how many answers are wrong."""

DIGITS = 4
"""Decimals of a share in an evaluation's answer."""

_NUMBERED = re.compile(r"^(?P<name>.+?)_\d+$")


class Answering(Protocol):
    """What is judged: a `Predictor`, or `Workers`, in which no clip can end the command."""

    @property
    def contract(self) -> Contract:
        """What the model knows."""
        ...

    def answer(self, path: Path, *, top_k: int) -> ClipAnswer:
        """The answer to a clip; raises `MovementsError` if there is none."""
        ...


@dataclass(frozen=True)
class Judged:
    """One clip: what it shows and what the model says.

    Attributes:
        file: name of the clip.
        shows: what its name says, also where that is no movement of the model.
        truth: index of the output: a label, or *none of these* behind the last.
        probabilities: float64 [outputs]; None where the clip could not be read.
        rejected: the rule answers *none of these*.
        error: code of the reason why there is no prediction.
        athlete: who does it, where the folder's manifest says so.
    """

    file: str
    shows: str
    truth: int
    probabilities: np.ndarray | None
    rejected: bool = False
    error: str | None = None
    athlete: str | None = None


@dataclass(frozen=True)
class Evaluation:
    """The clips of a folder, judged.

    A clip of a movement is right at top-k if its label is among the k most probable labels, as the page lists them.
    A clip of anything else is right, at every k, if the rule answers *none of these*.
    A clip that cannot be read is wrong. `test_set` says in words which clips they are.
    """

    labels: tuple[str, ...]
    has_rule: bool
    judged: tuple[Judged, ...]
    test_set: str

    @property
    def outputs(self) -> tuple[str, ...]:
        """The labels, and *none of these* behind them if the model has a rule for it."""
        return (*self.labels, NONE) if self.has_rule else self.labels

    def top(self, k: int, judged: Sequence[Judged] | None = None) -> float | None:
        """Share of clips right at top-k; None without clips."""
        return measure.top_k([self.rank(clip) for clip in (self.judged if judged is None else judged)], k)

    def rank(self, clip: Judged) -> int:
        """The rank of the truth, see `measure.answer_ranks`; `WRONG` for a clip that could not be read."""
        if clip.probabilities is None:
            return measure.WRONG
        (rank,) = measure.answer_ranks(
            clip.probabilities[None], np.array([clip.truth]), len(self.labels), np.array([clip.rejected])
        )
        return int(rank)

    def answers(self, clip: Judged) -> bool:
        """Whether there is a prediction for the clip that can be compared with what it shows."""
        return clip.probabilities is not None and clip.truth < len(self.outputs)

    def answered(self) -> list[Judged]:
        """The clips with a prediction, in order: the rows of `arrays`."""
        return [clip for clip in self.judged if self.answers(clip)]

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities float64 [clips, outputs] and truth int [clips] of all clips that the outputs can name."""
        chosen = self.answered()
        truth = np.array([clip.truth for clip in chosen], int)
        probabilities = [clip.probabilities for clip in chosen if clip.probabilities is not None]
        return np.array(probabilities).reshape(len(chosen), len(self.outputs)), truth

    def answer(self) -> EvaluationAnswer:
        """The evaluation for people and programs, shares rounded to four digits."""
        return EvaluationAnswer(
            clips=len(self.judged),
            top1=_rounded(self.top(1)),
            top5=_rounded(self.top(5)),
            ece=_rounded(measure.calibration_error(*self.arrays())),
            none_of_these=self._rule_metrics() if self.has_rule else None,
            per_class={
                name: self._class_metrics(index, clips)
                for index, name in enumerate((*self.labels, NONE))
                if (clips := [clip for clip in self.judged if clip.truth == index])
            },
            predictions=tuple(self._row(clip) for clip in self.judged),
            risk_coverage=self._risk_coverage(),
        )

    def _risk_coverage(self) -> tuple[RiskAtCoverage, ...]:
        answered = self.answered()
        if not answered:
            return ()
        # An answer is as sure as it is probable: that of the rule, or the first movement among all outputs.
        sure = np.array([self._sure(clip) for clip in answered])
        right = np.array([self._right(clip) for clip in answered])
        rows = [(coverage, measure.risk_at_coverage(sure, right, coverage)) for coverage in COVERAGES]
        return tuple(
            RiskAtCoverage(
                coverage=coverage,
                risk=Interval(value=round(risk, DIGITS), low=round(low, DIGITS), high=round(high, DIGITS)),
            )
            for coverage, (risk, low, high) in rows
        )

    def _sure(self, clip: Judged) -> float:
        assert clip.probabilities is not None
        return float(clip.probabilities[-1] if clip.rejected else clip.probabilities[: len(self.labels)].max())

    def _right(self, clip: Judged) -> bool:
        assert clip.probabilities is not None
        if clip.rejected or clip.truth == len(self.labels):
            return clip.rejected and clip.truth == len(self.labels)
        return int(clip.probabilities[: len(self.labels)].argmax()) == clip.truth

    def _rule_metrics(self) -> RuleMetrics:
        shown = [clip for clip in self.judged if clip.truth < len(self.labels)]
        others = [clip for clip in self.judged if clip.truth == len(self.labels)]
        relatives = [clip for clip in others if clip.shows in RELATIVES]
        all_else = [clip for clip in others if clip.shows not in RELATIVES]
        return RuleMetrics(
            movements=len(shown),
            movements_rejected=_share_rejected(shown),
            others=len(others),
            others_rejected=_share_rejected(others),
            near_relatives=len(relatives),
            near_relatives_rejected=_share_rejected(relatives),
            all_else=len(all_else),
            all_else_rejected=_share_rejected(all_else),
            auroc=_auroc(shown, others),
        )

    def _class_metrics(self, index: int, clips: Sequence[Judged]) -> ClassMetrics:
        read = [clip.probabilities[index] for clip in clips if clip.probabilities is not None and self.answers(clip)]
        mean, deviation = measure.mean_and_deviation(read)
        return ClassMetrics(
            clips=len(clips),
            top1=_rounded(self.top(1, clips)),
            top5=_rounded(self.top(5, clips)),
            mean_probability=_rounded(mean),
            sd_probability=_rounded(deviation),
        )

    def _row(self, clip: Judged) -> JudgedClip | UnreadClip:
        truth = (*self.labels, NONE)[clip.truth]
        if clip.probabilities is None:
            return UnreadClip(file=clip.file, shows=clip.shows, truth=truth, error=clip.error or "")
        order = np.argsort(-clip.probabilities[: len(self.labels)], kind="stable")
        none = NoneOfTheseAnswer(probability=round(float(clip.probabilities[-1]), 6), answer=clip.rejected)
        return JudgedClip(
            file=clip.file,
            shows=clip.shows,
            truth=truth,
            prediction=tuple((self.labels[i], round(float(clip.probabilities[i]), 6)) for i in order),
            none_of_these=none if self.has_rule else None,
            right=self.rank(clip) < 1,
        )


def evaluate(model: Answering, clips_dir: Path, *, split: WhichSplit | None = None) -> Evaluation:
    """Judge every clip of a folder, or of one split of it.

    Args:
        model: as it is served.
        clips_dir: holds `<movement>_<i>.mp4`; names that are no label of the model count as *none of these*.
        split: which clips, where the folder's manifest has splits; without it the test split, else all.

    Raises:
        FileNotFoundError: there is no such clip in the folder.
        ValueError: the manifest cannot be read, or has no splits.
    """
    return judge(model, open_clip_set(clips_dir, split))


def judge(model: Answering, clip_set: ClipSet) -> Evaluation:
    """Judge every clip of a set."""
    labels = model.contract.labels
    has_rule = model.contract.none_of_these is not None
    judged = tuple(judge_clip(model, path, athlete=clip_set.athletes.get(path.name)) for path in clip_set.paths)
    return Evaluation(labels, has_rule, judged, clip_set.description)


def shown_in(path: Path) -> str:
    """What a clip's name says that it shows: `power clean_262.mp4` shows `power clean`."""
    match = _NUMBERED.match(path.stem)
    return match["name"] if match else path.stem


def judge_clip(model: Answering, path: Path, *, athlete: str | None = None) -> Judged:
    """Judge one clip, whose name says what it shows."""
    labels, shows = model.contract.labels, shown_in(path)
    truth = labels.index(shows) if shows in labels else len(labels)
    try:
        answer = model.answer(path, top_k=len(labels))
    except (ClipError, TimedOut) as error:
        return Judged(path.name, shows, truth, None, error=error.code, athlete=athlete)
    by_label, none = dict(answer.prediction), answer.none_of_these
    probabilities = [by_label[label] for label in labels]
    if none is not None:
        probabilities.append(none.probability)
    rejected = none is not None and none.answer
    return Judged(path.name, shows, truth, np.array(probabilities), rejected=rejected, athlete=athlete)


def _share_rejected(clips: Sequence[Judged]) -> float | None:
    return _rounded(measure.share([clip.rejected for clip in clips]))


def _auroc(shown: Sequence[Judged], others: Sequence[Judged]) -> Interval | None:
    """How well the probability of *none of these* tells the others from the movements."""
    low, high = (
        np.array([clip.probabilities[-1] for clip in clips if clip.probabilities is not None])
        for clips in (shown, others)
    )
    if not len(low) or not len(high):
        return None
    value, lowest, highest = measure.auroc(low, high)
    return Interval(value=round(value, DIGITS), low=round(lowest, DIGITS), high=round(highest, DIGITS))


def _rounded(value: float | None) -> float | None:
    return measure.rounded(value, DIGITS)
