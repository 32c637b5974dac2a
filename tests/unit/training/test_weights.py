"""Weights to train on from, in a bundle whose flatbuffer has the kernels, folded."""

from __future__ import annotations

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from model.bundle import FLOAT32, LITERT, PARTS, SAVED_MODEL, STEP, WEIGHTS
from model.contract import Contract, Movement
from model.movinet.export import export_bundle
from model.training.network import movinet
from model.training.recipe import Recipe
from model.training.weights import ROUNDING, Weights, write_weights

LABELS = ("a", "b", "c")
ZERO = 3
"""A channel of every normalisation that is switched off: dividing by its factor would give nothing."""

pytestmark = pytest.mark.usefixtures("tiny_variant")


@pytest.fixture(scope="module", params=[False, True], ids=["base", "stream"])
def recipe(request: pytest.FixtureRequest, tiny_variant: str) -> Recipe:
    return Recipe(variant=tiny_variant, frames=4, size=32, stream=request.param)


@pytest.fixture(scope="module")
def network(recipe: Recipe) -> keras.Model:
    """A network with normalisation and residual scales as after a training."""
    keras.utils.set_random_seed(5)
    model, random = movinet(recipe, len(LABELS)), np.random.default_rng(0)
    for weight in model.weights:
        if weight.name in ("beta", "moving_mean"):
            weight.assign(random.normal(0.0, 0.2, weight.shape))
        elif weight.name in ("gamma", "moving_variance"):
            weight.assign(random.uniform(0.5, 1.5, weight.shape))
        elif weight.name == "residual_scale":
            weight.assign(random.uniform(0.3, 0.7))
        if weight.name == "gamma":
            weight.assign(np.where(np.arange(weight.shape[0]) == ZERO, 0.0, weight.numpy()))
    return model


@pytest.fixture(scope="module")
def bundle(network: keras.Model, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    movements = tuple(Movement(label=label, meaning=label, spanish=label) for label in LABELS)
    contract = Contract(name="tiny", version="1", architecture="a", movements=movements, frames=4, size=32)
    directory = tmp_path_factory.mktemp("weights") / "bundle"
    export_bundle(network, contract, directory)
    write_weights(directory / WEIGHTS, network, recipe, LABELS, name="tiny 1", has_none=False)
    return directory


def test_weights_that_are_read_are_those_of_the_network_up_to_the_rounding_of_one_division(
    bundle: Path, network: keras.Model, recipe: Recipe
) -> None:
    read = Weights.read(bundle / WEIGHTS)
    assert (read.name, read.recipe, read.labels, read.has_none) == ("tiny 1", recipe, LABELS, False)
    for array, weight in zip(read.arrays, network.get_weights(), strict=True):
        assert array.dtype == np.float32
        largest = np.abs(weight).max(axis=tuple(range(weight.ndim - 1)))
        assert (np.abs(array - weight) <= ROUNDING * largest).all()


def test_channels_that_were_switched_off_are_read_exactly(bundle: Path, network: keras.Model) -> None:
    stem = network.backbone.get_layer("stem").kernel
    index = next(i for i, weight in enumerate(network.weights) if weight is stem)
    read = Weights.read(bundle / WEIGHTS).arrays[index]
    np.testing.assert_array_equal(read[..., ZERO], stem.numpy()[..., ZERO])
    assert np.abs(read[..., ZERO]).max() > 0


def test_kernels_stand_in_the_bundle_once(bundle: Path, network: keras.Model) -> None:
    """Not in the weights, and not in the graphs beside the flatbuffer."""
    assert not (bundle / SAVED_MODEL).exists()
    assert not (bundle / STEP).exists()
    others = [bundle / WEIGHTS, bundle / PARTS[SAVED_MODEL], bundle / PARTS[STEP]]
    content = b"".join(path.read_bytes() for path in others if path.is_file())
    large = [w.numpy() for w in network.weights if w.name == "kernel" and w.numpy().size >= 512]
    assert large
    for kernel in large:
        assert kernel.tobytes()[:64] not in content
        assert kernel.T.tobytes()[:64] not in content
    with np.load(bundle / WEIGHTS) as archive:
        stored = sum(archive[name].nbytes for name in archive.files if name != "description")
    assert stored < 0.5 * sum(w.numpy().nbytes for w in network.weights)


def test_a_quantised_bundle_trains_on_from_its_float32_flatbuffer(bundle: Path, tmp_path: Path) -> None:
    quantised = Path(shutil.copytree(bundle, tmp_path / "quantised"))
    (quantised / LITERT).rename(quantised / FLOAT32)
    (quantised / LITERT).write_bytes(b"int8")
    before, after = (Weights.read(directory / WEIGHTS) for directory in (bundle, quantised))
    for one, other in zip(before.arrays, after.arrays, strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_beside_another_flatbuffer_are_refused(bundle: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(bundle, tmp_path / "other"))
    with (other / LITERT).open("ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match="written for another flatbuffer"):
        Weights.read(other / WEIGHTS)
    (other / LITERT).unlink()
    with pytest.raises(FileNotFoundError, match="is not in a bundle"):
        Weights.read(other / WEIGHTS)


def test_what_is_no_file_of_weights_is_refused(bundle: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(bundle, tmp_path / "other"))
    with np.load(bundle / WEIGHTS) as archive:
        arrays = dict(archive)
    description = str(arrays.pop("description"))
    written_before = {"0000": np.zeros(3, np.float16), "description": np.array('{"name": "before"}')}
    for content in ({}, written_before, {"description": np.array(description)}):
        np.savez(other / WEIGHTS, **content)
        with pytest.raises(ValueError, match="holds no weights, or an older version wrote them"):
            Weights.read(other / WEIGHTS)
    (other / WEIGHTS).write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"weights\.npz"):
        Weights.read(other / WEIGHTS)


def test_objects_of_python_are_not_read_from_weights_since_they_may_run_code(bundle: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(bundle, tmp_path / "other"))
    np.savez(other / WEIGHTS, **{"description": np.array({}, object), "0000": np.ones(1)})
    with pytest.raises(ValueError, match="allow_pickle=False"):
        Weights.read(other / WEIGHTS)
