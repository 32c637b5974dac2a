"""Checkpoints of a training run: every variable by its name, in one file that is never half written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np

Groups = dict[str, dict[str, np.ndarray]]
"""Arrays by group and name."""


class Learning(Protocol):
    """A model in training, the moving average of its weights, and its optimiser."""

    model: keras.Model
    average: keras.Model
    optimizer: keras.optimizers.Optimizer


def write(path: Path, groups: Mapping[str, Mapping[str, np.ndarray]], step: int) -> None:
    """Write arrays by group and name, and the number of steps taken; an older file is replaced at once.

    Args:
        path: the file, `.npz`.
        groups: for example `{"weights": {...}, "average": {...}, "optimizer": {...}}`.
        step: optimiser steps that led here.
    """
    arrays = {f"{group}:{name}": array for group, named in groups.items() for name, array in named.items()}
    write_arrays(path, {**arrays, "step": np.array(step, np.int64)})


def write_arrays(path: Path, arrays: Mapping[str, Any], *, compressed: bool = False) -> None:
    """Write arrays by name to an `.npz`; an older file is replaced at once."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        (np.savez_compressed if compressed else np.savez)(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read(path: Path) -> tuple[Groups, int]:
    """The groups and the step that `write` wrote."""
    groups: Groups = {}
    with np.load(path, allow_pickle=False) as archive:
        for key in archive.files:
            if key != "step":
                group, name = key.split(":", 1)
                groups.setdefault(group, {})[name] = archive[key]
        return groups, int(archive["step"])


def groups_of(learner: Learning) -> Groups:
    """What a checkpoint holds of a model in training."""
    return {
        "model": numbered(learner.model.variables),  # the states of dropout's generators included
        "average": numbered(learner.average.weights),
        "optimizer": numbered(learner.optimizer.variables),
    }


def put_back(learner: Learning, groups: Groups) -> None:
    """Go back to what `groups_of` gave."""
    assign(learner.model.variables, groups["model"])
    assign(learner.average.weights, groups["average"])
    assign(learner.optimizer.variables, groups["optimizer"])


def numbered(variables: Sequence[keras.Variable]) -> dict[str, np.ndarray]:
    """Values by position: the paths of Keras' variables change with the number of models built before."""
    return {f"{index:04d}": np.asarray(variable) for index, variable in enumerate(variables)}


def assign(variables: Sequence[keras.Variable], values: dict[str, np.ndarray]) -> None:
    """Give variables the values that `numbered` took.

    Raises:
        ValueError: there are more or fewer of them, or one has another shape.
    """
    if len(variables) != len(values):
        raise ValueError(f"the checkpoint holds {len(values)} variables, the model has {len(variables)}")
    for variable, name in zip(variables, sorted(values), strict=True):
        variable.assign(values[name])  # refuses another shape
