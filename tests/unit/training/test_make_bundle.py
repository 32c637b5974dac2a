from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from model.bundle import CARD, Bundle
from model.predict import Predictor
from model.rendering import dataset
from model.rendering.dataset import render_dataset
from model.shards import shard_paths
from model.training.bundle_options import BundleOptions
from model.training.make_bundle import make_bundle
from model.training.recipe import Recipe
from model.training.train import train

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Enough clips that most labels have one held out, and a few of another seed."""
    folder = tmp_path_factory.mktemp("rendered")
    render_dataset(folder / "data", 300, 1, workers=2)
    render_dataset(folder / "test", dataset.SHARD, 2, workers=2)
    return {name: shard_paths(folder / name) for name in ("data", "test")}


@pytest.fixture(scope="module")
def bundle(rendered: dict[str, list[Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    train(folder / "run", rendered["data"], Recipe(size=32, steps=3, batch=8))
    report = {
        "steps": 3,
        "clips_seen": 24,
        "size": 32,
        "rows": [
            {
                "name": "the recipe",
                "held_out": {"movements": 6, "top1": 0.5, "loss": 1.0, "others": 2, "rejected": 0.5},
                "videos": {
                    "film": {
                        view: {"movements": 2, "top1": 1.0, "loss": 0.25, "others": 0, "rejected": None}
                        for view in ("athlete", "none")
                    }
                },
            }
        ],
    }
    (folder / "ablation").mkdir()
    (folder / "ablation" / "ablation.json").write_text(json.dumps(report))
    options = BundleOptions(test=rendered["test"], film_notes="Looked at once.", ablations=[folder / "ablation"])
    make_bundle(folder / "run", rendered["data"], folder / "bundle", options)
    return folder / "bundle"


def test_a_bundle_of_a_run_is_sealed_and_answers(bundle: Path) -> None:
    contract = Predictor(Bundle.load(bundle)).contract
    assert contract.size == 32
    assert contract.none_of_these is not None


def test_its_card_shows_what_was_measured(bundle: Path) -> None:
    card = (bundle / CARD).read_text(encoding="utf-8")
    assert "of a seed never trained on" in card
    film = "1.00 [0.34, 1.00] (0.25)"
    assert f"| the recipe | 0.50 [0.19, 0.81] (1.00), rejects 0.50 [0.09, 0.91] | {film} | {film} |" in card
    assert "Looked at once." in card
    assert "clips per second and core" in card
    sheets = re.findall(r"!\[.+\]\((evaluation/.+\.jpg)\)", card)
    assert len(sheets) >= 5
    for sheet in sheets:
        assert ((bundle / CARD).parent / sheet).is_file()
