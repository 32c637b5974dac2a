"""A run of the network of depth: pictures of squats and a recipe in, a folder with averaged weights and a log out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from model.depth.network import LOGARITHMS
from model.staging.bottoms import Bottoms
from model.training.averaged import AveragedLearner, described_in, last_row, put_average, take_steps
from model.training.depth.network import build
from model.training.depth.recipe import DepthRecipe
from model.training.depth.varied import as_served, batches

HELD_OUT = 10
"""One in so many athletes is held out, the last ones."""


@dataclass(frozen=True)
class Figures:
    """What the averaged weights make of the athletes held out, as they are served.

    Attributes:
        step: optimiser steps that led to them.
        loss: mean training loss since the last row, nats.
        nll: the same of the athletes held out.
        error: median error of the depth, in thighs.
    """

    step: int
    loss: float
    nll: float
    error: float


@dataclass(frozen=True)
class TrainedDepth:
    """The result of a run: a model with the averaged weights, its recipe and what was measured last.

    Attributes:
        bottoms: what it was trained on, as the manifest says; None where none was named.
    """

    model: keras.Model
    recipe: DepthRecipe
    bottoms: dict[str, Any] | None
    step: int
    figures: Figures | None


def train_depth(
    run: Path,
    bottoms: Bottoms,
    recipe: DepthRecipe,
    *,
    identity: dict[str, Any] | None = None,
    resume: bool = False,
    evaluations: int = 10,
    checkpoint_seconds: float = 120.0,
    report: Callable[[Figures], None] = lambda figures: None,
) -> TrainedDepth:
    """Train on pictures of squats.

    Args:
        run: folder of the run; made, or continued with `resume`.
        bottoms: to learn from; the last athletes are held out.
        recipe: what decides the result.
        identity: of the pictures, as their manifest says.
        resume, evaluations, checkpoint_seconds, report: see `model.training.averaged.take_steps`.

    Raises:
        FileExistsError: the folder holds a run already and `resume` is not set.
        ValueError: the folder's run has another recipe or other pictures, or there are too few.
        Interrupted: SIGINT or SIGTERM has arrived, and the run is saved.
    """
    learned, judged = parted(bottoms)
    if not len(judged) or len(learned) < recipe.batch:
        raise ValueError(f"{len(bottoms)} pictures are too few for batches of {recipe.batch} and some held out")
    learner = AveragedLearner(recipe, partial(build, recipe), _loss)
    take_steps(
        run,
        learner,
        partial(batches, learned, recipe),
        lambda step, loss: Figures(step, loss, *judge(learner.average, judged)),
        described={"recipe": recipe.model_dump(mode="json"), "bottoms": identity, "count": len(bottoms)},
        resume=resume,
        evaluations=evaluations,
        checkpoint_seconds=checkpoint_seconds,
        report=report,
    )
    return load_depth(run)


def load_depth(run: Path) -> TrainedDepth:
    """The averaged weights of a run's last checkpoint; raises `FileNotFoundError` without one."""
    described = described_in(run)
    recipe = DepthRecipe.model_validate(described["recipe"])
    model = build(recipe)
    step = put_average(run, model)
    last = last_row(run)
    figures = None
    if last is not None:
        figures = Figures(int(last["step"]), *(float(last[name]) for name in ("loss", "nll", "error")))
    return TrainedDepth(model, recipe, described["bottoms"], step, figures)


def parted(bottoms: Bottoms) -> tuple[Bottoms, Bottoms]:
    """Those to learn from, and those of the athletes held out."""
    athletes = np.unique(bottoms.athlete)
    held = np.isin(bottoms.athlete, athletes[len(athletes) - len(athletes) // HELD_OUT :])
    return bottoms.take(~held), bottoms.take(held)


def judge(model: keras.Model, bottoms: Bottoms) -> tuple[float, float]:
    """Mean negative logarithm of the likelihood, nats, and median error in thighs."""
    outputs = tf.constant(model.predict(list(as_served(bottoms)), batch_size=64, verbose=0))
    errors = np.abs(outputs[:, 0].numpy() - bottoms.depth)
    return float(_unlikely(outputs, tf.constant(bottoms.depth))), float(np.median(errors))


def _loss(model: keras.Model, pictures: tf.Tensor, places: tf.Tensor, depth: tf.Tensor) -> tf.Tensor:
    return _unlikely(model([pictures, places], training=True), depth)


def _unlikely(outputs: tf.Tensor, depth: tf.Tensor) -> tf.Tensor:
    """Mean negative logarithm of the likelihood of depths [n] under Laplace distributions [n, 2]."""
    logarithm = tf.clip_by_value(outputs[:, 1], *LOGARITHMS)
    return tf.reduce_mean(tf.abs(outputs[:, 0] - depth) * tf.exp(-logarithm) + logarithm + float(np.log(2.0)))
