"""Training clips to calibrate on: those that ranges are chosen by, and those held out for temperature and rule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.training.dataset import RECORD_SUFFIX, Clips, held_out_batches, training_paths

SHARDS = 40
"""Rendered shards that are read, 4000 clips; of records all are, since those that validate come last."""


def calibration_clips(folder: Path, labels: Sequence[str]) -> tuple[Clips, Clips]:
    """Clips of a folder of `movements render` or `movements data records` that were trained on, and clips held out.

    Raises:
        FileNotFoundError, ValueError: the folder holds no such clips, or too few to hold any out.
    """
    paths = training_paths(folder)
    if all(path.suffix != RECORD_SUFFIX for path in paths):
        paths = paths[:SHARDS]
    training, held_out = Clips.load(paths, labels).split()
    if not len(training) or not len(held_out):
        raise ValueError(f"{folder} holds too few clips to calibrate on: {len(training)}, and {len(held_out)} held out")
    return training, held_out


def frames_of(clips: Clips, count: int, size: int) -> np.ndarray:
    """At most `count` clips, evenly spread over all, as the model sees them: uint8 [clips, frames, size, size, 3]."""
    chosen = np.unique(np.linspace(0, len(clips) - 1, min(count, len(clips))).round().astype(int))
    batches = held_out_batches(clips.take(chosen), size=size, threads=1)
    return np.concatenate([frames.numpy() for frames, _ in batches])
