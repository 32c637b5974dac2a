from __future__ import annotations

import math

import numpy as np
import pytest

from model.training.recipe import PRESETS, Recipe
from model.training.train import Pace


def test_the_rate_rises_in_equal_steps_to_the_end_of_the_warm_up() -> None:
    recipe = Recipe(steps=100, warmup=0.1, last_rate=0.0, learning_rate=2.0)
    cosine = [0.5 * (1 + math.cos(math.pi * step / 100)) for step in range(100)]
    for step in range(10):
        assert recipe.rate(step) == pytest.approx(2.0 * (step + 1) / 10 * cosine[step])
    for step in (9, 10, 11, 50, 99):
        assert recipe.rate(step) == pytest.approx(2.0 * cosine[step])


def test_without_a_warm_up_the_first_step_has_the_whole_rate() -> None:
    assert Recipe(steps=100, warmup=0.0, learning_rate=0.5).rate(0) == 0.5


@pytest.mark.parametrize("step", [100, 150])
def test_the_rate_ends_at_the_last_rate_and_stays_there(step: int) -> None:
    assert Recipe(steps=100, last_rate=0.25, learning_rate=2.0).rate(step) == pytest.approx(0.5)


def test_half_way_the_rate_is_half_way_between_its_peak_and_its_end() -> None:
    assert Recipe(steps=100, last_rate=0.2, learning_rate=1.0).rate(50) == pytest.approx(0.6)


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


def test_the_moving_average_is_short_at_first() -> None:
    recipe = Recipe(average=0.9)
    assert [recipe.keep(step) for step in (0, 1, 8, 80)] == pytest.approx([1 / 10, 2 / 11, 9 / 18, 81 / 90])
    assert recipe.keep(81) == 0.9


@pytest.mark.parametrize(("epochs", "clips", "steps"), [(2.0, 160, 20), (0.5, 124, 8), (0.5, 120, 8), (0.1, 16, 1)])
def test_epochs_become_steps_to_the_nearest_one_and_at_least_one(epochs: float, clips: int, steps: int) -> None:
    recipe = Recipe(epochs=epochs, batch=16 if epochs == 2.0 or epochs == 0.1 else 8).for_clips(clips)
    assert (recipe.steps, recipe.epochs) == (steps, 0.0)
    assert recipe.for_clips(10**6) == recipe


def test_a_recipe_of_steps_does_not_depend_on_the_clips() -> None:
    assert Recipe(steps=7).for_clips(1000) == Recipe(steps=7)


def test_a_run_evaluates_in_equal_distances_and_at_its_end() -> None:
    pace = Pace(report_steps=4, evaluations=3)
    assert [step for step in range(1, 21) if pace.evaluates(step, 20)] == [6, 12, 18, 20]
    assert [step for step in range(1, 21) if pace.ends_row(step, 20)] == [4, 6, 8, 12, 16, 18, 20]


def test_a_run_shorter_than_its_evaluations_evaluates_after_every_step() -> None:
    assert all(Pace(evaluations=10).evaluates(step, 3) for step in (1, 2, 3))


def test_a_run_without_evaluations_is_evaluated_at_its_end() -> None:
    assert [step for step in range(1, 6) if Pace(evaluations=0).evaluates(step, 5)] == [5]


def test_a_recipe_is_read_as_it_was_written_and_fields_added_since_have_their_defaults() -> None:
    recipe = Recipe(variant="a2", steps=7, augmentation=None)
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert Recipe.from_dict({"variant": "a2", "steps": 7, "augmentation": None}) == recipe
    with pytest.raises(ValueError, match="speed"):
        Recipe.from_dict({"speed": 3})


DIFFERENCES = {
    "rendered": {},
    "fine-tune": {
        "epochs": 40,
        "learning_rate": 5e-4,
        "average": 0.98,
        "dropout": 0.4,
        "choose": "best",
        "patience": 4,
    },
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_preset_differs_from_the_recipe_of_the_default_model_in_what_it_says(name: str) -> None:
    plain, preset = Recipe().to_dict(), PRESETS[name].to_dict()
    assert {key: value for key, value in preset.items() if value != plain[key]} == DIFFERENCES[name]
