from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from model.bundle import CARD, Bundle
from model.defaults import DEFAULT_BUNDLE
from model.pose import weights
from model.record import BundleRecord
from model.sequences.dataset import Sequences
from model.training.body.join import WEIGHT, join
from model.training.body.recipe import BodyRecipe
from model.training.body.train import train_body

EXAMPLES = Path(__file__).parents[3] / "app" / "assets" / "examples"

pytestmark = pytest.mark.skipif(
    not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
    reason="the weights of BlazePose are absent: run `make pose`",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    recipe = BodyRecipe(channels=8, dilations=(1, 2), steps=4, batch=4, warmup=2)
    train_body(folder, Sequences.made(3, range(20)), recipe, identity={"count": 20, "seed": 3})
    return folder


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    for name, source in (("thruster_1", "thruster"), ("ohs_2", "ohs"), ("walking_3", "deadlift")):
        shutil.copyfile(EXAMPLES / f"{source}.mp4", folder / f"{name}.mp4")
    return sorted(folder.iterdir())


def test_a_bundle_of_both_streams_says_how_they_were_joined(run: Path, films: list[Path], tmp_path: Path) -> None:
    contract = join(DEFAULT_BUNDLE, run, films, tmp_path / "bundle", version="9")
    bundle = Bundle.load(tmp_path / "bundle")
    assert bundle.contract == contract
    assert contract.version == "9"
    assert contract.body is not None
    assert contract.body.weight == WEIGHT
    assert contract.body.shares[contract.labels.index("thruster")] == 0.5
    assert bundle.body_path is not None and bundle.body_path.stat().st_size > 1000
    body = BundleRecord.read(bundle.directory).body
    assert body is not None
    assert body.joined.films == 3 and body.step == 4 and body.sequences == {"count": 20, "seed": 3}
    card = (bundle.directory / CARD).read_text()
    assert "## The body" in card and "on 3 rendered films" in " ".join(card.split())


def test_the_network_of_another_bundle_is_taken_as_it_is(films: list[Path], tmp_path: Path) -> None:
    join(DEFAULT_BUNDLE, DEFAULT_BUNDLE, films, tmp_path / "bundle", version="9")
    given, made = Bundle.load(DEFAULT_BUNDLE), Bundle.load(tmp_path / "bundle")
    assert given.body_path is not None and made.body_path is not None
    assert made.body_path.read_bytes() == given.body_path.read_bytes()
    before, after = BundleRecord.read(given.directory).body, BundleRecord.read(made.directory).body
    assert before is not None and after is not None
    assert after.model_copy(update={"joined": before.joined}) == before and after.joined.films == 3


def test_a_bundle_of_pictures_alone_has_no_network_to_take(
    films: list[Path], tmp_path: Path, tiny_bundle: Path
) -> None:
    with pytest.raises((ValueError, FileNotFoundError)):
        join(DEFAULT_BUNDLE, tiny_bundle, films, tmp_path / "bundle", version="9")


def test_nothing_is_overwritten_and_nothing_is_joined_on_no_films(run: Path, films: list[Path], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError):
        join(DEFAULT_BUNDLE, run, films, tmp_path, version="9")
    with pytest.raises(ValueError, match="no films of the movements"):
        join(DEFAULT_BUNDLE, run, [], tmp_path / "bundle", version="9")


def test_a_bundle_without_a_rule_cannot_be_joined(
    run: Path, films: list[Path], tmp_path: Path, tiny_bundle: Path
) -> None:
    with pytest.raises(ValueError, match="none of these"):
        join(tiny_bundle, run, films, tmp_path / "bundle", version="9")
