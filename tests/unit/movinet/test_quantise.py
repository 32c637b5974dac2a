"""A quantised bundle is an ordinary bundle: smaller, close to the float32 one, served by every engine."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from model.bundle import CARD, CONTRACT, LITERT, STEP, Bundle, Golden, seal, write_goldens
from model.contract import MOVEMENTS, Contract, Crop
from model.defaults import EngineName
from model.engines.stepper import Stepper
from model.movinet.export import FLATBUFFERS, SERVING, STEPPING
from model.movinet.precision import Precision
from model.movinet.quantise import Quantised, quantise
from model.predict import Predictor
from model.rendering.mp4 import write_mp4
from model.video import read_clip

FRAMES, SIZE = 2, 32


@pytest.fixture(scope="module")
def calibration() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (4, FRAMES, SIZE, SIZE, 3), np.uint8)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with both signatures, a golden clip and a card, of a graph that converts in a moment.

    Logits are a hidden layer and a linear one on the mean frame so far.
    """
    folder, random = tmp_path_factory.mktemp("source"), np.random.default_rng(0)
    pixels = SIZE * SIZE * 3
    wide = tf.constant(random.normal(0, 0.05, (pixels, 32)), tf.float32)
    narrow = tf.constant(random.normal(0, 0.05, (32, 9)), tf.float32)

    def logits(mean: tf.Tensor) -> tf.Tensor:
        return tf.matmul(tf.nn.relu(tf.matmul(mean, wide)), narrow)

    class MeanFrame(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((1, FRAMES, SIZE, SIZE, 3), name="image")], autograph=False)
        def serve(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"logits": logits(tf.reshape(tf.reduce_mean(image, axis=1), (1, pixels)))}

        @tf.function(
            input_signature=[
                tf.TensorSpec((1, 1), name="count"),
                tf.TensorSpec((1, 1, SIZE, SIZE, 3), name="image"),
                tf.TensorSpec((1, pixels), name="total"),
            ],
            autograph=False,
        )
        def step(self, count: tf.Tensor, image: tf.Tensor, total: tf.Tensor) -> dict[str, tf.Tensor]:
            count, total = count + 1, total + tf.reshape(image, (1, pixels))
            return {"count": count, "logits": logits(total / count), "total": total}

    contract = Contract(
        name="mean-frame",
        version="3",
        architecture="mean_frame",
        movements=MOVEMENTS,
        frames=FRAMES,
        size=SIZE,
        crop=Crop.NONE,
    )
    directory, module = folder / "bundle", MeanFrame()
    signatures = {SERVING: module.serve, STEPPING: module.step}
    tf.saved_model.save(module, str(directory), signatures=signatures)
    (directory / CARD).parent.mkdir()
    for name, path in FLATBUFFERS.items():
        converter = tf.lite.TFLiteConverter.from_saved_model(str(directory), signature_keys=[name])
        (directory / path).write_bytes(converter.convert())
    contract.write(directory / CONTRACT)
    (directory / CARD).write_text("# A model\n")
    seal(directory)
    write_mp4(folder / "golden.mp4", random.integers(0, 256, (8, 48, 48, 3), np.uint8))
    probabilities = Predictor.load(directory).probabilities(read_clip(folder / "golden.mp4", contract).tensor)
    write_goldens(directory, [Golden(folder / "golden.mp4", tuple(probabilities.tolist()))])
    seal(directory)
    return directory


@pytest.fixture(scope="module", params=[Precision.FP16, Precision.DYNAMIC, Precision.INT8])
def made(
    request: pytest.FixtureRequest, source: Path, calibration: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Precision, Quantised]:
    directory = tmp_path_factory.mktemp("quantised") / "bundle"
    return directory, request.param, quantise(source, request.param, directory, calibration=calibration)


@pytest.mark.parametrize("engine", [EngineName.LITERT, EngineName.TENSORFLOW])
def test_every_engine_opens_it_and_reproduces_its_golden_clip(
    engine: EngineName, made: tuple[Path, Precision, Quantised]
) -> None:
    predictor = Predictor.load(made[0], engine=engine)
    predictor.check()

    assert len(predictor.bundle.goldens) == 1


