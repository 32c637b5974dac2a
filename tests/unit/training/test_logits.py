from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from model.training.logits import Logits

FRAMES = np.random.default_rng(0).integers(0, 256, (7, 2, 4, 4, 3), np.uint8)
LABELS = np.arange(7, dtype=np.int32)


def network() -> keras.Model:
    clip = keras.Input((2, 4, 4, 3))
    x = keras.layers.GlobalAveragePooling3D()(clip)
    return keras.Model(clip, keras.layers.Dropout(0.5)(keras.layers.Dense(5)(x)))


def batches(size: int) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices((FRAMES, LABELS)).batch(size)


def expected(model: keras.Model) -> np.ndarray:
    logits: np.ndarray = model(FRAMES.astype(np.float32) / 255, training=False).numpy()
    return logits


@pytest.mark.parametrize("size", [3, 7, 16])
def test_every_clip_has_its_logits_and_label_in_order_whatever_the_batches(size: int) -> None:
    model = network()
    logits, labels = Logits(model)(batches(size))

    np.testing.assert_allclose(logits, expected(model), atol=1e-6)
    np.testing.assert_array_equal(labels, LABELS)


def test_the_network_is_traced_once_and_its_weights_may_change_between_calls() -> None:
    model = network()
    traced = []
    call = model.call

    def counted(*arguments: object, **options: object) -> object:
        traced.append(1)
        return call(*arguments, **options)

    model.call = counted
    logits_of_model = Logits(model)
    for size in (3, 7, 2):
        logits_of_model(batches(size))
    model.set_weights([weight + 1 for weight in model.get_weights()])
    logits, _ = logits_of_model(batches(4))

    assert len(traced) == 1
    np.testing.assert_allclose(logits, expected(model), atol=1e-5)
