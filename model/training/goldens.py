"""Golden clips: a few small ones with the probabilities that every machine must reproduce."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model.bundle import Golden
from model.data.manifest import Manifest, Split
from model.predict import Predictor
from model.rendering.clip import render_video
from model.rendering.mp4 import write_mp4
from model.video import read_clip

LABELS = ("thruster", "ghd")
"""Two clips, one of a standing athlete and one of a lying one: they run at every start, so they are few and small."""

SIZE = (200, 360)
"""Width and height of a rendered golden clip, pixels."""

SEED = 4096
TRIES = 10
"""Seeds that are tried until the model recognises the clip."""


def rendered_goldens(predictor: Predictor, folder: Path) -> list[Golden]:
    """One clip per label, rendered into the folder: the first seed that the model recognises, else the last."""
    goldens = []
    width, height = SIZE
    for label in LABELS:
        for seed in range(SEED, SEED + TRIES):
            path = folder / f"{label}_{seed}.mp4"
            write_mp4(path, render_video((seed, 0), label, width=width, height=height).frames)
            golden = _golden(predictor, path)
            if _answer(predictor, golden) == label:
                break
        goldens.append(golden)
    return goldens


def own_goldens(predictor: Predictor, clips: Path | None) -> list[Golden]:
    """The smallest clip of each of two movements, of the test split if there is one; none without a folder."""
    if clips is None:
        return []
    repetitions = [r for r in Manifest.read(clips).repetitions if r.clip and (clips / r.clip).is_file()]
    chosen = [r for r in repetitions if r.split is Split.TEST] or repetitions
    files = sorted(((clips / str(r.clip), r.movement) for r in chosen), key=lambda file: file[0].stat().st_size)
    smallest: dict[str, Path] = {}
    for path, movement in files:
        smallest.setdefault(movement, path)
    return [_golden(predictor, path) for path in list(smallest.values())[: len(LABELS)]]


def _golden(predictor: Predictor, path: Path) -> Golden:
    probabilities = predictor.probabilities(read_clip(path, predictor.contract).tensor)
    return Golden(path, tuple(float(p) for p in probabilities))


def _answer(predictor: Predictor, golden: Golden) -> str:
    """The most probable label."""
    labels = predictor.contract.labels
    return labels[int(np.argmax(golden.probabilities[: len(labels)]))]
