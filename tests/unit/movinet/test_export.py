from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from model.bundle import SAVED_MODEL, Bundle
from model.contract import MOVEMENTS, Contract
from model.defaults import EngineName
from model.engines import open_engine
from model.errors import ModelUnavailable
from model.movinet.backbone import Backbone
from model.movinet.classifier import Classifier
from model.movinet.export import export, export_bundle
from model.movinet.fold import fold
from model.movinet.options import BackboneOptions
from model.movinet.precision import Precision
from model.movinet.quantise import quantise
from model.parts.whole import content

SAVER_OPS = {"SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename", "StringJoin", "StaticRegexFullMatch"}
"""What every SavedModel has beside its signatures; it runs only when somebody saves or restores variables."""


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract(name="a0", version="1", architecture="movinet_a0_base", movements=MOVEMENTS, frames=4, size=40)


@pytest.fixture(scope="module")
def classifier(contract: Contract) -> Classifier:
    """A classifier whose normalisation and residual scales are far from their initial values."""
    keras.utils.set_random_seed(0)
    model = Classifier(Backbone(BackboneOptions(frames=contract.frames, size=contract.size)), 9, channels="motion")
    random = np.random.default_rng(0)
    for weight in model.weights:
        if weight.name in ("beta", "moving_mean"):
            weight.assign(random.normal(0.0, 0.2, weight.shape))
        elif weight.name in ("gamma", "moving_variance"):
            weight.assign(random.uniform(0.5, 1.5, weight.shape))
        elif weight.name == "residual_scale":
            weight.assign(random.uniform(0.3, 0.7))
    return model


@pytest.fixture(scope="module")
def clip() -> np.ndarray:
    return np.random.default_rng(1).random((1, 4, 40, 40, 3), np.float32)


@pytest.fixture(scope="module")
def bundle(classifier: Classifier, contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by the command, from files, as a person makes it."""
    folder = tmp_path_factory.mktemp("export")
    classifier.save(folder / "model.keras")
    contract.write(folder / "contract.json")
    export(folder / "model.keras", folder / "contract.json", folder / "bundle")
    return folder / "bundle"


def test_folding_keeps_the_logits(classifier: Classifier, clip: np.ndarray) -> None:
    folded = fold(classifier)

    assert not [w.path for w in folded.weights if w.name in ("gamma", "moving_mean", "residual_scale")]
    np.testing.assert_allclose(folded(clip), classifier(clip, training=False), atol=1e-5)


def test_a_folded_classifier_is_not_folded_again() -> None:
    with pytest.raises(ValueError, match="already"):
        fold(Classifier(Backbone(BackboneOptions(frames=1, size=32, folded=True)), 2))


@pytest.mark.parametrize("engine", [EngineName.LITERT, EngineName.TENSORFLOW])
def test_the_bundle_gives_the_logits_of_the_classifier(
    engine: EngineName, bundle: Path, classifier: Classifier, clip: np.ndarray
) -> None:
    logits = open_engine(Bundle.load(bundle), engine, threads=1).logits(clip)

    np.testing.assert_allclose(logits, classifier(clip, training=False), atol=1e-4)


def test_the_graph_only_computes(bundle: Path) -> None:
    saved = SavedModel()
    saved.ParseFromString(content(Bundle.load(bundle), SAVED_MODEL))
    graph = saved.meta_graphs[0].graph_def
    ops = {node.op for node in graph.node} | {node.op for f in graph.library.function for node in f.node_def}

    assert {"Conv2D", "DepthwiseConv2dNative", "MatMul"} <= ops
    refused = ("Var", "Py", "File", "Read", "Write", "Save", "Restore", "Assign", "Iterator", "Queue", "IdentityN")
    assert [op for op in sorted(ops - SAVER_OPS) if any(part in op for part in refused)] == []


def test_a_classifier_that_does_not_fit_the_contract_is_refused(
    classifier: Classifier, contract: Contract, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"\(1, 4, 40, 40, 3\).*\(1, 8, 40, 40, 3\)"):
        export_bundle(classifier, contract.model_copy(update={"frames": 8}), tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_a_file_that_holds_no_classifier_is_refused(contract: Contract, tmp_path: Path) -> None:
    contract.write(tmp_path / "contract.json")
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "other.keras")

    with pytest.raises(ModelUnavailable, match="holds a Sequential, not a classifier"):
        export(tmp_path / "other.keras", tmp_path / "contract.json", tmp_path / "bundle")


def test_a_directory_that_holds_something_is_left_alone(
    bundle: Path, classifier: Classifier, contract: Contract
) -> None:
    before = (bundle / "MANIFEST.json").read_bytes()

    with pytest.raises(FileExistsError):
        export_bundle(classifier, contract, bundle)
    assert (bundle / "MANIFEST.json").read_bytes() == before


def test_a_quantised_bundle_is_smaller_and_answers_alike(bundle: Path, clip: np.ndarray, tmp_path: Path) -> None:
    frames = (clip * 255).round().astype(np.uint8)

    made = quantise(bundle, Precision.INT8, tmp_path / "bundle", calibration=frames)

    before, after = (
        open_engine(Bundle.load(b), EngineName.LITERT, threads=1).logits(clip) for b in (bundle, tmp_path / "bundle")
    )
    assert made.bytes_after < 0.4 * made.bytes_before
    assert 0 < np.abs(after - before).max() < 0.2 * np.abs(before).max()
