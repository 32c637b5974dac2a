"""A run of the network on landmarks: sequences and a recipe in, a folder with the averaged weights and a log out.

    recipe.json        what decides the result, and the sequences' identity
    checkpoint.npz     weights, their moving average, the optimiser's state, the step
    log.csv            a row for each evaluation on the sequences held out

A run that was stopped goes on from its last checkpoint and sees the same sequences in the same order.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from model.record import NetworkRecord
from model.sequences.dataset import Sequences
from model.training import checkpoint
from model.training.body.network import build
from model.training.body.recipe import BodyRecipe
from model.training.interruption import Interrupted, StopAsked, Stopper

RECIPE, CHECKPOINT, LOG = "recipe.json", "checkpoint.npz", "log.csv"
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
    _open(run, {"recipe": recipe.model_dump(mode="json"), "sequences": identity, "count": len(sequences)}, resume)
    learner = BodyLearner(recipe)
    if resume and (run / CHECKPOINT).is_file():
        learner.restore(*checkpoint.read(run / CHECKPOINT))
    judged = sequences.take(slice(len(sequences) - held, None))
    batches = _batches(sequences, len(sequences) - held, recipe, learner.step)
    every = max(1, recipe.steps // evaluations)
    losses: list[float] = []
    saved = time.monotonic()
    with Stopper() as stopper:
        try:
            while learner.step < recipe.steps:
                stopper.check()
                losses.append(learner.learn(next(batches)))
                if learner.step % every == 0 or learner.step == recipe.steps:
                    figures = Figures(learner.step, float(np.mean(losses)), *judge(learner.average, judged))
                    losses.clear()
                    _append(run / LOG, figures)
                    report(figures)
                if time.monotonic() - saved >= checkpoint_seconds:
                    checkpoint.write(run / CHECKPOINT, learner.groups(), learner.step)
                    saved = time.monotonic()
        except StopAsked as asked:
            checkpoint.write(run / CHECKPOINT, learner.groups(), learner.step)
            raise Interrupted(asked.signal, run, learner.step, recipe.steps) from asked
    checkpoint.write(run / CHECKPOINT, learner.groups(), learner.step)
    return load_body(run)


def load_body(run: Path) -> TrainedBody:
    """The averaged weights of a run's last checkpoint; raises `FileNotFoundError` without one."""
    groups, step = checkpoint.read(run / CHECKPOINT)
    described = json.loads((run / RECIPE).read_text(encoding="utf-8"))
    recipe = BodyRecipe.model_validate(described["recipe"])
    model = build(recipe)
    checkpoint.assign(model.weights, groups["average"])
    figures = None
    if (run / LOG).is_file():
        with (run / LOG).open(encoding="utf-8", newline="") as file:
            *_, last = csv.DictReader(file)
        figures = Figures(int(last["step"]), *(float(last[name]) for name in ("loss", "right", "off")))
    return TrainedBody(model, recipe, described["sequences"], step, figures)


class BodyLearner:
    """Model, moving average and optimiser, and the one step that changes all three."""

    def __init__(self, recipe: BodyRecipe) -> None:
        keras.utils.set_random_seed(recipe.seed)
        self.recipe, self.step = recipe, 0
        self.model, self.average = build(recipe), build(recipe)
        self.average.set_weights(self.model.get_weights())
        self.optimizer = keras.optimizers.AdamW(recipe.learning_rate, weight_decay=recipe.weight_decay)
        trained = self.model.trainable_variables
        self.optimizer.exclude_from_weight_decay(var_list=[v for v in trained if len(v.shape) <= 1])
        self.optimizer.build(trained)
        self._update = tf.function(self._traced_update, autograph=False)

    def learn(self, some: Sequences) -> float:
        """One step on a batch; returns the loss."""
        loss = self._update(
            tf.constant(some.features, tf.float32),
            tf.constant(some.label, tf.int32),
            tf.constant(some.turn, tf.float32),
            tf.constant(np.where(some.near, self.recipe.near_weight, 1.0), tf.float32),
            tf.constant(self.recipe.rate(self.step), tf.float32),
            tf.constant(self.recipe.kept(self.step), tf.float32),
        )
        self.step += 1
        return float(loss)

    def groups(self) -> checkpoint.Groups:
        """What a checkpoint holds of it."""
        return checkpoint.groups_of(self)

    def restore(self, groups: checkpoint.Groups, step: int) -> None:
        """Go back to a checkpoint."""
        checkpoint.put_back(self, groups)
        self.step = step

    def _traced_update(
        self,
        features: tf.Tensor,
        label: tf.Tensor,
        turn: tf.Tensor,
        counts: tf.Tensor,
        rate: tf.Tensor,
        kept: tf.Tensor,
    ) -> tf.Tensor:
        self.optimizer.learning_rate.assign(rate)
        with tf.GradientTape() as tape:
            outputs = self.model(features, training=True)
            loss = _loss(outputs, label, turn, counts, self.recipe.movements)
        trained = self.model.trainable_variables
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, [v.value for v in trained]), self.recipe.clip_norm)
        self.optimizer.apply(gradients, trained)
        for averaged, weight in zip(self.average.weights, self.model.weights, strict=True):
            averaged.assign_sub((1 - kept) * (averaged.value - weight.value))
        return loss


def _loss(outputs: tf.Tensor, label: tf.Tensor, turn: tf.Tensor, counts: tf.Tensor, movements: int) -> tf.Tensor:
    """Cross entropy of the label and, where there is a movement, the squared distance to the turn's direction.

    A sequence counts with the square root of its instants: a cut repetition is as much a film as a whole set is.
    `counts` is a factor for every instant.
    """
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


def _batches(sequences: Sequences, count: int, recipe: BodyRecipe, first: int) -> Iterator[Sequences]:
    """Batches of the first `count`, from step `first` on, every sequence once before any comes again."""
    a_round = count // recipe.batch
    step = first
    while True:
        order = np.random.default_rng((recipe.seed, step // a_round)).permutation(count)
        for number in range(step % a_round, a_round):
            yield sequences.take(np.sort(order[number * recipe.batch : (number + 1) * recipe.batch]))
            step += 1


def _open(run: Path, described: dict[str, Any], resume: bool) -> None:
    run.mkdir(parents=True, exist_ok=True)
    path = run / RECIPE
    if path.is_file():
        if not resume:
            raise FileExistsError(f"{run} holds a run already; go on with --resume or choose another folder")
        if json.loads(path.read_text(encoding="utf-8")) != described:
            raise ValueError(f"{run} holds a run with another recipe or other sequences")
    path.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")


def _append(path: Path, figures: Figures) -> None:
    row = asdict(figures)
    rows: list[dict[str, Any]] = []
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            rows = [old for old in csv.DictReader(file) if int(old["step"]) < figures.step]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerows([*rows, row])
