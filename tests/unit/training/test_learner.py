"""One step of training: every term of it against a plain computation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from model.training import learner as learner_module
from model.training.learner import Learner
from model.training.network import movinet
from model.training.recipe import Recipe

CLIPS, OUTPUTS = 6, 3
FRAMES = np.random.default_rng(0).integers(0, 256, (CLIPS, 1, 4, 4, 3), np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2], np.int32)
WEIGHTS = np.array([1, 1, 1, 1, 1, 0.5], np.float32)

RECIPE = Recipe(
    frames=1, size=4, steps=10, batch=CLIPS, warmup=0.0, last_rate=1.0, learning_rate=0.1, weight_decay=0.0, average=0.9
)


def network(recipe: Recipe, outputs: int) -> keras.Model:
    """Mean colour, normalisation, a layer: kernels, and vectors of every kind that is not decayed."""
    clip = keras.Input((recipe.frames, recipe.size, recipe.size, 3))
    x = keras.layers.GlobalAveragePooling3D()(clip)
    x = keras.layers.LayerNormalization(name="norm")(x)
    return keras.Model(clip, keras.layers.Dense(outputs, bias_initializer="ones", name="logits")(x))


def learner_of(recipe: Recipe) -> Learner:
    keras.utils.set_random_seed(2)
    return Learner(recipe, OUTPUTS, network)


def learn(learner: Learner, weights: np.ndarray = WEIGHTS) -> tuple[float, float]:
    loss, hits = learner.learn(tf.constant(FRAMES), tf.constant(LABELS), tf.constant(weights))
    return float(loss), float(hits)


@pytest.fixture
def untraced() -> Iterator[None]:
    """Steps are computed at once, not traced into a graph first: quicker for a few of them."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def values(model: keras.Model) -> dict[str, np.ndarray]:
    return {weight.path: np.array(weight) for weight in model.weights}


def change(learner: Learner, weights: np.ndarray = WEIGHTS) -> dict[str, np.ndarray]:
    """What one step adds to every weight."""
    before = values(learner.model)
    learn(learner, weights)
    return {path: value - before[path] for path, value in values(learner.model).items()}


def test_weight_decay_shrinks_kernels_and_leaves_vectors_alone() -> None:
    learner = learner_of(replace(RECIPE, weight_decay=0.5))
    before = values(learner.model)
    learn(learner, np.zeros(CLIPS, np.float32))  # no clip counts, so there is no gradient
    after = values(learner.model)

    np.testing.assert_allclose(after["logits/kernel"], before["logits/kernel"] * (1 - 0.1 * 0.5), rtol=1e-6)
    for vector in ("logits/bias", "norm/gamma", "norm/beta"):
        np.testing.assert_array_equal(after[vector], before[vector], err_msg=vector)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_loss_is_the_weighted_mean_cross_entropy_with_smoothed_targets(smoothing: float) -> None:
    learner = learner_of(replace(RECIPE, label_smoothing=smoothing))
    logits = learner.model(FRAMES.astype(np.float32) / 255, training=False).numpy().astype(np.float64)
    logarithms = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    targets = (1 - smoothing) * np.eye(OUTPUTS)[LABELS] + smoothing / OUTPUTS

    loss, hits = learn(learner)

    assert loss == pytest.approx(-(WEIGHTS[:, None] * targets * logarithms).sum() / CLIPS, rel=1e-5)
    assert hits == pytest.approx((logits.argmax(axis=1) == LABELS).mean())


