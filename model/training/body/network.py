"""The network on landmarks: dilated convolutions over time, which say something of every instant.

A residual temporal convolutional network (Bai, Kolter and Koltun 2018, arXiv 1803.01271) with normalisation before
each convolution. Instants after the end of a sequence are zero in every layer.
"""

from __future__ import annotations

import keras
from keras import layers

from model.pose.track import FEATURES, INSTANTS
from model.training.body.recipe import BodyRecipe


def build(recipe: BodyRecipe) -> keras.Model:
    """From features float32 [n, INSTANTS, FEATURES] to [n, INSTANTS, movements + 3].

    Of every instant: a logit for each movement and for none of them, and sine and cosine of the turn.
    """
    padding = "causal" if recipe.causal else "same"
    given = keras.Input((INSTANTS, FEATURES))
    there = given[:, :, FEATURES - 1 :]
    hidden = layers.Conv1D(recipe.channels, 3, padding=padding)(given)
    for dilation in recipe.dilations:
        branch = layers.Activation("relu")(layers.BatchNormalization()(hidden)) * there
        branch = layers.Conv1D(recipe.channels, 3, padding=padding, dilation_rate=dilation)(branch)
        hidden = hidden + layers.SpatialDropout1D(recipe.dropout)(branch)
    hidden = layers.Activation("relu")(layers.BatchNormalization()(hidden))
    return keras.Model(given, layers.Dense(recipe.movements + 3)(hidden))
