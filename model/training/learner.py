"""One training step: model, moving average and optimiser, and what a checkpoint holds of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from model.training import checkpoint
from model.training.logits import scaled
from model.training.recipe import Recipe
from model.training.start import Start

Network = Callable[[Recipe, int], keras.Model]
"""Builds a model from frames float32 [batch, n, size, size, 3] in [0, 1] to logits [batch, outputs]."""


class Learner:
    """Model, moving average and optimiser, and the one step that changes all three."""

    def __init__(self, recipe: Recipe, outputs: int, network: Network) -> None:
        self.recipe = recipe
        self.step = 0
        self._strategy = _strategy()
        if recipe.batch % self._strategy.num_replicas_in_sync:
            raise ValueError(
                f"a batch of {recipe.batch} cannot be shared by {self._strategy.num_replicas_in_sync} GPUs"
            )
        with self._strategy.scope():
            with _precision(recipe.precision):
                self.model = network(recipe, outputs)
            self.average = network(recipe, outputs)
            self.average.set_weights(self.model.get_weights())
            if recipe.frozen:
                self.model.backbone.trainable = False
            self.optimizer = _optimizer(recipe)
            trained = self.model.trainable_variables
            self.optimizer.exclude_from_weight_decay(var_list=[v for v in trained if len(v.shape) <= 1])
            self.optimizer.build(trained)
        self._update = tf.function(self._traced_update, autograph=False)

    def begin(self, start: Start, labels: tuple[str, ...], *, has_none: bool) -> None:
        """Take over the weights to begin with."""
        start.give(self.model, self.recipe, labels, has_none=has_none)
        self.average.set_weights(self.model.get_weights())

    def distributed(self, batches: tf.data.Dataset) -> Any:
        """The batches, each divided among the devices."""
        if self._strategy.num_replicas_in_sync == 1:
            return batches
        return self._strategy.experimental_distribute_dataset(batches)

    def learn(self, frames: Any, labels: Any, weights: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """One step; returns the loss and how many of the clips were recognised, both still on the device."""
        rate, keep = self.recipe.rate(self.step), self.recipe.keep(self.step)
        result: tuple[tf.Tensor, tf.Tensor] = self._update(
            frames, labels, weights, tf.constant(rate, tf.float32), tf.constant(keep, tf.float32)
        )
        self.step += 1
        return result

    def _traced_update(
        self, frames: Any, labels: Any, weights: Any, rate: tf.Tensor, keep: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        self.optimizer.learning_rate.assign(rate)
        figures = self._strategy.run(self._replica_step, args=(frames, labels, weights))
        for averaged, weight in zip(self.average.weights, self.model.weights, strict=True):
            averaged.assign_sub((1 - keep) * (averaged.value - weight.value))
        return tuple(self._strategy.reduce(tf.distribute.ReduceOp.SUM, figure, axis=None) for figure in figures)

    def _replica_step(self, frames: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """One device's part of a step; its loss and hits are shares of the whole batch's means."""
        smoothing = self.recipe.label_smoothing
        with tf.GradientTape() as tape:
            logits = self.model(scaled(frames), training=True)
            outputs = logits.shape[-1]
            targets = tf.one_hot(labels, outputs, 1 - smoothing + smoothing / outputs, smoothing / outputs)
            losses = tf.nn.softmax_cross_entropy_with_logits(targets, logits)
            loss = tf.reduce_sum(weights * losses) / self.recipe.batch
        trained = self.model.trainable_variables
        gradients = self._clipped(tape.gradient(loss, [v.value for v in trained]))
        self.optimizer.apply(gradients, trained)
        hits = tf.cast(tf.argmax(logits, axis=-1, output_type=tf.int32) == labels, tf.float32)
        return loss, tf.reduce_sum(hits) / self.recipe.batch

    def _clipped(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """The whole batch's gradient within the recipe's bound, divided for the sum that the optimiser takes."""
        bound, devices = self.recipe.clip_norm, self._strategy.num_replicas_in_sync
        if devices > 1:
            gradients = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, gradients)
        if self.recipe.clip_each:
            gradients = [tf.clip_by_norm(gradient, bound) for gradient in gradients]
        else:
            gradients, _ = tf.clip_by_global_norm(gradients, bound)
        return gradients if devices == 1 else [gradient / devices for gradient in gradients]

    def groups(self) -> checkpoint.Groups:
        """What a checkpoint holds of it."""
        return checkpoint.groups_of(self)

    def restore(self, groups: checkpoint.Groups, step: int) -> None:
        """Go back to a checkpoint: what `groups` gave after so many steps."""
        checkpoint.put_back(self, groups)
        self.step = step


def _strategy() -> tf.distribute.Strategy:
    """All GPUs where there are several, else the one device that TensorFlow takes."""
    if len(tf.config.list_logical_devices("GPU")) > 1 and not tf.distribute.has_strategy():
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()


@contextmanager
def _precision(policy: str) -> Iterator[None]:
    """What layers made within compute in."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    if recipe.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(
            recipe.learning_rate, rho=recipe.rho, momentum=recipe.momentum, epsilon=recipe.epsilon
        )
    return keras.optimizers.AdamW(
        recipe.learning_rate, weight_decay=recipe.weight_decay, beta_1=recipe.beta_1, beta_2=recipe.beta_2
    )
