"""What a network says of many clips."""

from __future__ import annotations

from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf


class Logits:
    """A network's logits of many clips.

    The graph is traced once, for batches of any length, and serves every call: weights may change between calls.

    Args:
        model: from frames float32 [batch, n, size, size, 3] in [0, 1] to logits [batch, outputs].
    """

    def __init__(self, model: keras.Model) -> None:
        frames = tf.TensorSpec((None, *model.input_shape[1:]), tf.uint8)

        @tf.function(input_signature=[frames], autograph=False)
        def forward(frames: tf.Tensor) -> tf.Tensor:
            return model(scaled(frames), training=False)

        self._forward = forward

    def __call__(self, batches: Iterable[tuple[tf.Tensor, tf.Tensor]]) -> tuple[np.ndarray, np.ndarray]:
        """Logits float32 [clips, outputs] and labels int32 [clips] of batches of frames uint8 and labels."""
        answers = [(self._forward(frames).numpy(), labels.numpy()) for frames, labels in batches]
        return np.concatenate([logits for logits, _ in answers]), np.concatenate([labels for _, labels in answers])


def scaled(frames: tf.Tensor) -> tf.Tensor:
    """As `model.video.to_tensor`: RGB in [0, 1]."""
    return tf.cast(frames, tf.float32) / 255.0
