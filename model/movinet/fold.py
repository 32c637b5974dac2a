"""Batch normalisation folded into the convolutions before it: the form of a classifier for export.

A trained normalisation is a factor and an offset per channel. Folded into kernel and bias it costs nothing, on every
engine: converters do it themselves for a single convolution, but not for a sum of shifted ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from model.movinet.backbone import BottleneckBlock
from model.movinet.batch_norm import EPSILON
from model.movinet.classifier import Classifier
from model.movinet.layers import Unit
from model.movinet.stream import StreamBlock, StreamClassifier

AnyClassifier = TypeVar("AnyClassifier", Classifier, StreamClassifier)


def fold(model: AnyClassifier) -> AnyClassifier:
    """The same function as `model` in inference, up to rounding, without normalisation and residual scales.

    Args:
        model: a classifier with normalisation; it is left as it is.

    Raises:
        ValueError: the classifier is folded already.
    """
    backbone = model.backbone
    if backbone.options.folded:
        raise ValueError(f"{model.name} is folded already")
    folded = model.with_backbone(backbone.with_options(replace(backbone.options, folded=True)))
    for source, target, scale in units(model, folded):
        _fold_unit(source, target, 1.0 if scale is None else float(scale.numpy()))
    for source, target in zip(model.backbone.layers, folded.backbone.layers, strict=True):
        if isinstance(source, BottleneckBlock):
            target.squeeze_excite.set_weights(source.squeeze_excite.get_weights())
    for name in ("dense", "logits"):
        folded.get_layer(name).set_weights(model.get_layer(name).get_weights())
    return folded


def units(model: AnyClassifier, folded: AnyClassifier) -> Iterator[tuple[Unit, Unit, Any]]:
    """Every unit of a classifier, the same unit folded, and the variable that scales it as a residual, or None."""
    for source, target in zip(model.backbone.layers, folded.backbone.layers, strict=True):
        if isinstance(source, Unit):
            yield source, target, None
        elif isinstance(source, BottleneckBlock):
            yield from _units_of_block(source, target)


def factor(gamma: np.ndarray, variance: np.ndarray, scale: float) -> np.ndarray:
    """What folding multiplies the kernel's channels by: s gamma / sqrt(variance + epsilon), in float64."""
    result: np.ndarray = scale * gamma.astype(np.float64) / np.sqrt(variance.astype(np.float64) + EPSILON)
    return result


def _units_of_block(source: BottleneckBlock, target: BottleneckBlock) -> Iterator[tuple[Unit, Unit, Any]]:
    yield source.expand, target.expand, None
    yield source.depthwise, target.depthwise, None
    if isinstance(source, StreamBlock) and source.temporal is not None and target.temporal is not None:
        yield source.temporal, target.temporal, None
    yield source.project, target.project, source.scale
    if source.skip is not None and target.skip is not None:
        yield source.skip, target.skip, None


def _fold_unit(source: Unit, target: Unit, scale: float) -> None:
    """kernel' = kernel f and bias' = beta s - mean f, where f is the `factor`."""
    norm = source.norm
    assert norm is not None
    beta, mean = (np.asarray(weight.numpy(), np.float64) for weight in (norm.beta, norm.moving_mean))
    f = factor(norm.gamma.numpy(), norm.moving_variance.numpy(), scale)
    target.kernel.assign((source.kernel.numpy() * f).astype(np.float32))
    target.bias.assign((scale * beta - mean * f).astype(np.float32))
