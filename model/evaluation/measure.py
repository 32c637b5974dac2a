"""Every metric that tells how good a model is, computed here and nowhere else. Arrays in, numbers out.

Everywhere `probabilities` is float [clips, outputs], rows summing to one, and `truth` int [clips], index of an output.
A share, mean or deviation of no clips is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.engines.calibration import softmax

CALIBRATION_BINS = 15
"""The number of bins, as in Guo et al. 2017, On Calibration of Modern Neural Networks."""

WRONG = 2**31
"""Rank of a clip that is wrong at every k."""


def none_odds(logits: np.ndarray) -> np.ndarray:
    """log P(none) - log P(the most probable movement) of logits [clips, outputs], the last for *none of these*.

    Returns:
        float64 [clips].
    """
    odds: np.ndarray = logits[:, -1].astype(np.float64) - logits[:, :-1].max(axis=1)
    return odds


def odds_at_recall(odds: np.ndarray, recall: float) -> float:
    """The odds for *none of these* that the given share of the movements' clips, float [clips], does not exceed."""
    return float(np.quantile(odds, recall))


def auroc(low: np.ndarray, high: np.ndarray, *, draws: int = 1000) -> tuple[float, float, float]:
    """The probability that a score of `high` exceeds one of `low`, equal ones by half (Mann and Whitney 1947).

    Args:
        low, high: scores, float [n] and [m], at least one of each.
        draws: of the bootstrap.

    Returns:
        It, and the limits between which 95 % of draws of as many clips lie.
    """
    order = (high[:, None] > low).astype(float) + 0.5 * (high[:, None] == low)
    rng = np.random.default_rng(0)
    drawn = [
        order[rng.integers(len(high), size=len(high))][:, rng.integers(len(low), size=len(low))].mean()
        for _ in range(draws)
    ]
    lowest, highest = np.quantile(drawn, [0.025, 0.975])
    return float(order.mean()), float(lowest), float(highest)


def risk_at_coverage(
    sure: np.ndarray, right: np.ndarray, coverage: float, *, draws: int = 1000
) -> tuple[float, float, float]:
    """The share of wrong answers among those that are surest (selective risk; Geifman and El-Yaniv 2017).

    Args:
        sure: float [clips], how sure each answer is; right: bool [clips], whether it is right.
        coverage: share of the clips that are answered, the surest; at least one is.
        draws: of the bootstrap.

    Returns:
        It, and the limits between which 95 % of draws of as many clips lie.
    """
    count = len(sure)
    kept = max(1, round(coverage * count))

    def risk(chosen: np.ndarray) -> float:
        surest = np.argsort(-sure[chosen], kind="stable")[:kept]
        return float(1 - right[chosen][surest].mean())

    rng = np.random.default_rng(0)
    drawn = [risk(rng.integers(count, size=count)) for _ in range(draws)]
    lowest, highest = np.quantile(drawn, [0.025, 0.975])
    return risk(np.arange(count)), float(lowest), float(highest)


def rejected(probabilities: np.ndarray, threshold: float | None) -> np.ndarray:
    """bool [clips]: the answer is *none of these*, see `model.contract.NoneOfThese.rejects`.

    Args:
        probabilities: calibrated, the last for *none of these*.
        threshold: of the rule; None where the model has none, so that nothing is rejected.
    """
    if threshold is None:
        return np.zeros(len(probabilities), bool)
    answers: np.ndarray = probabilities[:, -1] >= np.minimum(threshold, probabilities[:, :-1].max(axis=1))
    return answers