def test_both_flatbuffers_are_smaller_and_the_saved_model_is_the_same(
    made: tuple[Path, Precision, Quantised], source: Path
) -> None:
    directory, precision, result = made
    largest = {Precision.FP16: 0.6, Precision.DYNAMIC: 0.5, Precision.INT8: 0.5}[precision]

    for path in (LITERT, STEP):
        assert (directory / path).stat().st_size < largest * (source / path).stat().st_size
    assert (directory / "saved_model.pb").read_bytes() == (source / "saved_model.pb").read_bytes()
    assert result.bytes_after == sum((directory / path).stat().st_size for path in (LITERT, STEP))


def test_the_difference_is_measured_on_the_clips_and_said_in_the_card(
    made: tuple[Path, Precision, Quantised], source: Path, calibration: np.ndarray
) -> None:
    directory, precision, result = made
    before, after = (Predictor.load(bundle) for bundle in (source, directory))
    tensors = [clip[None].astype(np.float32) / 255 for clip in calibration]
    differences = np.array([np.abs(before.probabilities(t) - after.probabilities(t)) for t in tensors])

    assert result.clips == len(calibration)
    np.testing.assert_allclose(result.largest, differences.max(), atol=1e-7)
    np.testing.assert_allclose(result.mean, differences.mean(), atol=1e-7)
    assert 0 < differences.max() < 0.01
    assert f"{result.largest:.4f} at most" in (directory / CARD).read_text()
    assert f"are {precision.value} " in (directory / CARD).read_text()


def test_the_version_says_the_precision_and_nothing_else_of_the_contract_changes(
    made: tuple[Path, Precision, Quantised], source: Path
) -> None:
    directory, precision, _ = made
    expected = Bundle.load(source).contract.model_copy(update={"version": f"3-{precision.value}"})

    assert Bundle.load(directory).contract == expected


def test_frame_by_frame_is_close_to_the_float32_step(
    made: tuple[Path, Precision, Quantised], source: Path, calibration: np.ndarray
) -> None:
    steppers = [Stepper(Bundle.load(directory), threads=1) for directory in (source, made[0])]

    for frame in calibration[0]:
        before, after = (stepper.push(frame) for stepper in steppers)
        np.testing.assert_allclose(after, before, atol=0.02)


def test_without_clips_the_golden_ones_are_compared(source: Path, tmp_path: Path) -> None:
    result = quantise(source, Precision.FP16, tmp_path / "bundle")

    assert result.clips == 1


class TestRefusals:
    def test_int8_without_clips(self, source: Path, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="int8 needs calibration clips"):
            quantise(source, Precision.INT8, tmp_path / "bundle")

    def test_clips_of_another_size(self, source: Path, tmp_path: Path, calibration: np.ndarray) -> None:
        with pytest.raises(ValueError, match=re.escape("[clips, 2, 32, 32, 3], got [4, 2, 16, 32, 3]")):
            quantise(source, Precision.INT8, tmp_path / "bundle", calibration=calibration[:, :, ::2])

    def test_float32(self, source: Path, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="float32 already"):
            quantise(source, Precision.FP32, tmp_path / "bundle")

    def test_a_bundle_that_is_quantised(self, made: tuple[Path, Precision, Quantised], tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="quantised already"):
            quantise(made[0], Precision.FP16, tmp_path / "bundle")

    def test_a_directory_that_holds_something(self, source: Path) -> None:
        with pytest.raises(FileExistsError):
            quantise(source, Precision.FP16, source)

    def test_a_model_that_quantised_answers_every_golden_clip_otherwise(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("model.movinet.quantise.GOLDEN_TOLERANCE", 0.0)

        with pytest.raises(ValueError, match="every golden clip"):
            quantise(source, Precision.DYNAMIC, tmp_path / "bundle")
