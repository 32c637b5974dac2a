"""The weights of a trained network, to train on from: what its bundle's flatbuffer does not have already.

The flatbuffer has the kernels, each multiplied by the factors of the normalisation that was folded into it
(`model.movinet.fold`). A file of weights has every other weight in float32, and where the kernels stand. A kernel is
divided by its factors again, which is exact to the last bits; channels for which it is not, because their factor is
next to nothing, are in the file.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import keras
import numpy as np
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from model.movinet.compact import flatbuffer_index
from model.movinet.fold import factor, fold, units
from model.parts.reference import Reference, taken
from model.parts.whole import weights_path
from model.training.checkpoint import write_arrays
from model.training.recipe import Recipe

ROUNDING = 2.0**-20
"""Largest error of a divided kernel, relative to the channel's largest number."""

_DESCRIPTION = "description"
_CHANNELS, _EXACT = ".channels", ".exact"


_Factor = tuple[str, str, str | None]
"""Names of a gamma, a variance, and a residual scale if there is one."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Kernel(_Strict):
    """Where a kernel stands in the flatbuffer.

    Attributes:
        shape: of the kernel.
        pieces: offset, shape and order of the `Reference`s whose bytes follow one another.
        factor: names of the gamma, variance and residual scale that were multiplied into it; None for nothing.
    """

    shape: list[int]
    pieces: list[tuple[int, list[int], list[int]]]
    factor: _Factor | None


class _Description(_Strict):
    name: str
    recipe: dict[str, JsonValue]
    labels: list[str]
    none: bool
    base_sha256: str
    kernels: dict[str, _Kernel]


@dataclass(frozen=True)
class Weights:
    """The weights of a network, and what it was trained for.

    Attributes:
        name: of the bundle, for people.
        recipe: of its training.
        labels: its movements in the order of its outputs.
        has_none: whether one more output stands for *none of these*.
        arrays: float32, in the order of the network's weights.
    """

    name: str
    recipe: Recipe
    labels: tuple[str, ...]
    has_none: bool
    arrays: tuple[np.ndarray, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of weights, with the flatbuffer of the bundle that it lies in.

        Raises:
            FileNotFoundError: there is no such file, or no flatbuffer.
            ValueError: it is no file of weights, or the flatbuffer is another one.
        """
        base = _flatbuffer(path).read_bytes()
        try:
            with np.load(path, allow_pickle=False) as archive:
                stored = {name: archive[name] for name in archive.files}
            description = _Description.model_validate_json(str(stored.pop(_DESCRIPTION)))
            if hashlib.sha256(base).hexdigest() != description.base_sha256:
                raise ValueError("it was written for another flatbuffer")
            arrays = _arrays(stored, description.kernels, base)
            recipe = Recipe.from_dict(description.recipe)
        except (KeyError, IndexError, TypeError, ValidationError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"{path} holds no weights, or an older version wrote them: make the bundle of that run again"
            ) from error
        except ValueError as error:
            raise ValueError(f"{path} cannot be read: {error}") from error
        return cls(description.name, recipe, tuple(description.labels), description.none, arrays)


def write_weights(
    path: Path, model: keras.Model, recipe: Recipe, labels: tuple[str, ...], *, name: str, has_none: bool
) -> None:
    """Write the weights of a network into its bundle.

    Args:
        path: `model.bundle.WEIGHTS` of a bundle that has the network's flatbuffer already.
        model: the network, not folded.
        recipe: of its training.
        labels: its movements in the order of its outputs.
        name: of the bundle, for people.
        has_none: whether one more output stands for *none of these*.
    """
    index = flatbuffer_index(_flatbuffer(path))
    names = {id(weight): f"{i:04d}" for i, weight in enumerate(model.weights)}
    arrays = {names[id(weight)]: np.asarray(weight) for weight in model.weights}
    folded: dict[str, np.ndarray] = {}
    factors: dict[str, _Factor] = {}
    for unit, target, scale in units(model, fold(model)):
        assert unit.norm is not None
        kernel, gamma, variance = (names[id(v)] for v in (unit.kernel, unit.norm.gamma, unit.norm.moving_variance))
        folded[kernel] = np.asarray(target.kernel)
        factors[kernel] = (gamma, variance, None if scale is None else names[id(scale)])
    kernels: dict[str, _Kernel] = {}
    stored: dict[str, np.ndarray] = {}
    for key, array in arrays.items():
        references = index.find(folded.get(key, array))
        if not references:
            stored[key] = array
            continue
        pieces = [(r.offset, list(r.shape), list(r.order)) for r in references]
        kernels[key] = _Kernel(shape=list(array.shape), pieces=pieces, factor=factors.get(key))
        inexact = _inexact(array, _divided(kernels[key], arrays, index.data))
        if inexact.size:
            stored |= {f"{key}{_CHANNELS}": inexact, f"{key}{_EXACT}": array[..., inexact]}
    description = _Description(
        name=name,
        recipe=recipe.to_dict(),
        labels=list(labels),
        none=has_none,
        base_sha256=hashlib.sha256(index.data).hexdigest(),
        kernels=kernels,
    )
    write_arrays(path, {**stored, _DESCRIPTION: np.array(description.model_dump_json())}, compressed=True)


def _flatbuffer(path: Path) -> Path:
    """The flatbuffer of the bundle that a file of weights lies in."""
    found = weights_path(path.absolute().parents[1])
    if not found.is_file():
        raise FileNotFoundError(f"{path} is not in a bundle: there is no flatbuffer beside it")
    return found


def _arrays(stored: dict[str, np.ndarray], kernels: dict[str, _Kernel], base: bytes) -> tuple[np.ndarray, ...]:
    """All weights in their order."""
    arrays = {key: array for key, array in stored.items() if not key.endswith((_CHANNELS, _EXACT))}
    for key, kernel in kernels.items():
        array = _divided(kernel, stored, base)
        if f"{key}{_CHANNELS}" in stored:
            array[..., stored[f"{key}{_CHANNELS}"]] = stored[f"{key}{_EXACT}"]
        arrays[key] = array
    return tuple(arrays[key] for key in sorted(arrays))


def _divided(kernel: _Kernel, arrays: dict[str, np.ndarray], base: bytes) -> np.ndarray:
    """A kernel as it was before folding, up to rounding; not finite where its factor is zero."""
    references = tuple(Reference(offset, tuple(shape), tuple(order)) for offset, shape, order in kernel.pieces)
    array = np.frombuffer(taken(references, base), "<f4").reshape(kernel.shape)
    if kernel.factor is None:
        return array.copy()
    gamma, variance, scale = kernel.factor
    by = factor(arrays[gamma], arrays[variance], 1.0 if scale is None else float(arrays[scale]))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return (array / by).astype(np.float32)


def _inexact(array: np.ndarray, divided: np.ndarray) -> np.ndarray:
    """The channels of a kernel that dividing did not bring back."""
    axes = tuple(range(array.ndim - 1))
    close = np.abs(array - divided).max(axis=axes) <= ROUNDING * np.abs(array).max(axis=axes)
    return np.flatnonzero(~close)