def test_the_moving_average_takes_its_share_of_the_new_weights() -> None:
    learner = learner_of(RECIPE)
    before = values(learner.model)
    for path, value in values(learner.average).items():
        np.testing.assert_array_equal(value, before[path], err_msg="it begins as the model")
    learn(learner)

    after = values(learner.model)
    for path, average in values(learner.average).items():
        np.testing.assert_allclose(average, 0.1 * before[path] + 0.9 * after[path], rtol=1e-5, atol=1e-7)
    kept = values(learner.average)
    learn(learner)
    keep = 2 / 11
    for path, average in values(learner.average).items():
        expected = keep * kept[path] + (1 - keep) * values(learner.model)[path]
        np.testing.assert_allclose(average, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.usefixtures("untraced")
def test_without_an_average_the_weights_are_kept_as_they_are() -> None:
    learner = learner_of(replace(RECIPE, average=0.0))
    learn(learner)
    for path, value in values(learner.average).items():
        np.testing.assert_allclose(value, values(learner.model)[path], atol=1e-7)


def test_every_step_has_the_rate_of_its_schedule() -> None:
    learner = learner_of(replace(RECIPE, last_rate=0.0, warmup=0.3))
    for step in range(4):
        assert learner.step == step
        learn(learner)
        assert float(learner.optimizer.learning_rate) == pytest.approx(learner.recipe.rate(step))


# RMSprop with a large epsilon is plain gradient descent: what a step changes is the gradient times the rate.
DESCENT = replace(RECIPE, optimizer="rmsprop", momentum=0.0, epsilon=1e8, learning_rate=1e4)


@pytest.mark.usefixtures("untraced")
def test_a_gradient_within_the_bound_is_taken_whole() -> None:
    free, bounded = (learner_of(replace(DESCENT, clip_norm=bound)) for bound in (1e6, 100.0))
    first, second = change(free), change(bounded)
    for path, value in first.items():
        np.testing.assert_allclose(second[path], value, rtol=1e-4, atol=1e-9)
    assert np.abs(first["logits/kernel"]).max() > 1e-3


@pytest.mark.usefixtures("untraced")
def test_a_larger_gradient_keeps_its_direction_and_gets_the_norm_of_the_bound() -> None:
    whole = change(learner_of(replace(DESCENT, clip_norm=1e6)))
    clipped = change(learner_of(replace(DESCENT, clip_norm=0.01)))
    norm = np.sqrt(sum((value**2).sum() for value in whole.values()))
    for path, value in whole.items():
        np.testing.assert_allclose(clipped[path], value * 0.01 / norm, rtol=1e-3, atol=1e-7)


@pytest.mark.usefixtures("untraced")
def test_each_gradient_by_itself_gets_the_norm_of_the_bound_where_the_recipe_says_so() -> None:
    clipped = change(learner_of(replace(DESCENT, clip_norm=0.001, clip_each=True)))
    for path, value in clipped.items():
        assert np.linalg.norm(value) == pytest.approx(0.001, rel=1e-2), path


def test_optimisers_get_the_numbers_of_the_recipe() -> None:
    adam = learner_of(replace(RECIPE, beta_1=0.8, beta_2=0.95, weight_decay=0.25)).optimizer
    assert isinstance(adam, keras.optimizers.AdamW)
    assert (adam.beta_1, adam.beta_2, adam.weight_decay) == (0.8, 0.95, 0.25)
    assert float(adam.learning_rate) == pytest.approx(0.1)
    rms = learner_of(replace(RECIPE, optimizer="rmsprop", rho=0.7, momentum=0.6, epsilon=0.5)).optimizer
    assert isinstance(rms, keras.optimizers.RMSprop)
    assert (rms.rho, rms.momentum, rms.epsilon) == (0.7, 0.6, 0.5)
    assert float(rms.learning_rate) == pytest.approx(0.1)


def test_a_learner_goes_on_from_what_it_gave_to_a_checkpoint() -> None:
    first, second = learner_of(RECIPE), learner_of(replace(RECIPE, seed=9))
    learn(first)
    second.restore(first.groups(), 1)
    assert second.step == 1
    assert learn(first) == learn(second)
    for path, value in values(first.average).items():
        np.testing.assert_array_equal(values(second.average)[path], value)


def test_a_batch_that_devices_cannot_share_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Four:
        num_replicas_in_sync = 4

    monkeypatch.setattr(learner_module, "_strategy", Four)
    with pytest.raises(ValueError, match="a batch of 6 cannot be shared by 4 GPUs"):
        learner_of(RECIPE)


def test_one_gpu_takes_whole_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner_module.tf.config, "list_logical_devices", lambda kind: ["GPU:0"])
    batches = tf.data.Dataset.range(3)
    assert learner_of(RECIPE).distributed(batches) is batches


