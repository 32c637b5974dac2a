from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.training import checkpoint
from model.training.history import LOG, TENSORBOARD, Row
from model.training.network import movinet
from model.training.recipe import Recipe
from model.training.train import CHECKPOINT, CONFIG, Pace, Trained, load_trained, train
from tests.unit.training.small_run import LABELS, tiny_network, tiny_recipe

PACE = Pace(report_steps=4, evaluations=2, checkpoint_seconds=3600.0)


def run(folder: Path, shards: list[Path], recipe: Recipe | None = None, **options: object) -> Trained:
    settings = {"labels": LABELS, "threads": 1, "network": tiny_network, "pace": PACE, **options}
    return train(folder, shards, recipe or tiny_recipe(), **settings)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, shards: list[Path]) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    run(folder, shards)
    return folder


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / LOG).open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_loss_falls_and_held_out_clips_are_recognised(tmp_path: Path, shards: list[Path]) -> None:
    reports: list[Row] = []
    run(tmp_path / "run", shards, tiny_recipe(steps=60), report=reports.append)
    assert reports[-1].loss < 0.6 * reports[0].loss
    assert reports[-1].held_out_top1 is not None
    assert reports[-1].held_out_top1 > 0.7


def test_a_killed_run_goes_on_exactly_as_if_it_had_not_been_killed(
    tmp_path: Path, shards: list[Path], uninterrupted: Path
) -> None:
    run(tmp_path / "run", shards, stop_after=5)
    run(tmp_path / "run", shards, resume=True)
    expected, expected_step = checkpoint.read(uninterrupted / CHECKPOINT)
    given, given_step = checkpoint.read(tmp_path / "run" / CHECKPOINT)
    assert given_step == expected_step == 12
    for group in ("model", "average", "optimizer"):
        for name, values in expected[group].items():
            np.testing.assert_allclose(given[group][name], values, rtol=1e-5, atol=1e-7, err_msg=f"{group} {name}")
    assert [row["step"] for row in rows(tmp_path / "run")][-2:] == [row["step"] for row in rows(uninterrupted)][-2:]


def test_rows_of_steps_that_a_kill_undid_are_dropped(tmp_path: Path, shards: list[Path]) -> None:
    folder = tmp_path / "run"
    run(folder, shards, stop_after=5)
    with (folder / LOG).open("a") as file:
        file.write("9,72,0.1,0.5,0.5,0.01,,\n")
    run(folder, shards, resume=True)
    steps = [int(row["step"]) for row in rows(folder)]
    assert steps == sorted(set(steps))
    assert 9 not in steps


def test_the_run_folder_tells_what_was_done(uninterrupted: Path) -> None:
    config = json.loads((uninterrupted / CONFIG).read_text())
    assert Recipe.from_dict(config["recipe"]) == tiny_recipe()
    assert config["labels"] == list(LABELS)
    assert set(config["versions"]) == {"python", "tensorflow", "keras", "numpy"}
    assert [int(row["step"]) for row in rows(uninterrupted)] == [4, 6, 8, 12]
    assert list((uninterrupted / TENSORBOARD).glob("events*"))


def test_what_is_loaded_is_the_moving_average(uninterrupted: Path) -> None:
    groups, step = checkpoint.read(uninterrupted / CHECKPOINT)
    trained = load_trained(uninterrupted, network=tiny_network)
    assert trained.step == step
    for weight, name in zip(trained.model.weights, sorted(groups["average"]), strict=True):
        np.testing.assert_array_equal(np.asarray(weight), groups["average"][name])
    assert any(not np.array_equal(groups["average"][k], groups["model"][k]) for k in groups["average"])


def test_a_folder_that_holds_a_run_is_not_overwritten(uninterrupted: Path, shards: list[Path]) -> None:
    with pytest.raises(FileExistsError, match="resume"):
        run(uninterrupted, shards)


def test_a_run_is_not_continued_with_another_recipe_or_other_clips(uninterrupted: Path, shards: list[Path]) -> None:
    with pytest.raises(ValueError, match="another recipe"):
        run(uninterrupted, shards, replace(tiny_recipe(), learning_rate=0.1), resume=True)
    with pytest.raises(ValueError, match="another clips"):
        run(uninterrupted, shards[:1], resume=True)


def test_the_default_network_takes_the_recipes_clips_and_gives_its_outputs() -> None:
    recipe = Recipe(frames=4, size=32)
    model = movinet(recipe, 10)
    assert model.input_shape == (None, 4, 32, 32, 3)
    assert model.output_shape == (None, 10)


def test_the_rate_rises_then_falls_to_a_hundredth() -> None:
    recipe = Recipe(steps=1000)
    assert recipe.rate(0) < 0.03 * recipe.learning_rate
    assert recipe.rate(50) > 0.98 * recipe.learning_rate
    assert recipe.rate(999) == pytest.approx(0.01 * recipe.learning_rate, rel=0.01)


def test_the_moving_average_forgets_the_first_weights() -> None:
    recipe = Recipe()
    left = np.prod([recipe.keep(step) for step in range(200)])
    assert left < 1e-6
    assert recipe.keep(10**6) == recipe.average
