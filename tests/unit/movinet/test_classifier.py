from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from model.movinet.backbone import Backbone, BottleneckBlock
from model.movinet.classifier import Classifier, MotionChannels
from model.movinet.options import BackboneOptions
from model.movinet.stream import StreamBackbone


def moving_clips() -> np.ndarray:
    """Two clips of four frames: a bright square that moves over noise."""
    random = np.random.default_rng(0)
    clips = random.random((2, 1, 12, 12, 3), np.float32).repeat(4, axis=1) * 0.3
    for t in range(4):
        clips[0, t, 2:5, 2 * t : 2 * t + 3] = 0.9
        clips[1, t, 2 * t : 2 * t + 3, 4:7] = 0.6
    return clips


class TestMotionChannels:
    def test_a_moving_clip_gives_the_three_channels_of_their_definition(self) -> None:
        clips = moving_clips()
        given = keras.ops.convert_to_numpy(MotionChannels()(clips))

        for clip, channels in zip(clips, given, strict=True):
            grey = clip.mean(axis=-1)
            difference = np.diff(grey, axis=0, prepend=grey[:1])
            from_mean = grey - grey.mean(axis=0)
            twice = 2 * np.sqrt((from_mean**2).mean() + 0.008**2)
            np.testing.assert_allclose(
                channels[..., 0], (grey - grey.mean()) / np.sqrt(grey.var() + 0.02**2), atol=1e-4
            )
            np.testing.assert_allclose(channels[..., 1], np.clip(difference / twice, -4, 4), atol=1e-4)
            np.testing.assert_allclose(channels[..., 2], np.clip(from_mean / twice, -4, 4), atol=1e-4)

    def test_a_still_clip_has_no_motion_whatever_its_picture(self) -> None:
        still = np.random.default_rng(0).random((1, 1, 12, 12, 3), np.float32).repeat(5, axis=1)

        channels = keras.ops.convert_to_numpy(MotionChannels()(still))

        np.testing.assert_allclose(channels[..., 1:], 0.0, atol=1e-4)

    @pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
    def test_a_uniform_clip_gives_zeros(self, level: float) -> None:
        channels = keras.ops.convert_to_numpy(MotionChannels()(np.full((1, 3, 8, 8, 3), level, np.float32)))

        np.testing.assert_allclose(channels, 0.0, atol=1e-4)

    def test_brightness_and_contrast_of_the_clip_do_not_matter(self) -> None:
        clips = moving_clips()

        dimmed = MotionChannels()(0.2 + 0.5 * clips)

        np.testing.assert_allclose(dimmed, MotionChannels()(clips), atol=0.05, rtol=0.05)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    keras.utils.set_random_seed(0)
    return Classifier(Backbone(BackboneOptions(frames=3, size=40, residual_scale=0.5)), 10, channels="motion")


def test_one_row_of_logits_per_clip(classifier: Classifier) -> None:
    logits = classifier(np.random.default_rng(0).random((2, 3, 40, 40, 3), np.float32), training=False)

    assert tuple(logits.shape) == (2, 10)
    assert np.isfinite(logits).all()


def test_clips_of_a_batch_do_not_influence_each_other_in_inference(classifier: Classifier) -> None:
    clips = np.random.default_rng(0).random((3, 3, 40, 40, 3), np.float32)

    alone = classifier(clips[1:2], training=False)

    np.testing.assert_allclose(classifier(clips, training=False)[1:2], alone, atol=1e-4)


def test_every_weight_learns_from_the_first_step_on(classifier: Classifier) -> None:
    import tensorflow as tf

    clips = tf.constant(np.random.default_rng(0).random((2, 3, 40, 40, 3), np.float32))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(classifier(clips, training=True)[:, 0] * tf.constant([1.0, -2.0]))
    gradients = tape.gradient(loss, classifier.trainable_variables)

    still = [
        w.path for w, g in zip(classifier.trainable_variables, gradients, strict=True) if g is None or not np.any(g)
    ]
    assert still == []


def test_a_saved_classifier_is_the_same_when_loaded(classifier: Classifier, tmp_path: Path) -> None:
    clips = np.random.default_rng(0).random((1, 3, 40, 40, 3), np.float32)
    classifier.save(tmp_path / "model.keras")

    loaded = keras.saving.load_model(tmp_path / "model.keras")

    assert isinstance(loaded, Classifier)
    assert loaded.get_config() == classifier.get_config()
    np.testing.assert_allclose(loaded(clips), classifier(clips), atol=1e-6)


def test_weights_fit_any_number_of_frames_and_any_size(classifier: Classifier) -> None:
    other = Backbone(BackboneOptions("a0", frames=2, size=48))

    other.set_weights(classifier.backbone.get_weights())

    assert tuple(other(np.zeros((1, 2, 48, 48, 3), np.float32)).shape) == (1, 480)


def test_an_unknown_variant_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'b0'.*a0, a1, a2, a3, a4, a5"):
        BackboneOptions("b0")


@pytest.mark.parametrize(("kind", "temporal"), [(Backbone, []), (StreamBackbone, ["temporal"])])
def test_the_order_of_weights_stays_since_runs_and_bundles_keep_them_by_position(
    kind: type, temporal: list[str]
) -> None:
    block = kind(BackboneOptions(frames=2, size=32)).get_layer("block1_layer0")
    owners = list(dict.fromkeys(weight.path.split("block1_layer0/")[1].split("/")[0] for weight in block.weights))
    assert owners == ["residual_scale", "expand", "depthwise", *temporal, "squeeze_excite", "project", "skip"]


def test_the_weights_of_a_classifier_are_those_of_its_backbone_and_then_those_of_its_head(
    classifier: Classifier,
) -> None:
    backbone = classifier.backbone.weights
    assert [id(weight) for weight in classifier.weights[: len(backbone)]] == [id(weight) for weight in backbone]
    assert [weight.path for weight in classifier.weights[len(backbone) :]] == [
        "dense/kernel",
        "dense/bias",
        "logits/kernel",
        "logits/bias",
    ]


def test_without_frames_and_size_a_backbone_has_those_of_its_preset() -> None:
    assert (BackboneOptions("a3").frames, BackboneOptions("a3").size) == (120, 256)
    assert (BackboneOptions("a3", frames=4).frames, BackboneOptions("a3", size=64).size) == (4, 64)


def test_deeper_blocks_are_dropped_more_often_and_the_last_as_often_as_asked_for() -> None:
    for kind in (Backbone, StreamBackbone):
        backbone = kind(BackboneOptions(frames=1, size=32, drop=0.3))
        drops = [layer.drop for layer in backbone.layers if isinstance(layer, BottleneckBlock)]
        np.testing.assert_allclose(drops, 0.3 * np.arange(1, 16) / 15)
