from __future__ import annotations

import json
from pathlib import Path

import pytest

from model.bundle import RECORD
from model.record import BundleRecord, stored_report
from tests.records import record_with
from tests.unit.app.fakes import fake_report


def test_a_record_comes_back_from_a_bundle_as_it_was_written(tmp_path: Path) -> None:
    record = record_with(fake_report(), film_notes="Looked at once.")
    record.write(tmp_path)
    assert BundleRecord.read(tmp_path) == record
    assert stored_report(tmp_path) == record.report
    json.loads((tmp_path / RECORD).read_text(), parse_constant=pytest.fail)


def test_a_recipe_in_a_record_keeps_what_only_training_reads(tmp_path: Path) -> None:
    recipe = {**record_with(fake_report()).training.recipe.model_dump(), "dropout": 0.4, "augmentation": {"jpeg": 0.5}}
    training = {"recipe": recipe, "step": 5, "start": {"name": "own", "sha256": "ab"}, "versions": {"keras": "3"}}
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
