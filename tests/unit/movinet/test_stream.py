"""MoViNet stream: the same function over a whole clip and frame by frame, trained, folded, exported, imported."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from model.bundle import Bundle
from model.contract import MOVEMENTS, Contract
from model.defaults import EngineName
from model.engines import open_engine
from model.engines.calibration import calibrated
from model.engines.stepper import Stepper
from model.errors import ModelUnavailable
from model.movinet.checkpoint import import_backbone
from model.movinet.export import export_bundle
from model.movinet.fold import fold
from model.movinet.options import BackboneOptions
from model.movinet.presets import PRESETS
from model.movinet.stream import StreamBackbone, StreamClassifier
from model.movinet.stream_layers import CausalMotionChannels, TemporalUnit, positions
from tests.unit.movinet.official import write_checkpoint

FRAMES, SIZE = 6, 40


def shaken(model: keras.Model) -> keras.Model:
    """The model with normalisation, residual scales and weights of the position far from their initial values."""
    random = np.random.default_rng(0)
    for weight in model.weights:
        if weight.name in ("beta", "moving_mean", "bias"):
            weight.assign(random.normal(0.0, 0.2, weight.shape))
        elif weight.name in ("gamma", "moving_variance"):
            weight.assign(random.uniform(0.7, 1.4, weight.shape))
        elif weight.name in ("residual_scale", "position"):
            weight.assign(random.uniform(0.1, 0.3))
    return model


def classifier_of(variant: str) -> StreamClassifier:
    """A fresh stream classifier of nine outputs."""
    backbone = StreamBackbone(BackboneOptions(variant, frames=FRAMES, size=SIZE))
    return StreamClassifier(backbone, 9, channels="motion")


def frame_by_frame(model: StreamClassifier, clips: np.ndarray, frames: int = 1) -> np.ndarray:
    """Logits after the last frame, `frames` at a time."""
    step = model.step(frames)
    states = {name: tf.zeros((len(clips), *shape)) for name, shape in step.state_shapes.items()}
    answers = {}
    for i in range(0, clips.shape[1], frames):
        answers = step({"image": tf.constant(clips[:, i : i + frames]), **states}, training=False)
        states = {name: answers[name] for name in states}
    return answers["logits"].numpy()


@pytest.fixture(scope="module")
def clips() -> np.ndarray:
    return np.random.default_rng(1).random((2, FRAMES, SIZE, SIZE, 3), np.float32)


@pytest.fixture(scope="module")
def classifier() -> StreamClassifier:
    keras.utils.set_random_seed(0)
    return shaken(classifier_of("a0"))


LARGE = ("a4", "a5")


@pytest.mark.parametrize(
    "variant", [pytest.param(name, marks=pytest.mark.slow if name in LARGE else ()) for name in PRESETS]
)
def test_frame_by_frame_equals_the_whole_clip(variant: str, clips: np.ndarray) -> None:
    keras.utils.set_random_seed(0)
    model = shaken(classifier_of(variant))

    whole = model(clips, training=False).numpy()

    assert np.abs(whole).max() > 0.1, "logits near zero hide differences"
    np.testing.assert_allclose(frame_by_frame(model, clips), whole, atol=1e-4)


def test_frames_may_also_come_several_at_a_time(classifier: StreamClassifier, clips: np.ndarray) -> None:
    whole = classifier(clips, training=False).numpy()

    np.testing.assert_allclose(frame_by_frame(classifier, clips, frames=3), whole, atol=1e-4)


def test_what_comes_later_does_not_change_the_features_so_far(clips: np.ndarray) -> None:
    channels = CausalMotionChannels()
    changed = clips.copy()
    changed[:, 4:] = 1 - changed[:, 4:]

    np.testing.assert_array_equal(channels(clips)[0][:, :4], channels(changed)[0][:, :4])
    assert np.abs(channels(clips)[0][:, 4:] - channels(changed)[0][:, 4:]).max() > 0.1


def test_a_kernel_in_time_ends_at_the_frame_itself() -> None:
    unit = TemporalUnit(3, frames=5, activation=None, folded=True)
    unit.build((None, 1, 1, 1))
    unit.kernel.assign([[100.0], [10.0], [1.0]])

    y, _ = unit(np.arange(1, 6, dtype=np.float32).reshape(5, 1, 1, 1))

    np.testing.assert_array_equal(np.ravel(y), [1, 12, 123, 234, 345])


def test_positions_are_sines_and_cosines_of_falling_frequency() -> None:
    encoded = np.asarray(positions(np.array([[0.0], [2.0]], np.float32), 4))

    np.testing.assert_allclose(encoded[0], [0, 0, 1, 1])
    np.testing.assert_allclose(encoded[1], [np.sin(2), np.sin(0.02), np.cos(2), np.cos(0.02)], rtol=1e-5)


def test_only_a3_to_a5_see_which_frame_it_is() -> None:
    backbones = [StreamBackbone(BackboneOptions(variant, frames=1, size=32)) for variant in PRESETS]
    seeing = {
        backbone.options.variant
        for backbone in backbones
        if any(weight.name == "position" for weight in backbone.weights)
    }
    assert seeing == {"a3", "a4", "a5"}


def test_a_stream_model_can_be_fine_tuned() -> None:
    keras.utils.set_random_seed(0)
    model = StreamClassifier(StreamBackbone(BackboneOptions(frames=4, size=32, residual_scale=0.5, momentum=0.8)), 2)
    random = np.random.default_rng(2)
    labels = np.arange(16) % 2
    clips = random.random((16, 4, 32, 32, 3), np.float32) * 0.2
    clips[labels == 1, :, :16] += 0.6
    optimizer = keras.optimizers.Adam(2e-3)
    optimizer.build(model.trainable_variables)

    @tf.function
    def learn() -> tf.Tensor:
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, model(clips, training=True))
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
        assert all(gradient is not None for gradient in gradients)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    losses = [float(learn()) for _ in range(12)]

    assert losses[-1] < 0.3 * losses[0]
    assert np.abs(frame_by_frame(model, clips) - model(clips, training=False).numpy()).max() < 1e-4


def test_folding_keeps_the_logits(classifier: StreamClassifier, clips: np.ndarray) -> None:
    folded = fold(classifier)

    assert not [w.path for w in folded.weights if w.name in ("gamma", "moving_mean", "residual_scale")]
    np.testing.assert_allclose(folded(clips), classifier(clips, training=False), atol=1e-4)


def test_a_saved_stream_classifier_is_the_same_when_loaded(
    classifier: StreamClassifier, clips: np.ndarray, tmp_path: Path
) -> None:
    classifier.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")

    np.testing.assert_allclose(loaded(clips, training=False), classifier(clips, training=False), atol=1e-6)


@pytest.fixture(scope="module")
def bundle(classifier: StreamClassifier, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    directory = tmp_path_factory.mktemp("stream") / "bundle"
    contract = Contract(
        name="stream", version="1", architecture="stream", movements=MOVEMENTS, frames=FRAMES, size=SIZE
    )
    export_bundle(classifier, contract, directory)
    return Bundle.load(directory)


class TestBundle:
    @pytest.mark.parametrize("engine", [EngineName.LITERT, EngineName.TENSORFLOW])
    def test_whole_clips_are_served_as_of_any_model(
        self, engine: EngineName, bundle: Bundle, classifier: StreamClassifier, clips: np.ndarray
    ) -> None:
        logits = open_engine(bundle, engine, threads=1).logits(clips[:1])

        np.testing.assert_allclose(logits, classifier(clips[:1], training=False), atol=1e-4)

    def test_the_step_gives_the_answer_of_the_whole_clip_after_its_last_frame_and_begins_anew(
        self, bundle: Bundle
    ) -> None:
        frames = np.random.default_rng(3).integers(0, 256, (FRAMES, SIZE, SIZE, 3), np.uint8)
        logits = open_engine(bundle, EngineName.LITERT, threads=1).logits(frames[None].astype(np.float32) / 255)
        stepper = Stepper(bundle, threads=1)

        for _ in range(2):
            stepper.begin()
            answers = [stepper.push(frame) for frame in frames]
            np.testing.assert_allclose(answers[-1], calibrated(logits[0], bundle.contract), atol=1e-4)
        assert np.abs(answers[0] - answers[-1]).max() > 1e-3

    def test_a_base_model_is_refused_in_a_sentence(self, tiny_bundle: Path) -> None:
        with pytest.raises(ModelUnavailable, match="no stream model"):
            Stepper(Bundle.load(tiny_bundle))


class TestImport:
    def test_every_array_of_a_stream_checkpoint_arrives(self, tmp_path: Path) -> None:
        arrays = write_checkpoint(tmp_path / "ckpt", "a3", stream=True)
        backbone = StreamBackbone(BackboneOptions("a3", frames=1, size=32))

        import_backbone(backbone, tmp_path / "ckpt-1")

        root = "layer_with_weights-0/layer_with_weights-"
        block = backbone.get_layer("block1_layer0")
        for weight, path in (
            (backbone.get_layer("stem").kernel, "0/_stem/_conv/_conv/kernel"),
            (block.depthwise.kernel, "5/_feature/_conv/_conv/depthwise_kernel"),
            (block.temporal.kernel, "5/_feature/_conv_temporal/_conv/depthwise_kernel"),
            (block.temporal.norm.beta, "5/_feature/_batch_norm_temporal/beta"),
            (block.squeeze_excite.position, "5/_attention/_pos_encoding/_rezero/_scale"),
            (block.squeeze_excite.reduce.kernel, "5/_attention/_se_reduce/_conv/_conv/kernel"),
        ):
            np.testing.assert_array_equal(weight.numpy(), arrays[root + path].reshape(weight.shape), err_msg=path)
        assert sum(array.size for array in arrays.values()) == backbone.count_params()

    def test_a_base_checkpoint_is_refused(self, tmp_path: Path) -> None:
        write_checkpoint(tmp_path / "ckpt")

        with pytest.raises(ModelUnavailable, match=r"base or stream|_conv"):
            import_backbone(StreamBackbone(BackboneOptions("a0", frames=1, size=32)), tmp_path / "ckpt-1")
