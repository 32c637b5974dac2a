"""Trains twice, on one device and on two that share every batch; a process of its own, since devices cannot change.

python -m tests.unit.training.two_devices FOLDER SHARD...
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

import keras
import tensorflow as tf

from model.training.recipe import Recipe
from model.training.train import Pace, train
from tests.unit.training.small_run import LABELS, tiny_recipe


def network(recipe: Recipe, outputs: int) -> keras.Model:
    """Without batch statistics and dropout, which each device has for itself."""
    clip = keras.Input((recipe.frames, recipe.size, recipe.size, 3))
    x = keras.layers.Dense(16, activation="tanh")(keras.layers.GlobalAveragePooling3D()(clip))
    return keras.Model(clip, keras.layers.Dense(outputs)(x))


if __name__ == "__main__":
    (processor,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    for name in ("alone", "shared"):
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]) if name == "shared" else None
        with strategy.scope() if strategy else nullcontext():
            train(
                Path(sys.argv[1]) / name,
                [Path(shard) for shard in sys.argv[2:]],
                tiny_recipe(steps=6),
                labels=LABELS,
                threads=1,
                network=network,
                pace=Pace(report_steps=4, evaluations=2),
            )
