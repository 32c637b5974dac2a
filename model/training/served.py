"""What the streams of a finished bundle are worth, each alone and both together, as rows of a comparison of recipes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from model.answers.ablation import Row, Score
from model.contract import BodyStream, Crop, NoneOfThese
from model.evaluation import measure
from model.evaluation.clip_set import videos_in
from model.evaluation.evaluate import shown_in
from model.joined import look
from model.predict import Predictor
from model.video import ClipReader

DIGITS = 4
"""Decimals of a score."""

Answer = Callable[[Path], np.ndarray]
"""Probabilities float64 [movements + 1] of a video, the last for *none of these*."""


def served_rows(bundle: Path, folders: Sequence[Path]) -> list[Row]:
    """Pictures alone, landmarks alone, and both, on folders of videos; *rejected* is what the bundle's rules reject.

    Landmarks alone are BlazePose's and the network on them, which is how Chen (2022) reads exercises.

    Raises:
        FileNotFoundError: a folder holds no video.
        ModelUnavailable: this is no bundle.
        ValueError: the bundle has no second stream, or BlazePose's weights are missing.
    """
    predictor = Predictor.load(bundle, threads=1)
    if predictor.watcher is None or predictor.contract.body is None:
        raise ValueError(f"{bundle} has no second stream, or BlazePose's weights are missing: run `make pose`")
    both = predictor.contract.body
    rule = predictor.contract.none_of_these or both.none_of_these
    ways: dict[str, tuple[Answer, NoneOfThese]] = {
        "pictures": (_by_pictures(predictor), rule),
        "landmarks": (_by_streams(predictor, both.model_copy(update={"weight": 1.0})), both.none_of_these),
        "both": (_by_streams(predictor, both), both.none_of_these),
    }
    name = f"as bundle {predictor.contract.version} serves it"
    return [_row(f"{way}, {name}", predictor, folders, *how) for way, how in ways.items()]


def _by_pictures(predictor: Predictor) -> Answer:
    def answer(path: Path) -> np.ndarray:
        return predictor.probabilities(ClipReader(path, predictor.contract).clip().tensor)

    return answer


def _by_streams(predictor: Predictor, contract: BodyStream) -> Answer:
    watcher = predictor.watcher
    assert watcher is not None

    def answer(path: Path) -> np.ndarray:
        reader = ClipReader(path, predictor.contract)
        body = watcher.watch(reader)
        return look(reader, body, contract, lambda clip: predictor.probabilities(clip.tensor))[0].probabilities

    return answer


def _row(name: str, predictor: Predictor, folders: Sequence[Path], answer: Answer, rule: NoneOfThese) -> Row:
    milliseconds: list[float] = []
    videos = {}
    for folder in folders:
        paths = videos_in(folder)
        rows = []
        for path in paths:
            start = time.process_time()
            rows.append(answer(path))
            milliseconds.append(1000 * (time.process_time() - start))
        probabilities, labels = np.stack(rows), predictor.contract.labels
        shown = [shown_in(path) for path in paths]
        truth = np.array([labels.index(one) if one in labels else len(labels) for one in shown])
        videos[folder.name] = {Crop.ATHLETE.value: _score(probabilities, truth, rule)}
    return Row(name=name, milliseconds=round(statistics.median(milliseconds), 1), videos=videos)


def _score(probabilities: np.ndarray, truth: np.ndarray, rule: NoneOfThese) -> Score:
    moving = truth < probabilities.shape[1] - 1
    named = probabilities[moving, :-1]
    named = named / named.sum(axis=1, keepdims=True)
    rejected = [rule.rejects(float(row[-1]), float(row[:-1].max())) for row in probabilities[~moving]]
    return Score(
        movements=int(moving.sum()),
        top1=measure.rounded(measure.top_k(measure.ranks(named, truth[moving]), 1), DIGITS),
        loss=measure.rounded(measure.negative_log_likelihood(named, truth[moving]), DIGITS),
        others=int((~moving).sum()),
        rejected=measure.rounded(measure.share(rejected), DIGITS),
    )
