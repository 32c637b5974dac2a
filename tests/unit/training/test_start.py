from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from model.bundle import LITERT, WEIGHTS, seal
from model.movinet.backbone import Backbone
from model.movinet.options import BackboneOptions
from model.training.finished_run import FinishedRun, Kept
from model.training.network import movinet
from model.training.recipe import Recipe
from model.training.start import Start
from model.training.train import Pace, train
from model.training.weights import write_weights
from tests.unit.training.small_run import GENTLE, LABELS

RECIPE = Recipe(variant="tiny", frames=4, size=32)
OF_SHARDS = Recipe(variant="tiny", size=32, steps=2, batch=4, augmentation=GENTLE)

pytestmark = pytest.mark.usefixtures("tiny_variant")


@pytest.fixture(scope="module")
def source(tiny_variant: str) -> keras.Model:
    keras.utils.set_random_seed(5)
    return movinet(RECIPE, 4)


@pytest.fixture(scope="module")
def weights(source: keras.Model, tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = weights_path(tmp_path_factory.mktemp("start"), tiny_bundle)
    write_weights(path, source, RECIPE, ("a", "b", "c"), name="before 1", has_none=True)
    return path


@pytest.fixture
def clip() -> np.ndarray:
    return np.random.default_rng(0).random((2, 4, 32, 32, 3), np.float32)


def test_what_is_written_of_a_network_is_read_again(weights: Path, source: keras.Model) -> None:
    start = Start.read(weights)
    assert (start.name, start.recipe, start.labels, start.has_none) == ("before 1", RECIPE, ("a", "b", "c"), True)
    assert (start.path, start.digest) == (weights, hashlib.sha256(weights.read_bytes()).hexdigest())
    for read, weight in zip(start.weights, source.get_weights(), strict=True):
        assert read.dtype == np.float32
        np.testing.assert_array_equal(read, weight)


def test_outputs_that_both_know_say_the_same_whatever_their_order(weights: Path, clip: np.ndarray) -> None:
    start = Start.read(weights)
    before, model = movinet(RECIPE, 4), movinet(RECIPE, 4)
    before.set_weights(list(start.weights))

    start.give(model, RECIPE, ("c", "new", "a"), has_none=True)

    given, expected = model(clip, training=False).numpy(), before(clip, training=False).numpy()
    np.testing.assert_allclose(given[:, [0, 2, 3]], expected[:, [2, 0, 3]], atol=1e-6)


def test_other_frames_and_sizes_are_no_obstacle(weights: Path) -> None:
    recipe = replace(RECIPE, frames=6, size=40)
    model = movinet(recipe, 2)
    Start.read(weights).give(model, recipe, ("x", "y"), has_none=False)

    assert np.isfinite(model(np.zeros((1, 6, 40, 40, 3), np.float32)).numpy()).all()


@pytest.mark.parametrize("change", [{"variant": "a0"}, {"stream": True}, {"channels": "rgb"}])
def test_a_network_of_another_kind_is_refused(weights: Path, change: dict[str, object]) -> None:
    recipe = replace(RECIPE, **change)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="they must be the same"):
        Start.read(weights).give(movinet(recipe, 2), recipe, ("x", "y"), has_none=False)


def test_a_backbone_from_kinetics_needs_colours(tmp_path: Path) -> None:
    backbone = Backbone(BackboneOptions("tiny", frames=1, size=32))
    backbone.save_weights(tmp_path / "tiny.weights.h5")
    path = tmp_path / "tiny.weights.h5"
    start = Start.read(path)
    assert start == Start(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), None, (), False, (), path)
    with pytest.raises(ValueError, match="channels rgb"):
        start.give(movinet(RECIPE, 2), RECIPE, ("x", "y"), has_none=False)

    recipe = replace(RECIPE, channels="rgb")
    model = movinet(recipe, 2)
    start.give(model, recipe, ("x", "y"), has_none=False)

    np.testing.assert_array_equal(model.backbone.get_layer("stem").kernel, backbone.get_layer("stem").kernel)