def ranks(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """int [clips]: how many outputs are more probable than the truth; of equal ones the first counts as more probable.

    A truth that is none of the columns has the rank `WRONG`: so columns may be left out.
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")
    found = order == truth[:, None]
    return np.where(found.any(axis=1), found.argmax(axis=1), WRONG)


def answer_ranks(probabilities: np.ndarray, truth: np.ndarray, labels: int, rejects: np.ndarray) -> np.ndarray:
    """int [clips]: the ranks as an answer lists them.

    A movement has its rank among the labels, whatever the rule says. What shows none of them has the rank 0 if the
    rule rejects it, else `WRONG`.

    Args:
        labels: how many of the outputs are movements; the truth of a clip of anything else is this number.
        rejects: bool [clips], see `rejected`.
    """
    places = ranks(probabilities[:, :labels], truth)
    others = truth == labels
    places[others] = np.where(rejects[others], 0, WRONG)
    return places


def share(chosen: Sequence[bool] | np.ndarray) -> float | None:
    """The share of clips that are chosen, bool [clips]."""
    return float(np.mean(chosen)) if len(chosen) else None


def top_k(places: Sequence[int] | np.ndarray, k: int) -> float | None:
    """The share of clips whose truth is among the k first, from their ranks int [clips]."""
    return share(np.asarray(places) < k)


def mean_and_deviation(values: Sequence[float] | np.ndarray) -> tuple[float | None, float | None]:
    """Mean and standard deviation of values."""
    return (float(np.mean(values)), float(np.std(values))) if len(values) else (None, None)


@dataclass(frozen=True)
class CalibrationBin:
    """Clips whose highest probability is in (lower, upper]: their number, its mean, and how often it is right."""

    lower: float
    upper: float
    clips: int
    mean_probability: float | None
    accuracy: float | None


def calibration_bins(
    probabilities: np.ndarray, truth: np.ndarray, bins: int = CALIBRATION_BINS
) -> tuple[CalibrationBin, ...]:
    """Clips in `bins` equal intervals of their highest probability, from 0 to 1: the points of a reliability curve."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    interval = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    result = []
    for i in range(bins):
        inside = interval == i
        mean, _ = mean_and_deviation(confidence[inside])
        result.append(CalibrationBin(i / bins, (i + 1) / bins, int(inside.sum()), mean, share(right[inside])))
    return tuple(result)


def calibration_error(
    probabilities: np.ndarray, truth: np.ndarray, bins: int = CALIBRATION_BINS, *, doubt: float = 0.0
) -> float | None:
    """Expected calibration error: how far the highest probability is from how often it is right.

    The mean over the clips of the distance between accuracy and mean probability of their interval (Guo et al. 2017,
    equation 5).

    Args:
        probabilities, truth: of the clips.
        bins: number of intervals.
        doubt: probability that the truth of a clip is another output, each as likely as the other.
    """
    spread = doubt / max(1, probabilities.shape[1] - 1)
    gaps = [
        abs(i.accuracy * (1 - doubt) + (1 - i.accuracy) * spread - i.mean_probability) * i.clips
        for i in calibration_bins(probabilities, truth, bins)
        if i.accuracy is not None and i.mean_probability is not None
    ]
    return sum(gaps) / len(truth) if gaps else None


def negative_log_likelihood(probabilities: np.ndarray, truth: np.ndarray) -> float | None:
    """Mean of -log P(true output), in nats; probabilities below 1e-12 count as that."""
    chosen = probabilities[np.arange(len(truth)), truth]
    return mean_and_deviation(-np.log(np.maximum(chosen, 1e-12)))[0]


def loss_and_top1(logits: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Mean of -log P(truth) in nats, and the share of clips whose truth is the most probable, of at least one clip."""
    probabilities = softmax(logits)
    loss, top1 = negative_log_likelihood(probabilities, truth), top_k(ranks(probabilities, truth), 1)
    if loss is None or top1 is None:
        raise ValueError("there is nothing to measure without clips")
    return loss, top1


def confusion(probabilities: np.ndarray, truth: np.ndarray, outputs: int) -> np.ndarray:
    """Counts int [outputs, outputs]: row the truth, column the most probable output."""
    table = np.zeros((outputs, outputs), int)
    np.add.at(table, (truth, probabilities.argmax(axis=1)), 1)
    return table


def confused_pairs(probabilities: np.ndarray, truth: np.ndarray) -> list[tuple[int, int, list[int]]]:
    """Which outputs are taken for which others.

    Returns:
        (truth, most probable output, clips by index), the most frequent pair first; among the clips, and among pairs as
        frequent, the one with the highest probability of the wrong output first.
    """
    predicted = probabilities.argmax(axis=1) if len(truth) else np.zeros(0, int)
    confidence = probabilities.max(axis=1, initial=0.0)
    pairs: dict[tuple[int, int], list[int]] = {}
    for clip in np.argsort(-confidence, kind="stable"):
        if predicted[clip] != truth[clip]:
            pairs.setdefault((int(truth[clip]), int(predicted[clip])), []).append(int(clip))
    return [(*pair, clips) for pair, clips in sorted(pairs.items(), key=lambda item: -len(item[1]))]


def correlation_map(probabilities: np.ndarray, truth: np.ndarray, outputs: int) -> np.ndarray:
    """Which probabilities rise and fall together.

    Column j holds, over the clips whose truth is j, Pearson's correlation between P(j) and P(i) for every row i.

    Returns:
        float [outputs, outputs]; not a number where a truth has fewer than two clips or a probability never changes.
    """
    table = np.full((outputs, outputs), np.nan)
    for j in range(outputs):
        chosen = probabilities[truth == j]
        if len(chosen) < 2:
            continue
        centred = chosen - chosen.mean(axis=0)
        spread = np.sqrt((centred**2).sum(axis=0))
        changing = spread > 1e-12
        if changing[j]:
            products = centred.T @ centred[:, j]
            table[changing, j] = products[changing] / (spread[changing] * spread[j])
    return table


def precision_recall_f1(hits: int, claimed: int, clips: int) -> tuple[float | None, float, float]:
    """Precision, recall and their harmonic mean of one output.

    Args:
        hits: clips that show it and for which it is the most probable.
        claimed: clips for which it is the most probable; without any there is no precision.
        clips: clips that show it, at least one.
    """
    return hits / claimed if claimed else None, hits / clips, 2 * hits / (claimed + clips)


def macro_mean(values: Sequence[float | None]) -> float | None:
    """Mean of the outputs' values; one that is missing, the precision of an output never predicted, counts as 0."""
    return sum(value or 0.0 for value in values) / len(values) if values else None


def rounded(value: float | None, digits: int) -> float | None:
    """A number for JSON; None where there is none."""
    return None if value is None or np.isnan(value) else round(float(value), digits)
