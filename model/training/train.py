"""The training run: recipe and clips in, a folder with the averaged weights and the whole history out.

    config.json        recipe, labels, data, what it began with, versions of the libraries
    checkpoint.npz     weights, their moving average, the optimiser's state, the step
    best.npz           the averaged weights that were best on the clips held out, where the recipe asks for them
    log.csv            one row per report: what TensorBoard shows, readable without it
    tensorboard/       the same as scalars

A killed run goes on from its last checkpoint and sees the same clips in the same order and variation as one that
was never stopped. Where there are several GPUs, each takes its part of every batch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from model.contract import MOVEMENTS
from model.training import checkpoint
from model.training.dataset import Clips, held_out_batches, training_batches
from model.training.history import History, Row
from model.training.learner import Learner, Network
from model.training.logits import logits_of
from model.training.network import movinet
from model.training.recipe import Recipe
from model.training.run_config import Origin, RunConfig
from model.training.start import Start

CHECKPOINT = "checkpoint.npz"
BEST = "best.npz"

LABELS = tuple(movement.label for movement in MOVEMENTS)


@dataclass(frozen=True)
class Pace:
    """How often a run reports, looks at the held-out clips and saves itself; decides nothing of what is learned."""

    report_steps: int = 25
    evaluations: int = 10
    checkpoint_seconds: float = 120.0


@dataclass(frozen=True)
class Trained:
    """What a run has come to: the averaged weights in a model, and what they were made from.

    Attributes:
        model: with the averaged weights, of the last step or of the best.
        step: optimiser steps that led to these weights.
        config: of the run: recipe, labels, data.
    """

    model: keras.Model
    step: int
    config: RunConfig

    @property
    def recipe(self) -> Recipe:
        """The run's recipe, with its steps."""
        return self.config.recipe

    @property
    def labels(self) -> tuple[str, ...]:
        """The movements in the order of the outputs."""
        return self.config.labels

    @property
    def has_none(self) -> bool:
        """Whether one more output stands for *none of these*: there were clips of that kind."""
        return self.config.has_none


def limit_threads(threads: int) -> None:
    """Keep TensorFlow to so many cores; must come before its first operation, else it raises `RuntimeError`."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def train(
    run: Path,
    data: Sequence[Path],
    recipe: Recipe,
    *,
    labels: Sequence[str] = LABELS,
    start: Start | None = None,
    resume: bool = False,
    threads: int = 2,
    network: Network = movinet,
    pace: Pace = Pace(),
    report: Callable[[Row], None] | None = None,
    stop_after: int | None = None,
) -> Trained:
    """Train on clips.

    Some are held out (`Clips.split`); their figures are reported, and choose and stop where the recipe says so.

    Args:
        run: folder of the run; made, or continued with `resume`.
        data: files of rendered or recorded clips (`model.training.dataset.training_paths`).
        recipe: what decides the result.
        labels: the movements in the order of the outputs. One more output stands for *none of these*, if there are
            such clips.
        start: what to begin with; without it, weights drawn by chance.
        resume: go on from the folder's checkpoint, if it has one.
        threads: clips prepared at once; see `limit_threads` for the cores of the network itself.
        network: builds the model.
        pace: how often to report and to save.
        report: called with every row of the log.
        stop_after: end here, with a checkpoint, before the recipe's last step; the schedule stays the recipe's.

    Raises:
        FileExistsError: the folder holds a run already and `resume` is not set.
        ValueError: the folder's run has another recipe, other labels, other clips or another start; or the start does
            not fit the recipe.
    """
    clips = Clips.load(data, labels)
    taught, held_out = clips.split()
    if not len(taught) or not len(held_out):
        raise ValueError(f"{len(taught)} clips to train on and {len(held_out)} to validate on: both are needed")
    recipe = recipe.for_clips(len(taught))
    has_none = bool((clips.labels == len(labels)).any())
    config = RunConfig(
        recipe=recipe,
        labels=tuple(labels),
        has_none=has_none,
        clips=len(clips),
        files=tuple(path.name for path in data),
        start=Origin(name=start.name, sha256=start.digest) if start else None,
    )
    config.refuse_another(run, resume=resume)

    keras.utils.set_random_seed(recipe.seed)
    learner = Learner(recipe, len(labels) + has_none, network)
    if resume and (run / CHECKPOINT).is_file():
        learner.restore(run / CHECKPOINT)
    elif start is not None:
        learner.begin(start, tuple(labels), has_none=has_none)
    config.open(run)
    history = History(run, learner.step)
    batches = iter(
        learner.distributed(
            training_batches(
                taught,
                size=recipe.size,
                batch=recipe.batch,
                seed=recipe.seed,
                augmentation=recipe.augmentation,
                near_weight=recipe.near_weight,
                first_step=learner.step,
                threads=threads,
            )
        )
    )
    judged = held_out_batches(held_out, size=recipe.size, threads=threads)
    evaluation_steps = max(1, recipe.steps // max(1, pace.evaluations))
    last = min(recipe.steps, stop_after or recipe.steps)
    saved = time.monotonic()
    ended = learner.step >= last or history.waited(recipe.patience)
    while not ended:
        loss, correct = learner.learn(*next(batches))
        history.add(loss, correct)
        ended = learner.step == last
        judging = learner.step % evaluation_steps == 0 or learner.step == recipe.steps
        if not (judging or ended or learner.step % pace.report_steps == 0):
            continue
        figures = _judge(learner.average, judged) if judging else None
        row = history.close(learner.step, learner.step * recipe.batch, recipe.rate(learner.step - 1), figures)
        if report is not None:
            report(row)
        if recipe.choose == "best" and history.is_best(row):
            checkpoint.write(run / BEST, {"average": checkpoint.numbered(learner.average.weights)}, learner.step)
        ended = ended or history.waited(recipe.patience)
        # Only where a row ends, so that the rows of a resumed run are those of one that was never stopped.
        if ended or time.monotonic() - saved >= pace.checkpoint_seconds:
            learner.save(run / CHECKPOINT)
            saved = time.monotonic()
    return load_trained(run, network=network)


def load_trained(run: Path, *, network: Network = movinet) -> Trained:
    """The averaged weights of a run: of its last checkpoint, or the best ones where its recipe asks for them.

    Raises:
        FileNotFoundError: the run has no checkpoint.
    """
    config = RunConfig.read(run)
    recipe = config.recipe
    best = recipe.choose == "best" and (run / BEST).is_file()
    groups, step = checkpoint.read(run / (BEST if best else CHECKPOINT))
    model = network(recipe, len(config.labels) + config.has_none)
    checkpoint.assign(model.weights, groups["average"])
    return Trained(model, step, config)


def _judge(model: keras.Model, batches: tf.data.Dataset) -> tuple[float, float]:
    """Mean negative logarithm of the true output's probability, and top-1."""
    logits, labels = logits_of(model, batches)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    return float(tf.reduce_mean(losses)), float(np.mean(logits.argmax(axis=1) == labels))
