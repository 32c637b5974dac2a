from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model.bundle import CONTRACT, Bundle, seal
from model.contract import NoneOfThese
from model.defaults import EngineName
from model.engines import open_engine
from model.engines.calibration import calibrated
from model.errors import ModelUnavailable


def tensor(red: float = 0.0, green: float = 0.0, blue: float = 0.0) -> np.ndarray:
    return np.broadcast_to(np.float32([red, green, blue]), (1, 10, 64, 64, 3)).copy()


@pytest.fixture
def bundle(tmp_path: Path, tiny_bundle: Path) -> Path:
    return Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))


def change_contract(bundle: Path, **changes: object) -> None:
    contract = json.loads((bundle / CONTRACT).read_text())
    (bundle / CONTRACT).write_text(json.dumps({**contract, **changes}))
    seal(bundle)


def test_auto_takes_litert_when_the_bundle_carries_a_flatbuffer(tiny_bundle: Path) -> None:
    assert open_engine(Bundle.load(tiny_bundle)).name == "litert"


def test_auto_takes_tensorflow_for_a_plain_saved_model(tiny_bundle: Path) -> None:
    plain = Bundle.plain(tiny_bundle, Bundle.load(tiny_bundle).contract)
    assert open_engine(plain).name == "tensorflow"
    with pytest.raises(ModelUnavailable, match="no flatbuffer"):
        open_engine(plain, EngineName.LITERT)


def test_both_engines_give_the_same_logits(tiny_bundle: Path) -> None:
    loaded = Bundle.load(tiny_bundle)
    clip = tensor(0.9, 0.2, 0.4)
    lite = open_engine(loaded, EngineName.LITERT).logits(clip)
    full = open_engine(loaded, EngineName.TENSORFLOW).logits(clip)
    assert lite.shape == full.shape == (1, 9)
    np.testing.assert_allclose(lite, full, atol=1e-4)


@pytest.mark.parametrize("engine", [EngineName.LITERT, EngineName.TENSORFLOW])
def test_a_graph_that_does_not_fit_its_contract_is_refused(bundle: Path, engine: EngineName) -> None:
    change_contract(bundle, size=80)
    with pytest.raises(ModelUnavailable, match="contract says"):
        open_engine(Bundle.load(bundle), engine)


@pytest.mark.parametrize("engine", [EngineName.LITERT, EngineName.TENSORFLOW])
def test_labels_that_do_not_fit_the_graphs_outputs_are_refused(bundle: Path, engine: EngineName) -> None:
    change_contract(bundle, none_of_these=NoneOfThese().model_dump())
    with pytest.raises(ModelUnavailable, match="contract says"):
        open_engine(Bundle.load(bundle), engine)


def test_a_graph_that_reads_files_is_refused_before_it_runs(tmp_path: Path, tiny_bundle: Path) -> None:
    script = """
import sys, tensorflow as tf
class M(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec((1, 10, 64, 64, 3), tf.float32, name="image")])
    def serve(self, image):
        size = tf.strings.length(tf.io.read_file("/etc/hostname"))
        return {"logits": tf.zeros((1, 9)) + tf.cast(size, tf.float32) + 0 * tf.reduce_sum(image)}
m = M(); tf.saved_model.save(m, sys.argv[1], signatures={"serving_default": m.serve})
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "m")], check=True, capture_output=True)
    plain = Bundle.plain(tmp_path / "m", Bundle.load(tiny_bundle).contract)
    with pytest.raises(ModelUnavailable, match="ReadFile"):
        open_engine(plain)


def test_a_flatbuffer_that_is_none_is_refused(bundle: Path) -> None:
    (bundle / "assets.extra" / "model.tflite").write_bytes(b"not a flatbuffer" * 10)
    seal(bundle)
    with pytest.raises(ModelUnavailable, match="cannot be opened"):
        open_engine(Bundle.load(bundle))


def test_calibration_divides_by_the_temperature_and_adds_the_rules_bias(tiny_bundle: Path) -> None:
    contract = Bundle.load(tiny_bundle).contract.model_copy(
        update={"temperature": 2.0, "none_of_these": NoneOfThese(bias=1.0)}
    )
    logits = np.array([2.0, 0, 0, 0, 0, 0, 0, 0, 0, -2.0])
    expected = np.exp([1.0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0])
    np.testing.assert_allclose(calibrated(logits, contract), expected / expected.sum())


def test_calibrated_probabilities_of_huge_logits_are_finite(tiny_bundle: Path) -> None:
    probabilities = calibrated(np.array([[1e4] + [0.0] * 8]), Bundle.load(tiny_bundle).contract)
    np.testing.assert_allclose(probabilities.sum(-1), 1)
