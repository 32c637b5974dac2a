"""What the streams of a finished bundle are worth, each alone and both together, as rows of a comparison of recipes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from model.answers.ablation import Row
from model.body.stream import rate_for
from model.contract import Crop
from model.evaluation.clip_set import videos_in
from model.evaluation.evaluate import shown_in
from model.joined import look, shows_none
from model.predict import Predictor
from model.training.score import score
from model.video import ClipReader

Answer = Callable[[Path], tuple[np.ndarray, bool]]
"""Of a video: probabilities float64 [movements], and whether it is rejected."""


def served_rows(bundle: Path, folders: Sequence[Path]) -> list[Row]:
    """Pictures alone, landmarks alone, and both, on folders of videos; *rejected* is what the bundle's rules reject.

    Landmarks alone are BlazePose's and the network on them, which is how Chen (2022) reads exercises.

    Raises:
        FileNotFoundError: a folder holds no video.
        ModelUnavailable: this is no bundle.
        ValueError: the bundle has no second stream, or BlazePose's weights are missing.
    """
    predictor = Predictor.load(bundle, threads=1)
    if predictor.watcher is None:
        raise ValueError(f"{bundle} has no second stream, or BlazePose's weights are missing: run `make pose`")
    ways = {
        "pictures": _served(predictor, body=False),
        "landmarks": _by_landmarks(predictor),
        "both": _served(predictor),
    }
    name = f"as bundle {predictor.contract.version} serves it"
    return [_row(f"{way}, {name}", predictor.contract.labels, folders, answer) for way, answer in ways.items()]


def _served(predictor: Predictor, *, body: bool = True) -> Answer:
    labels = predictor.contract.labels

    def answer(path: Path) -> tuple[np.ndarray, bool]:
        prediction = predictor.predict(path, top_k=len(labels), body=body)
        found = dict(prediction.rows)
        return np.array([found[label] for label in labels]), prediction.shows_none

    return answer


def _by_landmarks(predictor: Predictor) -> Answer:
    watcher, both = predictor.watcher, predictor.contract.body
    assert watcher is not None and both is not None
    alone = both.model_copy(update={"weight": 1.0})
    nothing = np.full(predictor.contract.outputs, 1 / predictor.contract.outputs)

    def answer(path: Path) -> tuple[np.ndarray, bool]:
        reader = ClipReader(path, predictor.contract)
        reader.prepare(predictor.contract.frames, rate_for(reader.seconds))
        verdict = look(reader, watcher.watch(reader), alone, lambda clip: nothing)[0]
        return verdict.probabilities[:-1], shows_none(verdict, alone.none_of_these)

    return answer


def _row(name: str, labels: Sequence[str], folders: Sequence[Path], answer: Answer) -> Row:
    milliseconds: list[float] = []
    videos = {}
    for folder in folders:
        named, shown, rejected = [], [], []
        for path in videos_in(folder):
            start = time.process_time()
            probabilities, is_rejected = answer(path)
            milliseconds.append(1000 * (time.process_time() - start))
            if (shows := shown_in(path)) in labels:
                named.append(probabilities / probabilities.sum())
                shown.append(labels.index(shows))
            else:
                rejected.append(is_rejected)
        of_movements = np.array(named).reshape(-1, len(labels))
        videos[folder.name] = {Crop.ATHLETE.value: score(of_movements, np.array(shown, int), rejected)}
    return Row(name=name, milliseconds=round(statistics.median(milliseconds), 1), videos=videos)
