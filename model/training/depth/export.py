"""From a trained network of depth to a flatbuffer."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from model.depth.network import DepthNetwork
from model.depth.view import PLACES, SIZE, View
from model.training.eight_bits import eight_bits

TOLERANCE = 0.05
"""Largest difference of a depth, in thighs, between the network and the flatbuffer, whose weights have eight bits."""


def flatbuffer(model: keras.Model) -> bytes:
    """The network for one picture, float32 [1, SIZE, SIZE, 3], and places [1, PLACES], its weights in eight bits.

    Raises:
        RuntimeError: the flatbuffer computes something else.
    """
    spec = {
        "picture": tf.TensorSpec((1, SIZE, SIZE, 3), tf.float32, name="picture"),
        "places": tf.TensorSpec((1, PLACES), tf.float32, name="places"),
    }
    content = eight_bits(lambda inputs: {"outputs": model([inputs["picture"], inputs["places"]], training=False)}, spec)
    _compare(model, content)
    return content


def _compare(model: keras.Model, content: bytes) -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    places = rng.uniform(-0.5, 0.5, PLACES).astype(np.float32)
    (given,) = DepthNetwork(content).read([View(picture, places)])
    wanted = float(model([picture[None].astype(np.float32) / 255, places[None]], training=False)[0, 0])
    difference = abs(given.value - wanted)
    if not difference <= TOLERANCE * max(1.0, abs(wanted)):
        raise RuntimeError(f"the flatbuffer differs from the network by {difference:.1e} thighs")
