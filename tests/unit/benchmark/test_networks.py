"""Bundles of networks, made in this process; the worker does the same in its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.benchmark import networks
from model.benchmark.calibration import calibration_clips, frames_of
from model.benchmark.messages import NetworkOrder
from model.benchmark.networks import make_network
from model.benchmark.plan import Kind, Network
from model.bundle import Bundle
from model.contract import MOVEMENTS, Contract
from model.defaults import EngineName
from model.engines import open_engine
from model.movinet.precision import Precision
from model.training.run_config import RunConfig
from model.training.train import Trained
from tests.unit.training.small_run import LABELS, SIZE, tiny_network, tiny_recipe, write_shard

TINY = Network(variant="a0", kind=Kind.BASE, frames=2, size=32)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rendered")
    write_shard(folder / "shard-00000.npz", 96)
    return folder


@pytest.fixture(scope="module")
def random_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("networks") / "a0"
    make_network(NetworkOrder(network=TINY, precision=Precision.FP32, out=out))
    return out


def test_a_random_network_is_a_bundle_of_the_default_movements(random_bundle: Path) -> None:
    contract = Bundle.load(random_bundle).contract

    assert contract.input_shape == (1, 2, 32, 32, 3)
    assert contract.movements == MOVEMENTS
    assert contract.none_of_these is not None


def test_a_quantised_network_is_made_of_its_float32_bundle(random_bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "fp16"
    make_network(NetworkOrder(network=TINY, precision=Precision.FP16, out=out, source=random_bundle))
    clip = np.random.default_rng(0).random((1, 2, 32, 32, 3), np.float32)

    before, after = (open_engine(Bundle.load(b), EngineName.LITERT).logits(clip) for b in (random_bundle, out))

    np.testing.assert_allclose(after, before, atol=1e-2)
    assert not list(tmp_path.glob("*.partial"))


def test_calibration_clips_are_those_trained_on_and_as_the_model_sees_them(shards: Path) -> None:
    training, held_out = calibration_clips(shards, LABELS)

    assert (len(training), len(held_out)) == (92, 4)
    assert frames_of(training, 5, SIZE).shape == (5, 10, SIZE, SIZE, 3)
    assert len(frames_of(held_out, 5, SIZE)) == 4, "no more than there are"


def test_a_folder_too_small_to_hold_clips_out_is_refused(tmp_path: Path) -> None:
    write_shard(tmp_path / "shard-00000.npz", 8)

    with pytest.raises(ValueError, match="too few clips"):
        calibration_clips(tmp_path, LABELS)


@pytest.mark.parametrize("has_none", [True, False])
def test_a_trained_network_gets_the_labels_of_its_run_and_its_calibration(
    has_none: bool, shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = tiny_recipe()
    config = RunConfig(recipe=recipe, labels=LABELS, has_none=has_none, clips=96)
    trained = Trained(tiny_network(recipe, 3 + has_none), 5, config)
    exported: list[Contract] = []

    def write(model: Any, contract: Contract, directory: Path) -> None:
        exported.append(contract)
        directory.mkdir()

    monkeypatch.setattr(networks, "load_trained", lambda run: trained)
    monkeypatch.setattr(networks, "export_bundle", write)
    network = Network(variant="a0", kind=Kind.BASE, frames=10, size=SIZE, run="runs/x")
    calibrations = (None, shards) if has_none else (None,)
    for number, folder in enumerate(calibrations):
        out = tmp_path / str(number)
        make_network(NetworkOrder(network=network, precision=Precision.FP32, out=out, calibration=folder))

    assert all(contract.labels == LABELS for contract in exported)
    assert exported[0].temperature == 1.0
    assert (exported[0].none_of_these is not None) == has_none
    if has_none:
        assert exported[1].temperature != 1.0
        assert exported[1].none_of_these != exported[0].none_of_these
