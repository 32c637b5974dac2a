"""Batch normalisation folded into the convolutions before it: the form of a classifier for export.

A trained normalisation is a factor and an offset per channel. Folded into kernel and bias it costs nothing, on every
engine: converters do it themselves for a single convolution, but not for a sum of shifted ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

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
    for source, target in zip(model.backbone.layers, folded.backbone.layers, strict=True):
        if isinstance(source, Unit):
            _fold_unit(source, target)
        elif isinstance(source, BottleneckBlock):
            _fold_block(source, target)
    for name in ("dense", "logits"):
        folded.get_layer(name).set_weights(model.get_layer(name).get_weights())
    return folded


def _fold_block(source: BottleneckBlock, target: BottleneckBlock) -> None:
    _fold_unit(source.expand, target.expand)
    _fold_unit(source.depthwise, target.depthwise)
    if isinstance(source, StreamBlock) and source.temporal is not None:
        _fold_unit(source.temporal, target.temporal)
    _fold_unit(source.project, target.project, scale=float(source.scale.numpy()))
    if source.skip is not None and target.skip is not None:
        _fold_unit(source.skip, target.skip)
    target.squeeze_excite.set_weights(source.squeeze_excite.get_weights())


def _fold_unit(source: Unit, target: Unit, scale: float = 1.0) -> None:
    """kernel' = kernel f and bias' = beta s - mean f, where f = s gamma / sqrt(variance + epsilon), in float64."""
    norm = source.norm
    assert norm is not None
    gamma, beta, mean, variance = (
        np.asarray(weight.numpy(), np.float64)
        for weight in (norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance)
    )
    factor = scale * gamma / np.sqrt(variance + EPSILON)
    target.kernel.assign((source.kernel.numpy() * factor).astype(np.float32))
    target.bias.assign((scale * beta - mean * factor).astype(np.float32))
