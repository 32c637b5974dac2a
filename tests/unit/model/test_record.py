from __future__ import annotations

import json
from pathlib import Path

import pytest

from model.bundle import RECORD
from model.defaults import DEFAULT_BUNDLE
from model.record import BundleRecord, stored_report
from tests.records import record_with
from tests.unit.app.fakes import fake_report


def test_a_record_comes_back_from_a_bundle_as_it_was_written(tmp_path: Path) -> None:
    record = record_with(fake_report(), film_notes="Looked at once.")
    record.write(tmp_path)
    assert BundleRecord.read(tmp_path) == record
    stored = stored_report(tmp_path)
    assert stored is not None
    assert stored.model_copy(update={"warnings": ()}) == record.report
    assert any("must not decide about people" in sentence for sentence in stored.warnings)
    json.loads((tmp_path / RECORD).read_text(), parse_constant=pytest.fail)


def test_a_recipe_in_a_record_keeps_what_only_training_reads(tmp_path: Path) -> None:
    recipe = {**record_with(fake_report()).training.recipe.model_dump(), "dropout": 0.4, "augmentation": {"jpeg": 0.5}}
    start = {"name": "own", "sha256": "ab"}
    training = {"recipe": recipe, "step": 5, "start": start, "kept": 0.25, "versions": {"keras": "3"}}
    record_with(fake_report(), training=training).write(tmp_path)
    assert BundleRecord.read(tmp_path).training.model_dump() == training


def test_a_bundle_without_a_record_or_with_one_of_the_future_has_no_report(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert stored_report(tmp_path) is None
    assert caplog.text == ""
    record = record_with(fake_report())
    record.write(tmp_path)
    (tmp_path / RECORD).write_text(json.dumps({**record.model_dump(mode="json"), "schema_version": 2}))
    assert stored_report(tmp_path) is None
    assert "cannot be read" in caplog.text


def test_what_a_bundle_says_of_film_stands_in_its_report() -> None:
    stored = stored_report(DEFAULT_BUNDLE)
    assert stored is not None
    clips, others = stored.film
    assert (clips.movements, clips.top1, clips.let_through, clips.others) == (9, 1.0, 1.0, 0)
    assert (others.movements, others.others, others.near) == (0, 43, 14)
    assert others.rejected == pytest.approx(34 / 43, abs=1e-3)
