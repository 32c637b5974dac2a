"""Batch normalisation of folded frames, in the one fused operation that is quick on a CPU."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
from keras import ops

from model.movinet.options import Config

EPSILON = 1e-3
"""Added to the variance, as in the published models."""


@keras.saving.register_keras_serializable(package="movements")
class BatchNorm(keras.layers.Layer):
    """Normalises each channel over clips, frames and pixels of [frames x clips, height, width, channels].

    Keras' own layer takes the statistics in seven separate passes over the tensor, each with a gradient; TensorFlow's
    fused operation takes two. On other backends the statistics are taken plainly.

    A layer that is not trainable uses and keeps its moving statistics, as Keras' own does. Statistics and parameters
    are float32 whatever the precision of the tensor. On several devices each normalises by its own part of a batch.

    Args:
        momentum: weight of the past in the moving statistics.
    """

    def __init__(self, *, momentum: float = 0.99, **options: Any) -> None:
        super().__init__(**options)
        self.momentum = momentum

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make scale, offset and moving statistics, each float32 [channels]."""
        vector = partial(self.add_weight, shape=(shape[-1],), dtype="float32", autocast=False)
        self.gamma = vector(name="gamma", initializer="ones")
        self.beta = vector(name="beta", initializer="zeros")
        moving = partial(vector, trainable=False, aggregation="mean")
        self.moving_mean = moving(name="moving_mean", initializer="zeros")
        self.moving_variance = moving(name="moving_variance", initializer="ones")

    def call(self, x: Any, scale: Any = None, training: bool | None = None) -> Any:
        """Normalise `x`; the result is also multiplied by the scalar `scale`, which costs nothing in this place."""
        gamma, beta = self.gamma, self.beta
        if scale is not None:
            factor = ops.cast(scale, "float32")
            gamma, beta = gamma * factor, beta * factor
        if not (training and self.trainable):
            factor = gamma * ops.rsqrt(self.moving_variance + EPSILON)
            return x * ops.cast(factor, x.dtype) + ops.cast(beta - self.moving_mean * factor, x.dtype)
        y, mean, variance = _normalise(x, gamma, beta)
        self.moving_mean.assign(self.moving_mean * self.momentum + mean * (1.0 - self.momentum))
        self.moving_variance.assign(self.moving_variance * self.momentum + variance * (1.0 - self.momentum))
        return y

    def get_config(self) -> Config:
        """The arguments that make the same layer."""
        return {**super().get_config(), "momentum": self.momentum}


def _normalise(x: Any, gamma: Any, beta: Any) -> tuple[Any, Any, Any]:
    """Normalised `x`, and mean and variance of the batch."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        gamma, beta = tf.convert_to_tensor(gamma), tf.convert_to_tensor(beta)
        y, mean, variance = tf.compat.v1.nn.fused_batch_norm(x, gamma, beta, epsilon=EPSILON, is_training=True)
        return y, mean, variance
    mean, variance = ops.moments(x, axes=(0, 1, 2))
    return (x - mean) * (gamma * ops.rsqrt(variance + EPSILON)) + beta, mean, variance
