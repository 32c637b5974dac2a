"""The network of depth: convolutions over the picture, beside where the joints are.

It says a depth and how far off it may be: the place and the width of a Laplace distribution, as Kendall and Gal (2017,
arXiv 1703.04977) learn what a picture leaves open.
"""

from __future__ import annotations

import keras
from keras import layers

from model.depth.view import PLACES, SIZE
from model.training.depth.recipe import DepthRecipe


def build(recipe: DepthRecipe) -> keras.Model:
    """From a picture float32 [n, SIZE, SIZE, 3] in [0, 1] and places [n, PLACES] to [n, 2].

    Of every picture: the depth in thighs, and the logarithm of the width.
    """
    picture, places = keras.Input((SIZE, SIZE, 3)), keras.Input((PLACES,))
    seen = picture
    for number, channels in enumerate(recipe.channels):
        strides = 2 if number == 0 or number % 2 else 1
        before = seen
        seen = layers.Conv2D(channels, 3, strides=strides, padding="same", use_bias=False)(seen)
        seen = layers.Activation("relu")(layers.BatchNormalization()(seen))
        if before.shape == seen.shape:
            seen = seen + before
    seen = layers.Flatten()(seen)
    felt = layers.Dense(recipe.places, activation="relu")(places)
    both = layers.Dropout(recipe.dropout)(layers.Concatenate()([seen, felt]))
    both = layers.Dense(recipe.hidden, activation="relu")(both)
    return keras.Model([picture, places], layers.Dense(2)(layers.Dropout(recipe.dropout)(both)))
