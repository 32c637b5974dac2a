from __future__ import annotations

from pathlib import Path

import pytest

from model.training.plan import plan
from model.training.recipe import PRESETS, Recipe
from model.training.start import Start
from tests.unit.training.recorded import write_colour_records


def start(recipe: Recipe | None) -> Start:
    return Start("before", "0" * 64, recipe, (), False, (), Path("weights"))


def test_without_anything_else_the_preset_is_the_recipe(tmp_path: Path) -> None:
    assert plan("rendered", [tmp_path], None, variant=None, size=None) == PRESETS["rendered"]


def test_the_presets_of_the_thesis_are_its_figures() -> None:
    thesis = PRESETS["thesis"]
    assert (thesis.variant, thesis.size, thesis.frames, thesis.channels) == ("a2", 224, 10, "rgb")
    assert (thesis.batch, thesis.epochs, thesis.learning_rate, thesis.label_smoothing) == (8, 10, 0.01, 0.1)
    assert (thesis.optimizer, thesis.rho, thesis.momentum, thesis.epsilon) == ("rmsprop", 0.9, 0.9, 1.0)
    assert (thesis.clip_norm, thesis.clip_each, thesis.choose, thesis.augmentation) == (1.0, True, "best", None)
    assert thesis.for_clips(2164).steps == 2705
    assert thesis.for_clips(2164).rate(0) == pytest.approx(0.01)
    assert thesis.for_clips(2164).rate(2704) < 1e-7


def test_an_unknown_preset_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rendered, fine-tune, thesis"):
        plan("best", [tmp_path], None)


def test_unknown_channels_are_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rgb, motion"):
        plan("rendered", [tmp_path], None, channels="blue")


def test_size_and_frames_are_those_of_the_records(tmp_path: Path) -> None:
    records = write_colour_records(tmp_path, size=48, frames=6)
    assert (plan("rendered", [records], None).size, plan("rendered", [records], None).frames) == (48, 6)
    assert plan("rendered", [records], None, size=48).size == 48
    with pytest.raises(ValueError, match="48 pixels, not of 64"):
        plan("rendered", [records], None, size=64)


def test_the_network_is_that_of_the_start(tmp_path: Path) -> None:
    recipe = plan("fine-tune", [tmp_path], start(Recipe(variant="a1", stream=True)))
    assert (recipe.variant, recipe.stream, recipe.channels) == ("a1", True, "motion")
    assert plan("fine-tune", [tmp_path], start(Recipe(channels="rgb"))).channels == "rgb"
    assert plan("fine-tune", [tmp_path], start(None), variant="a2").channels == "rgb"


def test_steps_asked_for_replace_epochs(tmp_path: Path) -> None:
    assert plan("fine-tune", [tmp_path], None, steps=7).for_clips(1000).steps == 7
    assert plan("fine-tune", [tmp_path], None, steps=7).epochs == 0.0
    assert plan("rendered", [tmp_path], None, epochs=2.0).for_clips(160).steps == 20
