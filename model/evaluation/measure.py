"""Figures of merit of probabilities against the truth. Arrays in, numbers out.

Everywhere `probabilities` is float [clips, outputs], rows summing to one, and `truth` int [clips], index of an output.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CALIBRATION_BINS = 15
"""As in Guo et al. 2017, On Calibration of Modern Neural Networks."""


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities float64 of logits [..., outputs]."""
    logits = logits.astype(np.float64)
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: np.ndarray = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return result


def none_odds(logits: np.ndarray) -> np.ndarray:
    """log P(none) - log P(any movement) of logits [clips, outputs], the last of which stands for *none of these*.

    Returns:
        float64 [clips].
    """
    others = logits[:, :-1].astype(np.float64)
    highest = others.max(axis=1)
    odds: np.ndarray = logits[:, -1] - highest - np.log(np.exp(others - highest[:, None]).sum(axis=1))
    return odds


def top_k(probabilities: np.ndarray, truth: np.ndarray, k: int) -> float:
    """Share of clips whose true output is among the k most probable; not a number without clips."""
    if len(truth) == 0:
        return float("nan")
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return float(np.mean((best == truth[:, None]).any(axis=1)))


@dataclass(frozen=True)
class CalibrationBin:
    """Clips whose highest probability is in (lower, upper]: their number, its mean, and how often it is right.

    Without clips, mean and accuracy are not a number.
    """

    lower: float
    upper: float
    clips: int
    mean_probability: float
    accuracy: float


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
        mean, accuracy = (confidence[inside].mean(), right[inside].mean()) if inside.any() else (np.nan, np.nan)
        result.append(CalibrationBin(i / bins, (i + 1) / bins, int(inside.sum()), float(mean), float(accuracy)))
    return tuple(result)


def calibration_error(probabilities: np.ndarray, truth: np.ndarray, bins: int = CALIBRATION_BINS) -> float:
    """Expected calibration error: how far the highest probability is from how often it is right.

    The mean over the clips of the distance between accuracy and mean probability of their interval (Guo et al. 2017,
    equation 5); not a number without clips.
    """
    if len(truth) == 0:
        return float("nan")
    filled = [interval for interval in calibration_bins(probabilities, truth, bins) if interval.clips]
    return sum(abs(i.accuracy - i.mean_probability) * i.clips for i in filled) / len(truth)


def negative_log_likelihood(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Mean of -log P(true output), in nats; probabilities below 1e-12 count as that."""
    chosen = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


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


def true_class_probability(probabilities: np.ndarray, truth: np.ndarray, outputs: int) -> np.ndarray:
    """Mean and standard deviation of P(true output) over the clips of each output: float [outputs, 2]."""
    table = np.full((outputs, 2), np.nan)
    for j in range(outputs):
        chosen = probabilities[truth == j, j]
        if len(chosen):
            table[j] = chosen.mean(), chosen.std()
    return table
