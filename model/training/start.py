"""What a training begins with: the weights of a bundle, of another run, or of a backbone from Kinetics."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from model.bundle import MANIFEST, WEIGHTS, Bundle
from model.errors import ModelUnavailable
from model.training.network import movinet
from model.training.recipe import Recipe
from model.training.weights import Weights

BACKBONE_SUFFIX = ".weights.h5"


@dataclass(frozen=True)
class Start:
    """A trained network and what it was trained for.

    Attributes:
        name: for people.
        digest: sha256 of the weights' file, in hexadecimal.
        recipe: of its training; None for a backbone alone, whose variant the file does not say.
        labels: its movements in the order of its outputs.
        has_none: whether one more output stands for *none of these*.
        weights: arrays in the order of the network's weights; of a backbone alone, empty.
        path: the file.
    """

    name: str
    digest: str
    recipe: Recipe | None
    labels: tuple[str, ...]
    has_none: bool
    weights: tuple[np.ndarray, ...]
    path: Path

    @classmethod
    def read(cls, source: Path) -> Start:
        """From a bundle, from the weights file of one, or from a backbone's `.weights.h5` of `movements pretrained`.

        Raises:
            FileNotFoundError: there is no such thing.
            ValueError: it holds no weights to start from.
        """
        if source.name.endswith(BACKBONE_SUFFIX):
            if not source.is_file():
                raise FileNotFoundError(f"there are no weights at {source}; `movements pretrained` writes them")
            return cls(source.name, _digest(source), None, (), False, (), source)
        file = source
        if source.is_dir():
            if not (source / MANIFEST).is_file():
                raise ValueError(f"{source} is not a bundle; start from a bundle or from a {BACKBONE_SUFFIX} file")
            try:
                bundle = Bundle.load(source)
            except ModelUnavailable as error:
                raise ValueError(error.message) from error
            file = bundle.directory / WEIGHTS
        if not file.is_file():
            raise FileNotFoundError(f"{source} holds no weights to start from ({WEIGHTS})")
        weights = Weights.read(file)
        return cls(
            name=weights.name,
            digest=_digest(file),
            recipe=weights.recipe,
            labels=weights.labels,
            has_none=weights.has_none,
            weights=weights.arrays,
            path=file,
        )

    def give(self, model: keras.Model, recipe: Recipe, labels: tuple[str, ...], *, has_none: bool) -> None:
        """Copy to a new network what fits it: backbone, hidden layer, and the outputs of the labels that both have.

        Raises:
            ValueError: the networks are of different kinds.
        """
        if self.recipe is None:
            if recipe.channels != "rgb":
                raise ValueError(f"{self.name} was trained on colours; start from it with channels rgb")
            try:
                model.backbone.load_weights(self.path)
            except (ValueError, OSError) as error:
                raise ValueError(f"{self.name} does not fit {model.backbone.name}: {error}") from error
            return
        for name in ("variant", "stream", "channels"):
            ours, theirs = getattr(recipe, name), getattr(self.recipe, name)
            if ours != theirs:
                raise ValueError(f"{self.name} has {name} {theirs}, the new network {ours}: they must be the same")
        source = movinet(self.recipe, len(self.labels) + self.has_none)
        source.set_weights(list(self.weights))
        model.backbone.set_weights(source.backbone.get_weights())
        model.get_layer("dense").set_weights(source.get_layer("dense").get_weights())
        kernel, bias = model.get_layer("logits").get_weights()
        old_kernel, old_bias = source.get_layer("logits").get_weights()
        shared = [(labels.index(label), i) for i, label in enumerate(self.labels) if label in labels]
        if has_none and self.has_none:
            shared.append((len(labels), len(self.labels)))
        for new, old in shared:
            kernel[:, new], bias[new] = old_kernel[:, old], old_bias[old]
        model.get_layer("logits").set_weights([kernel, bias])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
