"""A folder of clips judged by a predictor. The truth is in the names: `<movement>_<i>.mp4`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model.contract import NONE
from model.data.choices import WhichSide
from model.errors import ClipError
from model.evaluation import measure
from model.evaluation.clip_set import ClipSet, open_clip_set
from model.predict import Predictor

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

_NUMBERED = re.compile(r"^(?P<name>.+?)_\d+$")


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
        judged = self.judged if judged is None else judged
        return float(np.mean([self._right(clip, k) for clip in judged])) if judged else None

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

    def to_dict(self) -> dict[str, Any]:
        """The JSON of an evaluation: clips, top1, top5, ece, none_of_these, per_class, predictions."""
        probabilities, truth = self.arrays()
        shown = [clip for clip in self.judged if clip.truth < len(self.labels)]
        others = [clip for clip in self.judged if clip.truth == len(self.labels)]
        relatives = [clip for clip in others if clip.shows in RELATIVES]
        strangers = [clip for clip in others if clip.shows not in RELATIVES]
        return {
            "clips": len(self.judged),
            "top1": _rounded(self.top(1)),
            "top5": _rounded(self.top(5)),
            "ece": _rounded(measure.calibration_error(probabilities, truth)) if len(truth) else None,
            "none_of_these": {
                "movements": len(shown),
                "movements_rejected": _rounded(_share_rejected(shown)),
                "others": len(others),
                "others_rejected": _rounded(_share_rejected(others)),
                "near_relatives": len(relatives),
                "near_relatives_rejected": _rounded(_share_rejected(relatives)),
                "all_else": len(strangers),
                "all_else_rejected": _rounded(_share_rejected(strangers)),
            }
            if self.has_rule
            else None,
            "per_class": {
                name: self._class_figures([clip for clip in self.judged if clip.truth == index])
                for index, name in enumerate((*self.labels, NONE))
                if any(clip.truth == index for clip in self.judged)
            },
            "predictions": [self._row(clip) for clip in self.judged],
        }

    def _right(self, clip: Judged, k: int) -> bool:
        if clip.probabilities is None:
            return False
        if clip.truth == len(self.labels):
            return clip.rejected
        best = np.argsort(-clip.probabilities[: len(self.labels)], kind="stable")[:k]
        return clip.truth in best

    def _class_figures(self, clips: list[Judged]) -> dict[str, Any]:
        read = [c.probabilities[c.truth] for c in clips if c.probabilities is not None and c.truth < len(self.outputs)]
        return {
            "clips": len(clips),
            "top1": _rounded(self.top(1, clips)),
            "top5": _rounded(self.top(5, clips)),
            "mean_probability": _rounded(float(np.mean(read))) if read else None,
            "sd_probability": _rounded(float(np.std(read))) if read else None,
        }

    def _row(self, clip: Judged) -> dict[str, Any]:
        row: dict[str, Any] = {"file": clip.file, "shows": clip.shows}
        row["truth"] = (*self.labels, NONE)[clip.truth]
        if clip.probabilities is None:
            return {**row, "error": clip.error}
        order = np.argsort(-clip.probabilities[: len(self.labels)], kind="stable")
        row["prediction"] = [[self.labels[i], round(float(clip.probabilities[i]), 6)] for i in order]
        row["none_of_these"] = (
            {"probability": round(float(clip.probabilities[-1]), 6), "answer": clip.rejected} if self.has_rule else None
        )
        row["right"] = self._right(clip, 1)
        return row


def evaluate(predictor: Predictor, clips_dir: Path, *, side: WhichSide | None = None) -> Evaluation:
    """Judge every clip of a folder, or of one side of it.

    Args:
        predictor: the model, as it is served.
        clips_dir: holds `<movement>_<i>.mp4`; names that are no label of the model count as *none of these*.
        side: which clips, where the folder's manifest has sides; without it the test side, else all.

    Raises:
        FileNotFoundError: there is no such clip in the folder.
        ValueError: the manifest cannot be read, or has no sides.
    """
    return judge(predictor, open_clip_set(clips_dir, side))


def judge(predictor: Predictor, clip_set: ClipSet) -> Evaluation:
    """Judge every clip of a set."""
    labels = predictor.contract.labels
    has_rule = predictor.contract.none_of_these is not None
    judged = tuple(_judge(predictor, path, labels, clip_set.athletes.get(path.name)) for path in clip_set.paths)
    return Evaluation(labels, has_rule, judged, clip_set.description)


def shown_in(path: Path) -> str:
    """What a clip's name says that it shows: `power clean_262.mp4` shows `power clean`."""
    match = _NUMBERED.match(path.stem)
    return match["name"] if match else path.stem


def _judge(predictor: Predictor, path: Path, labels: tuple[str, ...], athlete: str | None) -> Judged:
    shows = shown_in(path)
    truth = labels.index(shows) if shows in labels else len(labels)
    try:
        prediction = predictor.predict(path, top_k=len(labels))
    except ClipError as error:
        return Judged(path.name, shows, truth, None, error=error.code, athlete=athlete)
    by_label = dict(prediction.rows)
    probabilities = [by_label[label] for label in labels]
    none = prediction.none_of_these
    if none is not None:
        probabilities.append(none.probability)
    rejected = none is not None and none.answer
    return Judged(path.name, shows, truth, np.array(probabilities), rejected=rejected, athlete=athlete)


def _share_rejected(clips: list[Judged]) -> float | None:
    return float(np.mean([clip.rejected for clip in clips])) if clips else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
