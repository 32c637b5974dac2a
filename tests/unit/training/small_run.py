"""Rendered clips and a network small enough to train in a second.

Run as `python -m tests.unit.training.small_run RUN SHARD...`, it trains: for tests that kill a training.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from model.defaults import RUN_LOG
from model.rendering.dataset import FRAMES
from model.training.augmentation import Augmentation
from model.training.recipe import Recipe
from model.training.train import Pace, train

LABELS = ("red", "green", "blue")
SIDE, SIZE = 48, 32

GENTLE = Augmentation(
    colour=0.0,
    grey=0.0,
    swap=0.0,
    soft=0.0,
    occluders=0.0,
    logo=0.0,
    bars=0.0,
    dither=0.0,
    jpeg=0.0,
    blur=0.0,
    sharpen=0.0,
)
"""Framing, shake and noise: variation that leaves the colour of a clip to be recognised and is quickly traced."""


def write_shard(path: Path, clips: int, *, seed: int = 0, none: bool = True, labels: tuple[str, ...] = LABELS) -> Path:
    """A shard in the renderer's form: each movement a colour, *none* grey, every eighth of those nearly a movement."""
    rng = np.random.default_rng(seed)
    outputs = (*labels, "none") if none else labels
    jpegs: list[bytes] = []
    for i in range(clips):
        frames = rng.integers(30, 90, (FRAMES, SIDE, SIDE, 3), np.uint8)
        frames[..., i % 4 : i % 4 + 1] += 120  # an empty slice for the fourth
        jpegs += [tf.io.encode_jpeg(frame, quality=95).numpy() for frame in frames]
    shown = np.array([outputs[i % len(outputs)] for i in range(clips)])
    np.savez(
        path,
        blob=np.frombuffer(b"".join(jpegs), np.uint8),
        offsets=np.cumsum([0, *map(len, jpegs)]),
        labels=shown,
        kinds=shown,
        near=none & (np.arange(clips) % 32 == 3),
    )
    return path


def tiny_network(recipe: Recipe, outputs: int) -> keras.Model:
    """The mean colour, a normalisation with statistics, a hidden layer with dropout."""
    clip = keras.Input((recipe.frames, recipe.size, recipe.size, 3))
    x = keras.layers.GlobalAveragePooling3D()(clip)
    x = keras.layers.BatchNormalization(momentum=0.8)(x)
    x = keras.layers.Dense(16, activation="relu")(x)
    x = keras.layers.Dropout(0.2)(x)
    return keras.Model(clip, keras.layers.Dense(outputs)(x))


def tiny_recipe(steps: int = 12) -> Recipe:
    """A recipe that `tiny_network` learns by."""
    return Recipe(size=SIZE, steps=steps, batch=8, learning_rate=0.05, average=0.8, augmentation=GENTLE, seed=3)


CURVE = ("step", "clips", "loss", "top1", "rate", "held_out_loss", "held_out_top1")
"""All of a row but the time it took."""


def rows(folder: Path) -> list[dict[str, str]]:
    """The log of a run."""
    with (folder / RUN_LOG).open(newline="") as file:
        return list(csv.DictReader(file))


def curve(folder: Path) -> list[list[str]]:
    """The log of a run, but for the times."""
    return [[row[name] for name in CURVE] for row in rows(folder)]


if __name__ == "__main__":
    train(
        Path(sys.argv[1]),
        [Path(shard) for shard in sys.argv[2:]],
        tiny_recipe(steps=40),
        labels=LABELS,
        threads=1,
        network=tiny_network,
        pace=Pace(report_steps=4, evaluations=2, checkpoint_seconds=0.0),
    )
