from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.answers.ablation import Ablation
from model.rendering.mp4 import write_mp4
from model.training import ablation as ablation_module
from model.training.ablation import ABLATION, ablate, variants
from model.training.recipe import Recipe
from model.training.run_config import RunConfig
from model.training.train import Trained
from tests.unit.training.small_run import LABELS, tiny_network, tiny_recipe


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A red, a green and a grey video, the grey one of no movement."""
    folder = tmp_path / "film"
    folder.mkdir()
    for name, colour in {"red_1": (200, 60, 60), "green_2": (60, 200, 60), "walking_3": (60, 60, 60)}.items():
        frames = np.empty((20, 64, 64, 3), np.uint8)
        frames[:] = colour
        write_mp4(folder / f"{name}.mp4", frames)
    return folder


def test_every_variant_takes_one_thing_away() -> None:
    recipes = variants(Recipe())
    assert recipes["the recipe"] == Recipe()
    assert len({json.dumps(recipe.to_dict()) for recipe in recipes.values()}) == len(recipes)
    nothing = recipes["no variation at all"].augmentation
    assert nothing.min_scale == nothing.max_scale
    assert not any((nothing.mirror, nothing.jpeg, nothing.colour, nothing.bars, nothing.shake, nothing.noise))


def test_a_variant_that_there_is_not_is_refused(tmp_path: Path, shards: list[Path], film: Path) -> None:
    with pytest.raises(ValueError, match="no such thing"):
        ablate(tmp_path, shards, tiny_recipe(), [film], only=["no such thing"], labels=LABELS, threads=1)


def test_all_variants_are_trained_each_with_its_recipe(
    tmp_path: Path, shards: list[Path], film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: dict[str, Recipe] = {}
    recipe = tiny_recipe(steps=4)
    network = tiny_network(recipe, len(LABELS) + 1)

    def untrained(run: Path, data: Sequence[Path], changed: Recipe, **options: object) -> Trained:
        run.mkdir(parents=True)
        trained[run.name] = changed
        config = RunConfig(recipe=changed, labels=LABELS, clips=128, start=None)
        return Trained(network, changed.steps, config)

    monkeypatch.setattr(ablation_module, "train", untrained)
    report = ablate(tmp_path, shards, recipe, [film], labels=LABELS, threads=1)

    assert [row.name for row in report.rows] == list(variants(recipe))
    assert list(trained.values()) == list(variants(recipe).values())
    assert len(trained) == len(report.rows), "each in a folder of its own"
    assert (report.steps, report.clips_seen, report.size) == (4, 32, recipe.size)


def test_variants_are_judged_on_the_same_clips_and_a_second_call_trains_nothing(
    tmp_path: Path, shards: list[Path], film: Path
) -> None:
    out = tmp_path / "ablation"
    names = ["the recipe", "nothing in front"]
    settings: dict[str, Any] = {"labels": LABELS, "threads": 1, "network": tiny_network, "only": names}
    report = ablate(out, shards, tiny_recipe(steps=20), [film], **settings)
    assert [row.name for row in report.rows] == names
    for row in report.rows:
        for score in row.videos["film"].values():
            assert (score.movements, score.others) == (2, 1)
    first = report.rows[0]
    assert first.held_out.top1 == 1.0
    assert first.videos["film"]["none"].top1 == 1.0
    assert Ablation.model_validate_json((out / ABLATION).read_bytes()) == report
    again = ablate(out, shards, tiny_recipe(steps=20), [film], **settings)
    assert again == report
