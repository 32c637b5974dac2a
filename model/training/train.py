"""The training run: recipe and clips in, a folder with the averaged weights and the whole history out.

    config.json        recipe, labels, data, what it began with, versions of the libraries
    checkpoint.npz     weights, their moving average, the optimiser's state, the step, the steps since the last row
    best.npz           the averaged weights that were best on the clips held out, where the recipe asks for them
    log.csv            what TensorBoard shows, readable without it
    tensorboard/       the same as scalars

A run that was stopped goes on from its last checkpoint: it sees the same clips in the same order and variation, and
writes the same rows, as one that was never stopped. SIGINT and SIGTERM let it finish its step and save itself. Where
there are several GPUs, each takes its part of every batch.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

from model.contract import MOVEMENTS
from model.evaluation import measure
from model.training import checkpoint
from model.training.dataset import Clips, held_out_batches, training_batches
from model.training.history import History
from model.training.interruption import Interrupted, StopAsked, Stopper
from model.training.learner import Learner, Network
from model.training.logits import Logits
from model.training.network import movinet
from model.training.recipe import Recipe
from model.training.run_config import Origin, RunConfig
from model.training.start import Start
from model.training.watcher import UNWATCHED, Watcher

CHECKPOINT = "checkpoint.npz"
BEST = "best.npz"

ROW = "row"
"""The group of a checkpoint with the steps that no row of the log holds yet."""

Batch = tuple[tf.Tensor, ...]

LABELS = tuple(movement.label for movement in MOVEMENTS)


@dataclass(frozen=True)
class Pace:
    """How often a run writes a row, evaluates on the held-out clips and saves itself. What is learned is the same.

    Attributes:
        report_steps: steps of a row.
        evaluations: how many there are in a run; each ends a row.
        checkpoint_seconds: time between two checkpoints.
    """

    report_steps: int = 25
    evaluations: int = 10
    checkpoint_seconds: float = 120.0

    def evaluates(self, step: int, steps: int) -> bool:
        """Whether a run of so many steps evaluates after this one."""
        return step == steps or step % max(1, steps // max(1, self.evaluations)) == 0

    def ends_row(self, step: int, steps: int) -> bool:
        """Whether a row of the log ends with this step."""
        return step % self.report_steps == 0 or self.evaluates(step, steps)


@dataclass(frozen=True)
class Trained:
    """The result of a run: the averaged weights in a model, and what they were made from.

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
    """Let TensorFlow use so many cores. Raises `RuntimeError` after its first operation."""
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
    watcher: Watcher = UNWATCHED,
) -> Trained:
    """Train on clips.

    Some are held out (`Clips.split`); their metrics are written to the log, and choose and stop where the recipe says
    so.

    Args:
        run: folder of the run; made, or continued with `resume`.
        data: files of rendered or recorded clips (`model.training.dataset.training_paths`).
        recipe: what decides the result.
        labels: the movements in the order of the outputs. One more output stands for *none of these*, if there are
            such clips.
        start: what to begin with; without it, weights drawn from the recipe's seed.
        resume: go on from the folder's checkpoint, if it has one.
        threads: clips prepared at once; see `limit_threads` for the cores of the network itself.
        network: builds the model.
        pace: how often to write a row and to save.
        watcher: told what happens.

    Raises:
        FileExistsError: the folder holds a run already and `resume` is not set.
        ValueError: the folder's run has another recipe, other labels, other clips or another start; or the start does
            not fit the recipe.
        Interrupted: SIGINT or SIGTERM has arrived, and the run is saved.
    """
    clips = Clips.load(data, labels)
    training, held_out = clips.split()
    if not len(training) or not len(held_out):
        raise ValueError(f"{len(training)} clips to train on and {len(held_out)} to validate on; both are needed")
    recipe = recipe.for_clips(len(training))
    config = RunConfig(
        recipe=recipe,
        labels=tuple(labels),
        has_none=bool((clips.labels == len(labels)).any()),
        clips=len(clips),
        files=tuple(path.name for path in data),
        start=Origin(name=start.name, sha256=start.digest) if start else None,
    )
    config.refuse_another(run, resume=resume)

    keras.utils.set_random_seed(recipe.seed)
    learner = Learner(recipe, len(labels) + config.has_none, network)
    groups: checkpoint.Groups = {}
    if resumed := resume and (run / CHECKPOINT).is_file():
        groups, step = checkpoint.read(run / CHECKPOINT)
        learner.restore(groups, step)
    elif start is not None:
        learner.begin(start, config.labels, has_none=config.has_none)
    config.open(run)
    history = History(run, learner.step, groups.get(ROW))
    watcher.begin(learner.step, recipe.steps, resumed=resumed)
    going = _Run(run, learner, history, pace, watcher)
    if not going.has_ended:
        batches = training_batches(
            training,
            size=recipe.size,
            batch=recipe.batch,
            seed=recipe.seed,
            augmentation=recipe.augmentation,
            near_weight=recipe.near_weight,
            first_step=learner.step,
            threads=threads,
        )
        judged = held_out_batches(held_out, size=recipe.size, threads=threads)
        going.go_on(iter(learner.distributed(batches)), judged)
    return load_trained(run, network=network)


