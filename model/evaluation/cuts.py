"""Clips cut as people cut them: the same film once as it is, and again repeated, with pauses, trimmed and extended."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from model.answers.evaluation import CutMetrics
from model.contract import Contract
from model.errors import ClipError
from model.evaluation import measure
from model.evaluation.clip_set import ClipSet
from model.evaluation.evaluate import DIGITS, Answering, Judged, judge_clip
from model.rendering.mp4 import write_mp4
from model.video import ClipReader, frame_pixels, to_ordinary

MOST_FRAMES = 300
"""Longer films are left out: they are no cut repetitions."""

Rows = Callable[[int, float], np.ndarray]
"""Which frames of a film of so many, at so many a second, one after the other."""


def _repeated(times: int) -> Rows:
    return lambda count, rate: np.tile(np.arange(count), times)


def _with_pauses(seconds: float) -> Rows:
    def rows(count: int, rate: float) -> np.ndarray:
        still = round(seconds * rate)
        return np.concatenate([np.zeros(still, int), np.arange(count), np.full(still, count - 1)])

    return rows


def _trimmed(share: float) -> Rows:
    def rows(count: int, rate: float) -> np.ndarray:
        lost = round(share * count / 2)
        return np.arange(lost, max(lost + 3, count - lost)).clip(0, count - 1)

    return rows


def _extended(share: float) -> Rows:
    """By what came before and after: the film itself, backwards."""

    def rows(count: int, rate: float) -> np.ndarray:
        more = min(count - 1, round(share * count / 2))
        return np.concatenate([np.arange(more, 0, -1), np.arange(count), np.arange(count - 2, count - 2 - more, -1)])

    return rows


CUTS: Mapping[str, Rows] = MappingProxyType(
    {
        "as it is": _repeated(1),
        "3 times": _repeated(3),
        "5 times": _repeated(5),
        "pauses of 0.5 s": _with_pauses(0.5),
        "pauses of 1 s": _with_pauses(1.0),
        "pauses of 2 s": _with_pauses(2.0),
        "trimmed by 25 %": _trimmed(0.25),
        "trimmed by 50 %": _trimmed(0.5),
        "extended by 25 %": _extended(0.25),
        "extended by 50 %": _extended(0.5),
    }
)
"""The cuts by their name."""


def judge_cuts(model: Answering, clip_set: ClipSet) -> dict[str, CutMetrics]:
    """Judge every clip of a set, cut in every way.

    A clip of a movement is right if the answer is its movement, and not *none of these*. Clips that cannot be read, or
    have more than MOST_FRAMES, are left out.
    """
    judged: dict[str, list[Judged]] = {name: [] for name in CUTS}
    with tempfile.TemporaryDirectory(prefix="cuts-") as folder:
        for path in clip_set.paths:
            film = _frames(path, model.contract)
            if film is None:
                continue
            frames, rate = film
            for name, rows in CUTS.items():
                cut = Path(folder) / path.name
                write_mp4(cut, frames[rows(len(frames), rate)], fps=max(1, round(rate)), crf=18)
                judged[name].append(judge_clip(model, cut))
                cut.unlink()
    return {name: _metrics(clips, len(model.contract.labels)) for name, clips in judged.items()}


def _frames(path: Path, contract: Contract) -> tuple[np.ndarray, float] | None:
    """All frames of a film, uint8 [n, H, W, 3] RGB of even sides, and how many there are a second."""
    try:
        reader = ClipReader(path, contract)
        if not 3 <= reader.count <= MOST_FRAMES:
            return None
        numbers, decoded = reader.take(lambda: tuple(range(reader.count)), frame_pixels(reader.count))
    except ClipError:
        return None
    height, width = (side // 2 * 2 for side in decoded.frames[numbers[0]].shape[:2])
    frames = np.stack([decoded.frames[number][:height, :width, ::-1] for number in numbers])
    return to_ordinary(frames, decoded.colour), (reader.count - 1) / float(reader.times[-1] - reader.times[0])


def _metrics(clips: list[Judged], none: int) -> CutMetrics:
    def share(values: list[bool]) -> float | None:
        return measure.rounded(measure.share(values), DIGITS)

    shown = [clip for clip in clips if clip.truth < none]
    others = [clip for clip in clips if clip.truth == none]
    first = [clip.probabilities is not None and int(clip.probabilities[:none].argmax()) == clip.truth for clip in shown]
    return CutMetrics(
        movements=len(shown),
        right=share([right and not clip.rejected for right, clip in zip(first, shown, strict=True)]),
        rejected=share([clip.rejected for clip in shown]),
        others=len(others),
        others_rejected=share([clip.rejected for clip in others]),
    )
