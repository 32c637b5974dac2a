"""How sure the model may sound: temperature, and the rule for *none of these*, from held-out clips.

The clips are held out of training but varied as in training: unvaried, nearly every rendered clip is certain, and film
is not.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import keras
import numpy as np

from model.contract import NoneOfThese
from model.evaluation import measure
from model.training.augmentation import Augmentation
from model.training.dataset import Clips, held_out_batches, training_batches
from model.training.logits import logits_of

RECALL = 0.95
"""Share of the movements' clips that the rule must let through."""

THRESHOLD = 0.5
"""The rule answers *none of these* where that is more probable than all movements together; the bias does the rest."""

VARIATIONS = 4
"""How often every held-out clip is shown, varied each time."""

_BATCH = 16
_SEED = 7


@dataclass(frozen=True)
class Calibration:
    """What was chosen, and what it does on the clips it was chosen on.

    Attributes:
        temperature: logits are divided by it.
        rule: for *none of these*; None for a model without that output.
        clips: varied clips looked at.
        ece_before, ece: expected calibration error at temperature 1, and with temperature and rule.
        movements_kept: share of the movements' clips that the rule lets through.
        others_rejected: share of the other clips that it rejects, those that are nearly a movement left out.
        near_rejected: the same of those that are nearly a movement; None without any.
    """

    temperature: float
    rule: NoneOfThese | None
    clips: int
    ece_before: float
    ece: float
    movements_kept: float
    others_rejected: float | None
    near_rejected: float | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "rule": self.rule and self.rule.model_dump()}


def calibrate(
    model: keras.Model,
    held_out: Clips,
    *,
    size: int,
    augmentation: Augmentation | None,
    has_none: bool = True,
    recall: float = RECALL,
) -> Calibration:
    """Choose temperature and rule.

    Args:
        model: the averaged weights.
        held_out: clips that were not trained on.
        size: side of the model's frames, pixels.
        augmentation: as in training.
        has_none: whether the model's last output stands for *none of these*.
        recall: share of the movements' clips that the rule must let through.
    """
    near = np.flatnonzero(held_out.near)
    far = np.flatnonzero(~held_out.near)
    logits, truth = _varied(model, held_out.take(far), size, augmentation)
    near_logits = _varied(model, held_out.take(near), size, augmentation)[0] if len(near) else None
    return choose(logits, truth, near_logits, has_none=has_none, recall=recall)


def choose(
    logits: np.ndarray,
    truth: np.ndarray,
    near_logits: np.ndarray | None = None,
    *,
    has_none: bool = True,
    recall: float = RECALL,
) -> Calibration:
    """`calibrate` on logits [clips, outputs] and truth [clips]."""
    temperature = best_temperature(logits, truth)
    ece_before = measure.calibration_error(measure.softmax(logits), truth)
    final = logits / temperature
    if not has_none:
        return Calibration(
            temperature=temperature,
            rule=None,
            clips=len(truth),
            ece_before=ece_before,
            ece=measure.calibration_error(measure.softmax(final), truth),
            movements_kept=1.0,
            others_rejected=None,
            near_rejected=None,
        )
    none = logits.shape[1] - 1
    moving = truth != none
    bias = -float(np.quantile(measure.none_odds(final[moving]), recall))
    rule = NoneOfThese(bias=round(bias, 4), threshold=THRESHOLD)

    def rejected(some: np.ndarray) -> float | None:
        return float(np.mean(measure.none_odds(some / temperature) + rule.bias >= 0)) if len(some) else None

    final[:, none] += rule.bias
    return Calibration(
        temperature=temperature,
        rule=rule,
        clips=len(truth),
        ece_before=ece_before,
        ece=measure.calibration_error(measure.softmax(final), truth),
        movements_kept=1 - (rejected(logits[moving]) or 0.0),
        others_rejected=rejected(logits[~moving]),
        near_rejected=None if near_logits is None else rejected(near_logits),
    )


def best_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature between 0.1 and 10 with the least negative log likelihood (Guo et al. 2017, section 4.2).

    The truth counts as (n + 1) / (n + 2) sure, the rest spread over the other outputs (Platt 1999, section 2.2): few
    clips that are all recognised do not prove that the model never errs. The likelihood is convex in 1/T, so a
    golden-section search on log T finds its least value.
    """
    clips, outputs = logits.shape
    targets = np.full((clips, outputs), 1 / (clips + 2) / max(1, outputs - 1))
    targets[np.arange(clips), truth] = (clips + 1) / (clips + 2)

    def cost(log_temperature: float) -> float:
        scaled = logits.astype(np.float64) / math.exp(log_temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        logarithms = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return -float((targets * logarithms).sum(axis=1).mean())

    low, high = math.log(0.1), math.log(10.0)
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(40):
        first, second = high - ratio * (high - low), low + ratio * (high - low)
        if cost(first) < cost(second):
            high = second
        else:
            low = first
    return round(math.exp((low + high) / 2), 4)


def _varied(
    model: keras.Model, clips: Clips, size: int, augmentation: Augmentation | None
) -> tuple[np.ndarray, np.ndarray]:
    """Logits and truth of every clip, varied VARIATIONS times; the few that fill no batch are left out.

    Once, and as they are, where training does not vary them.
    """
    if augmentation is None:
        return logits_of(model, held_out_batches(clips, size=size, threads=1))
    batch = min(_BATCH, len(clips))
    batches = training_batches(
        clips, size=size, batch=batch, seed=_SEED, augmentation=augmentation, near_weight=1.0, threads=1
    )
    count = len(clips) * VARIATIONS // batch
    return logits_of(model, ((frames, labels) for frames, labels, _ in islice(batches, count)))
