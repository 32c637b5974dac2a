from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from model.body.reading import BodyNetwork
from model.errors import ModelUnavailable
from model.pose.track import FEATURES, INSTANTS, Track
from model.sequences.counting import counting_sequence
from model.sequences.dataset import Sequences
from model.training import averaged
from model.training.body.export import flatbuffer
from model.training.body.network import build
from model.training.body.recipe import BodyRecipe
from model.training.body.train import load_body, train_body
from model.training.interruption import Interrupted

MOVEMENTS = BodyRecipe().movements
SMALL = BodyRecipe(channels=8, dilations=(1, 2), steps=12, batch=4, warmup=2)


@pytest.fixture(scope="module")
def sequences() -> Sequences:
    return Sequences.made(3, range(40))


@pytest.fixture(scope="module")
def trained(sequences: Sequences, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("run")
    train_body(run, sequences, SMALL, identity={"seed": 3}, evaluations=3)
    return run


def test_a_run_writes_its_recipe_its_weights_and_a_log(trained: Path) -> None:
    described = json.loads((trained / "recipe.json").read_text())
    assert described == {"recipe": SMALL.model_dump(mode="json"), "sequences": {"seed": 3}, "count": 40}
    loaded = load_body(trained)
    assert loaded.step == 12 and loaded.recipe == SMALL
    assert loaded.figures is not None
    assert loaded.figures.step == 12 and 0 <= loaded.figures.right <= 1 and 0 <= loaded.figures.off <= 0.5


def test_it_learns(sequences: Sequences, tmp_path: Path) -> None:
    losses: list[float] = []
    recipe = SMALL.model_copy(update={"steps": 240, "learning_rate": 0.01})
    train_body(tmp_path, sequences, recipe, evaluations=4, report=lambda figures: losses.append(figures.loss))
    assert losses[-1] < 0.8 * losses[0]


def test_a_run_that_was_stopped_goes_on_as_if_it_never_was(
    trained: Path, sequences: Sequences, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopping(averaged.Stopper):
        checks = 0

        def check(self) -> None:
            type(self).checks += 1
            if type(self).checks == 6:
                raise averaged.StopAsked(15)

    with monkeypatch.context() as patch:
        patch.setattr(averaged, "Stopper", Stopping)
        with pytest.raises(Interrupted, match="step 5 of 12"):
            train_body(tmp_path, sequences, SMALL, identity={"seed": 3}, evaluations=3)
    train_body(tmp_path, sequences, SMALL, identity={"seed": 3}, evaluations=3, resume=True)
    whole, stopped = load_body(trained), load_body(tmp_path)
    assert whole.figures is not None and stopped.figures is not None
    assert (whole.figures.step, whole.figures.right) == (stopped.figures.step, stopped.figures.right)
    # Dropout draws anew after a stop, so the weights are near, not equal.
    for one, other in zip(whole.model.weights, stopped.model.weights, strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), atol=0.05)


def test_a_folder_with_a_run_is_not_overwritten(trained: Path, sequences: Sequences) -> None:
    with pytest.raises(FileExistsError, match="--resume"):
        train_body(trained, sequences, SMALL)
    with pytest.raises(ValueError, match="another recipe"):
        train_body(trained, sequences, SMALL.model_copy(update={"channels": 9}), resume=True)


def test_too_few_sequences_are_refused(tmp_path: Path, sequences: Sequences) -> None:
    with pytest.raises(ValueError, match="too few"):
        train_body(tmp_path, sequences.take(slice(4)), SMALL)


def test_a_causal_network_sees_nothing_that_comes_later() -> None:
    model = build(SMALL.model_copy(update={"causal": True}))
    features = np.random.default_rng(0).normal(size=(1, INSTANTS, FEATURES)).astype(np.float32)
    later = features.copy()
    later[:, 50:, :-1] += 1
    first, second = model(features, training=False).numpy(), model(later, training=False).numpy()
    np.testing.assert_array_equal(first[:, :50], second[:, :50])
    assert np.abs(first[:, 50:] - second[:, 50:]).max() > 0


@pytest.fixture(scope="module")
def network(trained: Path) -> BodyNetwork:
    return BodyNetwork(flatbuffer(load_body(trained).model), MOVEMENTS)


@pytest.mark.parametrize("count", [2, 30, INSTANTS, 150, 333])
def test_every_instant_of_a_track_of_any_length_is_read(network: BodyNetwork, count: int) -> None:
    points = np.random.default_rng(1).normal(0, 20, (count, 13, 2)).astype(np.float32)
    reading = network.read(Track(0.0, points, np.ones(count, np.float32)))
    assert reading.probabilities.shape == (count, MOVEMENTS + 1)
    np.testing.assert_allclose(reading.probabilities.sum(axis=1), 1)
    assert reading.direction.shape == (count, 2)


def test_a_higher_temperature_is_less_sure(network: BodyNetwork) -> None:
    track = Track(0.0, np.random.default_rng(1).normal(0, 20, (20, 13, 2)).astype(np.float32), np.ones(20, np.float32))
    sure, unsure = network.read(track), network.read(track, temperature=4.0)
    assert unsure.probabilities.max() < sure.probabilities.max()


def test_what_is_no_such_network_is_refused(trained: Path) -> None:
    content = flatbuffer(load_body(trained).model)
    with pytest.raises(ModelUnavailable, match="maps"):
        BodyNetwork(content, MOVEMENTS - 1)
    with pytest.raises(ModelUnavailable):
        BodyNetwork(content[:100], MOVEMENTS)


def test_a_network_that_counts_knows_exercises_and_nothing_else(tmp_path: Path) -> None:
    some = Sequences.made(3, range(20), counting_sequence)
    recipe = SMALL.model_copy(update={"steps": 2, "movements": 1})
    trained = train_body(tmp_path, some, recipe)
    network = BodyNetwork(flatbuffer(trained.model), 1)
    reading = network.read(Track(0.0, np.ones((30, 13, 2), np.float32), np.ones(30, np.float32)))
    assert reading.probabilities.shape == (30, 2)