def test_a_step_is_taken_as_training_is_with_the_statistics_of_its_batch() -> None:
    def normalised(recipe: Recipe, outputs: int) -> keras.Model:
        clip = keras.Input((recipe.frames, recipe.size, recipe.size, 3))
        x = keras.layers.BatchNormalization(momentum=0.0, name="batch")(keras.layers.GlobalAveragePooling3D()(clip))
        return keras.Model(clip, keras.layers.Dense(outputs)(x))

    learner = Learner(RECIPE, OUTPUTS, normalised)
    learn(learner)
    means = (FRAMES / 255).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(learner.model.get_layer("batch").moving_mean, means.mean(axis=0), rtol=1e-5)


def test_the_weights_to_begin_with_are_asked_for_with_the_recipe_and_reach_the_average_too() -> None:
    class Seven:
        def give(self, model: keras.Model, recipe: Recipe, labels: tuple[str, ...], *, has_none: bool) -> None:
            assert (recipe, labels, has_none) == (RECIPE, ("a", "b"), True)
            model.set_weights([np.full_like(weight, 7) for weight in model.get_weights()])

    learner = learner_of(RECIPE)
    learner.begin(Seven(), ("a", "b"), has_none=True)  # type: ignore[arg-type]
    for model in (learner.model, learner.average):
        assert all((weight == 7).all() for weight in model.get_weights())


def test_several_gpus_share_a_batch_unless_somebody_has_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = tf.distribute.get_strategy()
    mirrored = tf.distribute.MirroredStrategy(["CPU:0"])
    monkeypatch.setattr(learner_module.tf.distribute, "MirroredStrategy", lambda: mirrored)
    for gpus, strategy in ((0, alone), (1, alone), (2, mirrored)):
        devices = {"GPU": ["a GPU"] * gpus, "CPU": ["a processor"]}
        monkeypatch.setattr(learner_module.tf.config, "list_logical_devices", devices.__getitem__)
        assert learner_module._strategy() is strategy
    with tf.distribute.OneDeviceStrategy("CPU:0").scope():
        assert isinstance(learner_module._strategy(), tf.distribute.OneDeviceStrategy)


def test_layers_have_the_precision_of_the_recipe_and_the_default_is_restored_even_after_a_failure() -> None:
    learner = learner_of(replace(RECIPE, precision="mixed_bfloat16"))
    assert learner.model.get_layer("logits").compute_dtype == "bfloat16"
    assert learner.average.get_layer("logits").compute_dtype == "float32"

    def broken(recipe: Recipe, outputs: int) -> keras.Model:
        raise RuntimeError("no network")

    with pytest.raises(RuntimeError, match="no network"):
        Learner(replace(RECIPE, precision="mixed_bfloat16"), OUTPUTS, broken)
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("stream", [False, True], ids=["base", "stream"])
def test_half_precision_learns_with_variables_in_full(stream: bool, tiny_variant: str) -> None:
    recipe = Recipe(
        variant=tiny_variant, stream=stream, precision="mixed_bfloat16", frames=4, size=32, steps=3, batch=4
    )
    frames = np.random.default_rng(0).integers(0, 256, (4, 4, 32, 32, 3), np.uint8)
    learner = Learner(recipe, OUTPUTS, movinet)
    losses = [
        float(learner.learn(tf.constant(frames), tf.constant(LABELS[:4]), tf.ones(4, tf.float32))[0]) for _ in range(3)
    ]

    assert np.isfinite(losses).all()
    assert learner.model.get_layer("dense").compute_dtype == "bfloat16"
    for model in (learner.model, learner.average):
        assert {str(variable.dtype) for variable in model.weights} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"
