"""From a bundle of pictures and a run on landmarks to a bundle of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.body.stream import BodyWatcher
from model.bundle import BODY, Bundle
from model.contract import BodyStream, Contract, NoneOfThese
from model.evaluation.evaluate import shown_in
from model.joined import joined, parts, said, together
from model.predict import Predictor
from model.record import BodyRecord, JoinRecord
from model.sequences.course import CYCLES
from model.training.body.source import naming
from model.training.extended import extend, require_new
from model.video import ClipReader

WEIGHT = 0.5
"""Both streams count the same. Rendered films cannot tell what each is worth on film: they flatter the network on
pictures, which has learned from the renderer, and not those that find the body."""

BIASES = tuple(round(0.05 * step, 2) for step in range(-60, 61))
"""Biases of *none of these* that are tried."""


@dataclass(frozen=True)
class Looked:
    """What both streams say of a film, and what it shows.

    Attributes:
        truth: number of the movement, or of *none of these* behind them.
        pictures, body: of each part, the probabilities in each of its windows, float64 [windows, movements + 1].
    """

    truth: int
    pictures: tuple[np.ndarray, ...]
    body: tuple[np.ndarray, ...]


def join(source: Path, run: Path, films: Sequence[Path], out: Path, *, version: str) -> Contract:
    """Make a bundle of both streams.

    1. Export the network on landmarks.
    2. Look at rendered films that neither stream has learned from, and fit the bias of *none of these* to them.
    3. Copy the bundle, put the network beside its graph, write contract, record and card anew, and seal.

    Args:
        source: the bundle of pictures; it must know *none of these*.
        run: folder of `movements train-body`, or a bundle whose network on landmarks is taken as it is.
        films: named by what they show, as `movements videos` names them.
        out: the new bundle; new or empty.
        version: of it.

    Raises:
        FileExistsError: `out` holds something.
        FileNotFoundError: there is no network on landmarks in `run`.
        ModelUnavailable: the source is no sealed bundle, or the weights of BlazePose are missing.
        ValueError: a movement of the bundle has no cycle, there is no rule for *none of these*, or there are no films.
    """
    bundle = Bundle.load(source)
    contract = bundle.contract
    unknown = [label for label in contract.labels if label not in CYCLES]
    if unknown or contract.none_of_these is None:
        raise ValueError(f"the network on landmarks does not know {unknown or 'none of these'}")
    require_new(out)
    content, trained = naming(run)
    shares = tuple(round(CYCLES[label].share, 6) for label in contract.labels)

    even = BodyStream(weight=WEIGHT, shares=shares)
    stream, measured = fit(_look(bundle, BodyWatcher(content, even), even, films), even)
    both = Contract.model_validate({**contract.model_dump(), "body": stream, "version": version})
    body = BodyRecord(**trained.model_dump(), joined=measured)
    return extend(source, out, both, files={BODY: content}, record={"body": body})


def fit(looked: Sequence[Looked], even: BodyStream) -> tuple[BodyStream, JoinRecord]:
    """How both streams are joined, from what they say of films, and what that makes of the same films.

    `even` is how they are joined without a bias. The bias of *none of these* is the one under which what the films show
    is most probable, films of movements and others counting the same: how many there are of each says nothing about how
    many people send.

    Raises:
        ValueError: there are no films, or none of a movement.
    """
    none = len(even.shares)
    if not any(film.truth < none for film in looked):
        raise ValueError("there are no films of the movements to join the streams on")
    tried = [even.model_copy(update={"none_of_these": NoneOfThese(bias=bias)}) for bias in BIASES]
    stream = max(tried, key=lambda one: _likelihood(looked, one))
    answers = [(film.truth, _answer(film, stream)) for film in looked]
    rejected = [int(answer.argmax()) == none for truth, answer in answers if truth == none]
    record = JoinRecord(
        films=len(looked),
        right=round(float(np.mean([int(a.argmax()) == truth for truth, a in answers if truth < none])), 4),
        let_through=round(float(np.mean([int(a.argmax()) != none for truth, a in answers if truth < none])), 4),
        others_rejected=round(float(np.mean(rejected)), 4) if rejected else None,
    )
    return stream, record


def _likelihood(looked: Sequence[Looked], stream: BodyStream) -> float:
    """Mean logarithm of the probability of what films show, the mean of films of movements and of others."""
    none = len(stream.shares)
    logarithms = [(film.truth == none, math.log(_answer(film, stream)[film.truth])) for film in looked]
    kinds = [[value for other, value in logarithms if other is kind] for kind in (False, True)]
    return float(np.mean([np.mean(values) for values in kinds if values]))


def _answer(film: Looked, stream: BodyStream) -> np.ndarray:
    """What the part says that most surely shows a movement."""
    parts = [together(joined(*both, stream)) for both in zip(film.pictures, film.body, strict=True)]
    return min(parts, key=lambda part: float(part[-1]))


def _look(bundle: Bundle, watcher: BodyWatcher, stream: BodyStream, films: Sequence[Path]) -> list[Looked]:
    predictor = Predictor(bundle, threads=2, body=False)
    labels = bundle.contract.labels
    looked = []
    for path in films:
        reader = ClipReader(path, bundle.contract)
        view = watcher.watch(reader)
        pictures, body = [], []
        for part in parts(view, stream, float(reader.times[0]), float(reader.times[-1])):
            clips = [reader.clip(window.first, window.last) for window in part.windows]
            pictures.append(np.stack([predictor.probabilities(clip.tensor) for clip in clips]))
            body.append(np.stack([said(view, window, len(labels)) for window in part.windows]))
        shows = shown_in(path)
        truth = labels.index(shows) if shows in labels else len(labels)
        looked.append(Looked(truth, tuple(pictures), tuple(body)))
    return looked