class _Run:
    """A run between its first and its last step."""

    def __init__(self, folder: Path, learner: Learner, history: History, pace: Pace, watcher: Watcher) -> None:
        self.folder, self.learner, self.history = folder, learner, history
        self.pace, self.watcher = pace, watcher
        self._logits = Logits(learner.average)
        self._saved = time.monotonic()

    @property
    def has_ended(self) -> bool:
        """Whether its last step is taken and every row is written, or it has waited long enough for progress."""
        recipe = self.learner.recipe
        last = self.learner.step >= recipe.steps and not self.history.is_open
        return last or self.history.waited(recipe.patience)

    def go_on(self, batches: Iterator[Batch], held_out: tf.data.Dataset) -> None:
        """Learn until the run has ended, or until a signal asks for an end; in either case, leave a checkpoint.

        Raises:
            Interrupted: a signal has arrived.
        """
        learner, steps = self.learner, self.learner.recipe.steps
        with Stopper() as stopper:
            try:
                while True:
                    # First, since a signal may have come while the last step was evaluated.
                    self._close_row(_checked(held_out, stopper))
                    if self.has_ended:
                        break
                    if time.monotonic() - self._saved >= self.pace.checkpoint_seconds:
                        self._save()
                    stopper.check()
                    self.history.add(*learner.learn(*next(batches)))
                    self.watcher.advance(learner.step)
            except StopAsked as asked:
                self._save()
                raise Interrupted(asked.signal, self.folder, learner.step, steps) from asked
        self._save()

    def _close_row(self, held_out: Iterable[Batch]) -> None:
        """Write the row of the log that ends with the last step, if one does."""
        learner, recipe = self.learner, self.learner.recipe
        if not self.history.is_open or not self.pace.ends_row(learner.step, recipe.steps):
            return
        figures = _judge(self._logits, held_out) if self.pace.evaluates(learner.step, recipe.steps) else None
        row = self.history.close(learner.step, learner.step * recipe.batch, recipe.rate(learner.step - 1), figures)
        if recipe.choose == "best" and self.history.is_best(row):
            average = checkpoint.numbered(learner.average.weights)
            checkpoint.write(self.folder / BEST, {"average": average}, learner.step)
        self.watcher.row(row)

    def _save(self) -> None:
        groups = {**self.learner.groups(), ROW: self.history.open_row()}
        checkpoint.write(self.folder / CHECKPOINT, groups, self.learner.step)
        self._saved = time.monotonic()


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


def _judge(logits: Logits, batches: Iterable[Batch]) -> tuple[float, float]:
    """Mean negative logarithm of the true output's probability, and top-1."""
    answers, labels = logits(batches)
    return measure.loss_and_top1(answers, labels)


def _checked(batches: Iterable[Batch], stopper: Stopper) -> Iterator[Batch]:
    """The batches, until a signal arrives."""
    for batch in batches:
        stopper.check()
        yield batch
