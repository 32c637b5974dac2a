"""From a trained network on landmarks to a flatbuffer."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from model.pose.track import FEATURES, INSTANTS
from model.training.eight_bits import eight_bits

TOLERANCE = 0.06
"""Largest difference of an output between the network and the flatbuffer, relative to the largest output: weights have
eight bits, which changed .07 % of the instants of sequences held out, and takes a third of the time."""


def flatbuffer(model: keras.Model) -> bytes:
    """The network for one window, float32 [1, INSTANTS, FEATURES], its weights in eight bits.

    Raises:
        RuntimeError: the flatbuffer computes something else.
    """
    spec = {"features": tf.TensorSpec((1, INSTANTS, FEATURES), tf.float32, name="features")}
    content = eight_bits(lambda inputs: {"outputs": model(inputs["features"], training=False)}, spec)
    _compare(model, content)
    return content


def _compare(model: keras.Model, content: bytes) -> None:
    features = np.random.default_rng(0).normal(0, 1, (1, INSTANTS, FEATURES)).astype(np.float32)
    features[..., -1] = 1
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], features)
    interpreter.invoke()
    given = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    wanted = model(features, training=False).numpy()
    difference = float(np.abs(given - wanted).max() / np.abs(wanted).max())
    if not difference <= TOLERANCE:
        raise RuntimeError(f"the flatbuffer differs from the network by {difference:.1e} of the largest output")
