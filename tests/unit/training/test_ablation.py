from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.answers.ablation import Ablation, Row
from model.defaults import DEFAULT_BUNDLE
from model.pose import weights
from model.rendering.mp4 import write_mp4
from model.training import ablation as ablation_module
from model.training.ablation import ABLATION, ON_FLOW, ablate, variants
from model.training.card_tables import ablation_table
from model.training.flow import FlowChannels
from model.training.recipe import Recipe
from model.training.run_config import RunConfig
from model.training.served import served_rows
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


def untimed(report: Ablation) -> Ablation:
    """A comparison without what takes another time whenever it is measured."""
    return report.model_copy(
        update={"rows": tuple(row.model_copy(update={"milliseconds": None}) for row in report.rows)}
    )


def test_every_variant_takes_one_thing_away() -> None:
    recipes = variants(Recipe())
    assert recipes["the recipe"] == Recipe()
    own = {name: recipe for name, recipe in recipes.items() if name not in ON_FLOW}
    assert len({json.dumps(recipe.to_dict()) for recipe in own.values()}) == len(own)
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
    assert untimed(again) == untimed(report)


@pytest.mark.parametrize("alone", [False, True])
def test_a_network_on_flow_sees_what_moves_and_where(alone: bool) -> None:
    rng = np.random.default_rng(1)
    picture = np.kron(rng.uniform(0, 1, (16, 16)), np.ones((4, 4)))
    moved = np.stack([np.roll(picture, 2 * step, axis=1) for step in range(4)])
    clips = np.stack([np.repeat(frames[..., None], 3, axis=-1) for frames in (moved, moved[:1].repeat(4, axis=0))])
    channels = np.asarray(FlowChannels(alone=alone)(clips.astype(np.float32)))
    assert channels.shape == clips.shape and np.isfinite(channels).all()
    across, down = (channels[..., 1], channels[..., 2])
    inner = (slice(0, 3), slice(8, -8), slice(8, -8))
    assert np.median(across[0][inner]) > 0.3 > 10 * abs(np.median(down[0][inner]))
    assert not across[1].any() and not down[1].any()


def test_a_recipe_is_trained_on_flow(tmp_path: Path, shards: list[Path], film: Path) -> None:
    recipe = Recipe(steps=2, size=32, batch=4, augmentation=None)
    (name, *_) = ON_FLOW
    report = ablate(tmp_path, shards, recipe, [film], labels=LABELS, threads=1, only=[name])
    assert [row.name for row in report.rows] == [name] and report.rows[0].milliseconds > 0


@pytest.mark.skipif(
    not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
    reason="the weights of BlazePose are absent: run `make pose`",
)
def test_the_streams_of_a_finished_bundle_stand_beside_the_recipes(tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    examples = Path(__file__).parents[3] / "app" / "assets" / "examples"
    for name, source in (("thruster_1", "thruster"), ("walking_2", "ohs")):
        shutil.copyfile(examples / f"{source}.mp4", folder / f"{name}.mp4")
    rows = served_rows(DEFAULT_BUNDLE, [folder])
    assert [row.name.split(",")[0] for row in rows] == ["pictures", "landmarks", "both"]
    for row in rows:
        score = row.videos["films"]["athlete"]
        assert (score.movements, score.others, score.top1, score.rejected) == (1, 1, 1.0, 0.0)
        assert row.held_out is None and row.milliseconds is not None
    recipe = Row(name="a recipe", milliseconds=1.5, held_out=score, videos={"films": {"athlete": score, "none": score}})
    table = ablation_table(Ablation(steps=1, clips_seen=1, size=64, rows=(recipe, *rows)))
    assert table.splitlines()[2].endswith("| ms |") and table.splitlines()[5].count("| - |") == 2


def test_a_bundle_without_a_body_has_no_streams_to_compare(tiny_bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="second stream"):
        served_rows(tiny_bundle, [tmp_path])