def test_a_bundle_is_verified_before_its_weights_are_used(weights: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no weights to start from"):
        Start.read(tiny_bundle)
    with pytest.raises(ValueError, match="not a bundle"):
        Start.read(tmp_path)
    with pytest.raises(FileNotFoundError):
        Start.read(tmp_path / "nothing.npz")
    bundle = tmp_path / "bundle"
    weights_path(bundle, tiny_bundle).write_bytes(weights.read_bytes())
    seal(bundle)
    (bundle / WEIGHTS).write_bytes(b"altered")
    with pytest.raises(ValueError, match="altered"):
        Start.read(bundle)


def test_a_frozen_backbone_stays_as_it_was_and_the_classifier_learns(
    shards: list[Path], tiny_bundle: Path, tmp_path: Path
) -> None:
    recipe = Recipe(variant="tiny", size=32, steps=2, batch=4, average=0.0, frozen=True, augmentation=GENTLE)
    source = movinet(recipe, 3)
    path = weights_path(tmp_path / "bundle", tiny_bundle)
    write_weights(path, source, recipe, ("red", "x", "y"), name="before", has_none=False)

    trained = train(
        tmp_path / "run",
        shards,
        recipe,
        labels=LABELS,
        start=Start.read(path),
        threads=1,
        pace=Pace(evaluations=1),
    )

    source.set_weights(list(Start.read(path).weights))
    for before, after in zip(source.backbone.get_weights(), trained.model.backbone.get_weights(), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-6)
    assert (
        np.abs(trained.model.get_layer("dense").get_weights()[0] - source.get_layer("dense").get_weights()[0]).max()
        > 1e-4
    )
    assert trained.config.start is not None
    assert trained.config.start.name == "before"
    with pytest.raises(ValueError, match="another start"):
        train(tmp_path / "run", shards, recipe, labels=LABELS, resume=True)


def test_a_start_that_does_not_fit_leaves_no_run_behind(weights: Path, shards: list[Path], tmp_path: Path) -> None:
    recipe = replace(RECIPE, channels="rgb", frames=10, steps=1)
    with pytest.raises(ValueError, match="they must be the same"):
        train(tmp_path / "run", shards, recipe, labels=LABELS, start=Start.read(weights), threads=1)
    assert not (tmp_path / "run").exists()


def weights_path(bundle: Path, tiny_bundle: Path) -> Path:
    """Where weights are written in a new bundle, whose flatbuffer has none of them."""
    (bundle / LITERT).parent.mkdir(parents=True)
    shutil.copyfile(tiny_bundle / LITERT, bundle / LITERT)
    return bundle / WEIGHTS


@pytest.fixture
def begun(tiny_bundle: Path, tmp_path: Path) -> Start:
    """Weights of the movements and the size of the shards."""
    path = weights_path(tmp_path / "begun", tiny_bundle)
    write_weights(path, movinet(OF_SHARDS, len(LABELS) + 1), OF_SHARDS, LABELS, name="before", has_none=True)
    return Start.read(path)


def test_a_share_of_what_a_run_began_with_is_kept(begun: Start, shards: list[Path], tmp_path: Path) -> None:
    last = train(tmp_path / "run", shards, OF_SHARDS, labels=LABELS, start=begun, threads=1).model.get_weights()
    kept = FinishedRun.open(tmp_path / "run", shards, Kept(begun, 0.25))
    assert kept.kept == 0.25
    for now, learned, first in zip(kept.trained.model.get_weights(), last, begun.weights, strict=True):
        np.testing.assert_allclose(now, 0.75 * learned + 0.25 * first, atol=1e-5)
    whole = FinishedRun.open(tmp_path / "run", shards)
    assert whole.kept == 0
    for now, learned in zip(whole.trained.model.get_weights(), last, strict=True):
        np.testing.assert_array_equal(now, learned)


def test_only_what_a_run_began_with_can_be_kept(begun: Start, shards: list[Path], tmp_path: Path) -> None:
    train(tmp_path / "run", shards, OF_SHARDS, labels=LABELS, threads=1)
    with pytest.raises(ValueError, match="did not begin"):
        FinishedRun.open(tmp_path / "run", shards, Kept(begun, 0.25))
