from __future__ import annotations

from pathlib import Path

import pytest

from model.bundle import CARD, Bundle
from model.defaults import DEFAULT_BUNDLE
from model.record import BundleRecord
from model.sequences.counting import counting_sequence
from model.sequences.dataset import Sequences
from model.training.body.counter import add_counter
from model.training.body.recipe import BodyRecipe
from model.training.body.train import train_body

SMALL = BodyRecipe(movements=1, channels=8, dilations=(1, 2), steps=4, batch=4, warmup=2)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train_body(folder, Sequences.made(3, range(20), counting_sequence), SMALL, identity={"count": 20, "seed": 3})
    return folder


def test_a_bundle_counts_and_says_what_its_counting_was_learned_from(run: Path, tmp_path: Path) -> None:
    contract = add_counter(DEFAULT_BUNDLE, run, tmp_path / "bundle", version="9")
    bundle = Bundle.load(tmp_path / "bundle")
    assert bundle.contract == contract and contract.version == "9"
    assert bundle.counter_path is not None and bundle.counter_path.stat().st_size > 1000
    record = BundleRecord.read(bundle.directory)
    assert record.counter is not None and record.counter.step == 4
    assert "It learned in 4 steps from 20 sequences" in " ".join((bundle.directory / CARD).read_text().split())
    assert record.body == BundleRecord.read(DEFAULT_BUNDLE).body


def test_the_network_of_another_bundle_is_taken_as_it_is(tmp_path: Path) -> None:
    add_counter(DEFAULT_BUNDLE, DEFAULT_BUNDLE, tmp_path / "bundle", version="9")
    given, made = Bundle.load(DEFAULT_BUNDLE), Bundle.load(tmp_path / "bundle")
    assert given.counter_path is not None and made.counter_path is not None
    assert made.counter_path.read_bytes() == given.counter_path.read_bytes()
    assert BundleRecord.read(made.directory).counter == BundleRecord.read(given.directory).counter


def test_nothing_is_overwritten(run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError):
        add_counter(DEFAULT_BUNDLE, run, tmp_path, version="9")


def test_a_bundle_without_a_body_or_a_run_that_names_is_refused(run: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="second stream"):
        add_counter(tiny_bundle, run, tmp_path / "one", version="9")
    naming = tmp_path / "naming"
    train_body(naming, Sequences.made(3, range(20)), SMALL.model_copy(update={"movements": 9}))
    with pytest.raises(ValueError, match="names 9 movements"):
        add_counter(DEFAULT_BUNDLE, naming, tmp_path / "two", version="9")
