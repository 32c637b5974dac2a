"""The network that a recipe names."""

from __future__ import annotations

import keras

from model.movinet.backbone import Backbone
from model.movinet.classifier import Classifier
from model.movinet.options import BackboneOptions
from model.movinet.stream import StreamBackbone, StreamClassifier
from model.training.recipe import Recipe

RESIDUAL_SCALE = 0.5
"""Residuals speak from the first step on: up to step 80 of a small run this led the published zero, then hardly."""

BATCH_NORM_MOMENTUM = 0.9
"""Of a batch's statistics; what is kept is averaged once more with the weights, over a longer time."""


def movinet(recipe: Recipe, outputs: int) -> keras.Model:
    """A MoViNet classifier, its weights drawn from Keras' seed.

    Returns:
        A model from frames float32 [batch, frames, size, size, 3], RGB in [0, 1], to logits [batch, outputs].
    """
    options = BackboneOptions(
        variant=recipe.variant,
        frames=recipe.frames,
        size=recipe.size,
        residual_scale=RESIDUAL_SCALE,
        momentum=BATCH_NORM_MOMENTUM,
    )
    if recipe.stream:
        backbone = StreamBackbone(options)
        return StreamClassifier(backbone, outputs, channels=recipe.channels, dropout=recipe.dropout)
    return Classifier(Backbone(options), outputs, channels=recipe.channels, dropout=recipe.dropout)
