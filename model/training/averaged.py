"""Runs of small networks: steps of AdamW whose weights are averaged, in a folder that an interrupted run goes on from.

    recipe.json        what decides the result, and what it was trained on
    checkpoint.npz     weights, their moving average, the optimiser's state, the step
    log.csv            a row for each evaluation on what was held out

A run that was stopped goes on from its last checkpoint and sees the same data in the same order.
"""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf
from pydantic import BaseModel, ConfigDict, Field

from model.training import checkpoint
from model.training.interruption import Interrupted, StopAsked, Stopper

RECIPE, CHECKPOINT, LOG = "recipe.json", "checkpoint.npz", "log.csv"


class AveragedRecipe(BaseModel):
    """How a small network is trained.

    Attributes:
        steps, batch: optimiser steps, and examples in each.
        learning_rate: at its peak, after `warmup` steps; from there it falls along a cosine to 0.
        weight_decay, clip_norm: of AdamW (Loshchilov and Hutter 2019), and of the whole gradient.
        keep: share of the moving average of the weights that a step keeps.
        seed: of the weights and of the order of what is learned from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(8000, ge=1)
    batch: int = Field(32, ge=1)
    learning_rate: float = Field(2e-3, gt=0)
    warmup: int = Field(200, ge=1)
    weight_decay: float = Field(0.02, ge=0)
    clip_norm: float = Field(5.0, gt=0)
    keep: float = Field(0.998, ge=0, lt=1)
    seed: int = 0

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        warm = min(1.0, (step + 1) / self.warmup)
        return self.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * min(1.0, step / self.steps)))

    def kept(self, step: int) -> float:
        """What the average keeps at a step: less in the beginning, so that the first weights are soon forgotten."""
        return min(self.keep, (1 + step) / (10 + step))


class Figures(Protocol):
    """What the averaged weights make of what was held out: a dataclass, a row of the log."""

    @property
    def step(self) -> int:
        """Optimiser steps that led to them."""
        ...


class AveragedLearner:
    """Model, moving average and optimiser, and the one step that changes all three.

    Args:
        recipe: how it is trained.
        build: makes the network, the same each time but for its weights.
        loss: from the network and what it learns from to the loss of a batch.
    """

    def __init__(
        self, recipe: AveragedRecipe, build: Callable[[], keras.Model], loss: Callable[..., tf.Tensor]
    ) -> None:
        keras.utils.set_random_seed(recipe.seed)
        self.recipe, self.step = recipe, 0
        self.model, self.average = build(), build()
        self.average.set_weights(self.model.get_weights())
        self.optimizer = keras.optimizers.AdamW(recipe.learning_rate, weight_decay=recipe.weight_decay)
        trained = self.model.trainable_variables
        self.optimizer.exclude_from_weight_decay(var_list=[v for v in trained if len(v.shape) <= 1])
        self.optimizer.build(trained)
        self._loss = loss
        self._update = tf.function(self._traced_update, autograph=False)

    def learn(self, *batch: tf.Tensor) -> float:
        """One step on a batch, as the loss takes it; returns the loss."""
        rate, kept = (tf.constant(one(self.step), tf.float32) for one in (self.recipe.rate, self.recipe.kept))
        loss = self._update(batch, rate, kept)
        self.step += 1
        return float(loss)

    def groups(self) -> checkpoint.Groups:
        """What a checkpoint holds of it."""
        return checkpoint.groups_of(self)

    def restore(self, groups: checkpoint.Groups, step: int) -> None:
        """Go back to a checkpoint."""
        checkpoint.put_back(self, groups)
        self.step = step

    def _traced_update(self, batch: tuple[tf.Tensor, ...], rate: tf.Tensor, kept: tf.Tensor) -> tf.Tensor:
        self.optimizer.learning_rate.assign(rate)
        with tf.GradientTape() as tape:
            loss = self._loss(self.model, *batch)
        trained = self.model.trainable_variables
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, [v.value for v in trained]), self.recipe.clip_norm)
        self.optimizer.apply(gradients, trained)
        for averaged, weight in zip(self.average.weights, self.model.weights, strict=True):
            averaged.assign_sub((1 - kept) * (averaged.value - weight.value))
        return loss


def take_steps(
    run: Path,
    learner: AveragedLearner,
    batches: Callable[[int], Iterator[tuple[tf.Tensor, ...]]],
    judge: Callable[[int, float], Figures],
    *,
    described: dict[str, Any],
    resume: bool,
    evaluations: int,
    checkpoint_seconds: float,
    report: Callable[[Any], None],
) -> None:
    """Take the steps of a run that are left.

    Args:
        run: folder of the run; made, or continued with `resume`.
        learner: new.
        batches: what is learned from, from some step on.
        judge: from a step and the mean loss since the last row to the row of the log.
        described: what decides the result; a folder that holds a run of something else is refused.
        resume: go on from the folder's checkpoint, if it has one.
        evaluations: how often it is judged.
        checkpoint_seconds: time between two checkpoints.
        report: told each row.

    Raises:
        FileExistsError: the folder holds a run already and `resume` is not set.
        ValueError: the folder's run is described otherwise.
        Interrupted: SIGINT or SIGTERM has arrived, and the run is saved.
    """
    recipe = learner.recipe
    _open(run, described, resume)
    if resume and (run / CHECKPOINT).is_file():
        learner.restore(*checkpoint.read(run / CHECKPOINT))
    given = batches(learner.step)
    every = max(1, recipe.steps // evaluations)
    losses: list[float] = []
    saved = time.monotonic()
    with Stopper() as stopper:
        try:
            while learner.step < recipe.steps:
                stopper.check()
                losses.append(learner.learn(*next(given)))
                if learner.step % every == 0 or learner.step == recipe.steps:
                    figures = judge(learner.step, float(np.mean(losses)))
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


def described_in(run: Path) -> dict[str, Any]:
    """What decided a run; raises `FileNotFoundError` without one."""
    described: dict[str, Any] = json.loads((run / RECIPE).read_text(encoding="utf-8"))
    return described


def put_average(run: Path, model: keras.Model) -> int:
    """Give a network the averaged weights of a run's last checkpoint; the step that led to them.

    Raises `FileNotFoundError` without one.
    """
    groups, step = checkpoint.read(run / CHECKPOINT)
    checkpoint.assign(model.weights, groups["average"])
    return step


def last_row(run: Path) -> dict[str, str] | None:
    """The last row of a run's log, if there is one."""
    if not (run / LOG).is_file():
        return None
    with (run / LOG).open(encoding="utf-8", newline="") as file:
        *_, last = csv.DictReader(file)
    return last


def _open(run: Path, described: dict[str, Any], resume: bool) -> None:
    run.mkdir(parents=True, exist_ok=True)
    path = run / RECIPE
    if path.is_file():
        if not resume:
            raise FileExistsError(f"{run} holds a run already; go on with --resume or choose another folder")
        if json.loads(path.read_text(encoding="utf-8")) != described:
            raise ValueError(f"{run} holds a run with another recipe or other data")
    path.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")


def _append(path: Path, figures: Any) -> None:
    row = asdict(figures)
    rows: list[dict[str, Any]] = []
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            rows = [old for old in csv.DictReader(file) if int(old["step"]) < figures.step]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerows([*rows, row])
