"""How sure the model may sound: temperature, and the rule for *none of these*, from held-out clips.

The clips are held out of training but varied as in training: unvaried, nearly every rendered clip is certain, and film
is not.
"""

from __future__ import annotations

import math
from itertools import islice

import keras
import numpy as np

from model.contract import NoneOfThese
from model.engines.calibration import softmax
from model.evaluation import measure
from model.record import Calibration
from model.training.augmentation import Augmentation
from model.training.dataset import Clips, held_out_batches, training_batches
from model.training.logits import Logits

RECALL = 0.95
"""Share of the movements' clips that the rule must let through."""

THRESHOLD = 0.5
"""The rule answers *none of these* where that is more probable than all movements together; the bias does the rest."""

VARIATIONS = 4
"""How often every held-out clip is shown, varied each time."""

_BATCH = 16
_SEED = 7


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
    logits_of = Logits(model)
    logits, truth = _varied(logits_of, held_out.take(far), size, augmentation)
    near_logits = _varied(logits_of, held_out.take(near), size, augmentation)[0] if len(near) else None
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
    fitted = best_temperature(logits, truth)
    temperature = 1.0 if _worsens(fitted, logits, truth) else fitted
    rule = _rule(logits / temperature, truth, recall) if has_none else None
    before, after = softmax(logits), _answers(logits, temperature, rule)
    rejects = measure.rejected(after, None if rule is None else rule.threshold)
    moving = truth != logits.shape[1] - 1 if has_none else np.ones(len(truth), bool)
    near = None
    if rule is not None and near_logits is not None:
        near = measure.share(measure.rejected(_answers(near_logits, temperature, rule), rule.threshold))
    return Calibration(
        temperature=temperature,
        fitted_temperature=fitted,
        rule=rule,
        clips=len(truth),
        ece_before=measure.calibration_error(before, truth) or 0.0,
        ece=measure.calibration_error(after, truth) or 0.0,
        nll_before=measure.negative_log_likelihood(before, truth),
        nll=measure.negative_log_likelihood(after, truth),
        movements_kept=1 - (measure.share(rejects[moving]) or 0.0),
        others_rejected=measure.share(rejects[~moving]),
        near_rejected=near,
    )


def _answers(logits: np.ndarray, temperature: float, rule: NoneOfThese | None) -> np.ndarray:
    """The probabilities that a contract with this temperature and rule gives."""
    scaled = logits.astype(np.float64) / temperature
    if rule is not None:
        scaled[:, -1] += rule.bias
    return softmax(scaled)


def _rule(logits: np.ndarray, truth: np.ndarray, recall: float) -> NoneOfThese:
    """The rule that lets `recall` of the movements' clips through, from logits divided by the temperature."""
    moving = truth != logits.shape[1] - 1
    bias = -measure.odds_at_recall(measure.none_odds(logits[moving]), recall)
    return NoneOfThese(bias=round(bias, 4), threshold=THRESHOLD)


def _worsens(temperature: float, logits: np.ndarray, truth: np.ndarray) -> bool:
    """Whether a temperature raises the calibration error on the very clips that it was fitted to.

    The likelihood, which it never lowers, is ruled by the few clips that are wrong and certain; they may flatten the
    probabilities of all others. The truth is doubted as in the fit.
    """
    doubt = _doubt(len(truth))
    before = measure.calibration_error(softmax(logits), truth, doubt=doubt)
    after = measure.calibration_error(softmax(logits / temperature), truth, doubt=doubt)
    return before is not None and after is not None and after > before


def _doubt(clips: int) -> float:
    """How probable it is that a truth is none, of so many clips (Platt 1999, section 2.2)."""
    return 1 / (clips + 2)


def best_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature between 0.1 and 10 with the least negative log likelihood (Guo et al. 2017, section 4.2).

    The truth counts as (n + 1) / (n + 2) sure, the rest spread over the other outputs (Platt 1999, section 2.2): few
    clips that are all recognised do not prove that the model never errs. The likelihood is convex in 1/T, so a
    golden-section search on log T finds its least value.
    """
    clips, outputs = logits.shape
    doubt = _doubt(clips)
    targets = np.full((clips, outputs), doubt / max(1, outputs - 1))
    targets[np.arange(clips), truth] = 1 - doubt

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
    logits_of: Logits, clips: Clips, size: int, augmentation: Augmentation | None
) -> tuple[np.ndarray, np.ndarray]:
    """Logits and truth of every clip, varied VARIATIONS times; the few that fill no batch are left out.

    Once, and as they are, where training does not vary them.
    """
    if augmentation is None:
        return logits_of(held_out_batches(clips, size=size, threads=1))
    batch = min(_BATCH, len(clips))
    batches = training_batches(
        clips, size=size, batch=batch, seed=_SEED, augmentation=augmentation, near_weight=1.0, threads=1
    )
    count = len(clips) * VARIATIONS // batch
    return logits_of(((frames, labels) for frames, labels, _ in islice(batches, count)))
