"""What a network says of many clips."""

from __future__ import annotations

from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf


def logits_of(model: keras.Model, batches: Iterable[tuple[tf.Tensor, tf.Tensor]]) -> tuple[np.ndarray, np.ndarray]:
    """Logits float32 [clips, outputs] and labels int32 [clips] of batches of frames uint8 and labels."""

    @tf.function(reduce_retracing=True)
    def forward(frames: tf.Tensor) -> tf.Tensor:
        return model(scaled(frames), training=False)

    answers = [(forward(frames).numpy(), labels.numpy()) for frames, labels in batches]
    return np.concatenate([a for a, _ in answers]), np.concatenate([b for _, b in answers])


def scaled(frames: tf.Tensor) -> tf.Tensor:
    """As `model.video.to_tensor`: RGB in [0, 1]."""
    return tf.cast(frames, tf.float32) / 255.0
