"""A run of the network on landmarks: sequences and a recipe in, a folder with the averaged weights and a log out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from model.record import NetworkRecord
from model.sequences.dataset import Sequences
from model.training.averaged import AveragedLearner, described_in, last_row, put_average, take_steps
from model.training.body.network import build
from model.training.body.recipe import BodyRecipe

HELD_OUT = 1000
"""Most sequences that are held out, the last ones; never more than a tenth."""


@dataclass(frozen=True)
class Figures:
    """What the averaged weights make of the sequences held out.

    Attributes:
        step: optimiser steps that led to them.
        loss: mean training loss since the last row.
        right: share of instants with the right label.
        off: mean error of the turn, in turns, where there is a movement.
    """

    step: int
    loss: float
    right: float
    off: float


@dataclass(frozen=True)
class TrainedBody:
    """The result of a run: a model with the averaged weights, its recipe and what was measured last.

    Attributes:
        sequences: what it was trained on, as their manifest says; None where none was named.
    """

    model: keras.Model
    recipe: BodyRecipe
    sequences: dict[str, Any] | None
    step: int
    figures: Figures | None

    def record(self) -> NetworkRecord:
        """What a bundle says of it."""
        figures = self.figures
        return NetworkRecord(
            recipe=self.recipe.model_dump(mode="json"),
            sequences=self.sequences,
            step=self.step,
            instants_right=None if figures is None else round(figures.right, 4),
            turn_off=None if figures is None else round(figures.off, 4),
        )


def train_body(
    run: Path,
    sequences: Sequences,
    recipe: BodyRecipe,
    *,
    identity: dict[str, Any] | None = None,
    resume: bool = False,
    evaluations: int = 10,
    checkpoint_seconds: float = 120.0,
    report: Callable[[Figures], None] = lambda figures: None,
) -> TrainedBody:
    """Train on sequences.

    Args:
        run: folder of the run; made, or continued with `resume`.
        sequences: to learn from; the last are held out.
        recipe: what decides the result.
        identity: of the sequences, as their manifest says.
        resume: go on from the folder's checkpoint, if it has one.
        evaluations: how often the held-out sequences are judged.
        checkpoint_seconds: time between two checkpoints.
        report: told the figures of each evaluation.

    Raises:
        FileExistsError: the folder holds a run already and `resume` is not set.
        ValueError: the folder's run has another recipe or other sequences, or there are too few.
        Interrupted: SIGINT or SIGTERM has arrived, and the run is saved.
    """
    held = min(HELD_OUT, len(sequences) // 10)
    if held < 1 or len(sequences) - held < recipe.batch:
        raise ValueError(f"{len(sequences)} sequences are too few for batches of {recipe.batch} and some held out")
    learner = AveragedLearner(recipe, partial(build, recipe), partial(_loss, movements=recipe.movements))
    judged = sequences.take(slice(len(sequences) - held, None))
    take_steps(
        run,
        learner,
        partial(_batches, sequences, len(sequences) - held, recipe),
        lambda step, loss: Figures(step, loss, *judge(learner.average, judged)),
        described={"recipe": recipe.model_dump(mode="json"), "sequences": identity, "count": len(sequences)},
        resume=resume,
        evaluations=evaluations,
        checkpoint_seconds=checkpoint_seconds,
        report=report,
    )
    return load_body(run)


def load_body(run: Path) -> TrainedBody:
    """The averaged weights of a run's last checkpoint; raises `FileNotFoundError` without one."""
    described = described_in(run)
    recipe = BodyRecipe.model_validate(described["recipe"])
    model = build(recipe)
    step = put_average(run, model)
    last = last_row(run)
    figures = (
        None if last is None else Figures(int(last["step"]), *(float(last[name]) for name in ("loss", "right", "off")))
    )
    return TrainedBody(model, recipe, described["sequences"], step, figures)


def _loss(
    model: keras.Model, features: tf.Tensor, label: tf.Tensor, turn: tf.Tensor, counts: tf.Tensor, *, movements: int
) -> tf.Tensor:
    """Cross entropy of the label and, where there is a movement, the squared distance to the turn's direction.

    A sequence counts with the square root of its instants: a cut repetition is as much a film as a whole set is.
    `counts` is a factor for every instant.
    """
    outputs = model(features, training=True)
    there = tf.cast(label >= 0, tf.float32)
    moving = there * tf.cast(label < movements, tf.float32)
    weight = counts * there / tf.sqrt(tf.maximum(tf.reduce_sum(there, axis=1, keepdims=True), 1.0))
    named = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(label, 0), outputs[..., : movements + 1])
    angle = 2 * np.pi * turn
    direction = tf.stack([tf.sin(angle), tf.cos(angle)], axis=-1)
    off = tf.reduce_sum((outputs[..., movements + 1 :] - direction) ** 2, axis=-1)
    return tf.reduce_sum(weight * (named + moving * off)) / tf.reduce_sum(weight)


def judge(model: keras.Model, sequences: Sequences) -> tuple[float, float]:
    """Share of instants with the right label, and mean error of the turn, in turns, where there is a movement."""
    movements = model.output_shape[-1] - 3
    outputs = model.predict(sequences.features.astype(np.float32), batch_size=64, verbose=0)
    there, moving = sequences.label >= 0, (sequences.label >= 0) & (sequences.label < movements)
    right = outputs[..., : movements + 1].argmax(axis=-1) == sequences.label
    told = np.arctan2(outputs[..., movements + 1], outputs[..., movements + 2]) / (2 * np.pi)
    off = np.abs((told - sequences.turn + 0.5) % 1 - 0.5)
    return float(right[there].mean()), float(off[moving].mean()) if moving.any() else 0.0


def _batches(sequences: Sequences, count: int, recipe: BodyRecipe, first: int) -> Iterator[tuple[tf.Tensor, ...]]:
    """Batches of the first `count`, from step `first` on, every sequence once before any comes again.

    Each holds features, labels, turns, and what every instant counts.
    """
    a_round = count // recipe.batch
    step = first
    while True:
        order = np.random.default_rng((recipe.seed, step // a_round)).permutation(count)
        for number in range(step % a_round, a_round):
            some = sequences.take(np.sort(order[number * recipe.batch : (number + 1) * recipe.batch]))
            yield (
                tf.constant(some.features, tf.float32),
                tf.constant(some.label, tf.int32),
                tf.constant(some.turn, tf.float32),
                tf.constant(np.where(some.near, recipe.near_weight, 1.0), tf.float32),
            )
            step += 1
