"""Networks that see optical flow in place of motion channels: for comparisons, as no graph that is served computes it.

The published study left open whether flow would do better than pictures. Flow is computed by OpenCV in the middle of
the network, after clips were varied, so that it is the flow of what the other networks see.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from model.flow import dense_flow
from model.movinet.classifier import MotionChannels
from model.movinet.layers import Shape
from model.training.learner import Network
from model.training.network import movinet
from model.training.recipe import Recipe

_STILL = 1e-2
"""Pixels: a flow much shorter than this has no direction."""


class FlowChannels(keras.layers.Layer):
    """RGB to three channels of optical flow, without a parameter.

    1. Flow from each frame to the next (DIS), zero in the last frame, divided by twice its deviation over the clip, as
       motion channels are.
    2. With grey: grey as the first motion channel has it, and both components of the flow, clamped to [-4, 4].
    3. Alone: the flow's length, clamped to 4, and its direction as sine and cosine.

    Args:
        alone: whether it is flow alone.
    """

    def __init__(self, *, alone: bool, **options: Any) -> None:
        super().__init__(dtype="float32", trainable=False, **options)
        self.alone = alone

    def compute_output_shape(self, shape: Shape) -> Shape:
        """The shape of the clip."""
        return shape

    def call(self, clip: Any) -> Any:
        """float32 [clips, frames, height, width, 3] in [0, 1] to the same shape."""
        grey = tf.cast(tf.round(255 * tf.reduce_mean(clip, axis=-1)), tf.uint8)
        flow = tf.ensure_shape(tf.numpy_function(_flows, [grey], tf.float32), (*clip.shape[:-1], 2))
        power = ops.mean(ops.square(flow), axis=(1, 2, 3, 4), keepdims=True)
        flow = 0.5 * flow * ops.rsqrt(power + _STILL**2)
        if not self.alone:
            whole = ops.clip(flow, -MotionChannels.CLAMP, MotionChannels.CLAMP)
            return ops.concatenate([MotionChannels()(clip)[..., :1], whole], axis=-1)
        strength = ops.sqrt(ops.sum(ops.square(flow), axis=-1, keepdims=True))
        direction = flow / (strength + _STILL)
        return ops.concatenate([ops.minimum(strength, MotionChannels.CLAMP), direction], axis=-1)


def on_flow(*, alone: bool) -> Network:
    """What builds the recipe's network on flow, in place of the recipe's channels."""

    def network(recipe: Recipe, outputs: int) -> keras.Model:
        inner = movinet(replace(recipe, channels="rgb"), outputs)
        clip = keras.Input(inner.input_shape[1:])
        return keras.Model(clip, inner(FlowChannels(alone=alone)(clip)))

    return network


def _flows(clips: np.ndarray) -> np.ndarray:
    """Flow float32 [clips, frames, h, w, 2] of grey frames uint8 [clips, frames, h, w]; zero in the last frame."""
    result = np.zeros((*clips.shape, 2), np.float32)
    for number, frames in enumerate(clips):
        result[number, :-1] = dense_flow(frames)
    return result
