"""What a bundle is called and what is measured of it, without a run and without an export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from model.contract import NONE, Movement
from model.data.manifest import Split
from model.training import make_bundle, measure_bundle
from model.training.bundle_options import BundleOptions
from model.training.data_record import data_record, judged_in_words
from model.training.dataset import Clips
from model.training.finished_run import FinishedRun
from model.training.recipe import Recipe
from tests.records import record_with
from tests.unit.app.fakes import CONTRACT, fake_report


def clips(splits: list[str], labels: list[int], athletes: list[str]) -> Clips:
    count = len(splits)
    blank = np.array([""] * count, object)
    return Clips(
        jpegs=np.empty((count, 1), object),
        labels=np.array(labels, np.int32),
        near=np.zeros(count, bool),
        kinds=blank,
        squares=np.ones(count),
        splits=np.array(splits, object),
        pieces=np.array([split == "" for split in splits]),
        athletes=np.array(athletes, object),
        names=blank,
    )


@pytest.mark.parametrize(
    ("given", "stream", "rendered", "name"),
    [
        (None, False, True, "movinet-a0-rendered"),
        (None, True, True, "movinet-a0-rendered"),
        (None, False, False, "movinet-a0-base"),
        (None, True, False, "movinet-a0-stream"),
        ("mine", False, True, "mine"),
    ],
)
def test_a_bundle_has_the_name_it_is_given_or_one_of_what_it_is(
    given: str | None, stream: bool, rendered: bool, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for function in ("export_bundle", "write_weights"):
        monkeypatch.setattr(make_bundle, function, lambda *_, **__: None)
    recipe = Recipe(stream=stream)
    trained = SimpleNamespace(recipe=recipe, labels=("deadlift", "rope climb"), model=None, has_none=True)
    source: Any = SimpleNamespace(trained=trained, rendered=rendered)
    calibration = record_with(fake_report()).calibration.model_copy(update={"temperature": 1.5})
    options = BundleOptions(name=given, version="7")
    contract = make_bundle._export(source, calibration, options, tmp_path)
    assert (contract.name, contract.version, contract.temperature) == (name, "7", 1.5)
    kind = "stream" if stream else "base"
    assert contract.architecture == f"movinet_a0_{kind} on {recipe.channels} channels"
    assert contract.movements == (
        Movement(label="deadlift", meaning="Deadlift", spanish="Peso muerto"),
        Movement(label="rope climb", meaning="Rope climb", spanish="rope climb"),
    )
    assert (contract.frames, contract.size) == (recipe.frames, recipe.size)


@pytest.mark.parametrize("rendered", [True, False])
def test_only_rendered_clips_have_contact_sheets_and_a_time(
    rendered: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    judgement = SimpleNamespace(report=fake_report(), top1_of_all_outputs=0.5, at_recall=None)
    monkeypatch.setattr(measure_bundle, "judge", lambda *_, **__: judgement)
    monkeypatch.setattr(measure_bundle, "write_contact_sheets", lambda *_: {"deadlift": "evaluation/deadlift.jpg"})
    monkeypatch.setattr(measure_bundle, "rendering_seconds", lambda _: 0.25)
    held_out = clips(["", ""], [0, 1], ["", ""])
    config = SimpleNamespace(start=None, versions={})
    trained = SimpleNamespace(recipe=Recipe(), labels=CONTRACT.labels, step=3, config=config)
    source: Any = SimpleNamespace(
        trained=trained,
        rendered=rendered,
        held_out=held_out,
        clips=held_out,
        split="",
        folder=tmp_path,
        kept=0.25,
    )
    predictor: Any = SimpleNamespace(contract=CONTRACT, bundle=SimpleNamespace(directory=tmp_path))
    calibration = record_with(fake_report()).calibration
    record = measure_bundle.measure_bundle(source, calibration, predictor, BundleOptions(film_notes=" Seen. "))
    assert record.contact_sheets == ({"deadlift": "evaluation/deadlift.jpg"} if rendered else {})
    assert record.rendering_seconds_per_clip == (0.25 if rendered else None)
    assert (record.top1_of_all_outputs, record.film_notes, record.training.step) == (0.5, "Seen.", 3)
    assert (record.data.pieces, record.training.kept) == (2, 0.25)


def test_recorded_clips_are_counted_apart_from_rendered_ones() -> None:
    splits = ["", Split.TRAIN, Split.VALIDATION, Split.TRAIN, ""]
    data = data_record(clips(splits, [0, 0, 1, 2, 1], ["", "ann", "bob", "ann", ""]), ("deadlift", "ohs"), "by athlete")
    assert (data.clips, data.recorded, data.validating, data.athletes, data.split) == (5, 3, 1, 2, "by athlete")
    assert {label: (row.clips, row.athletes) for label, row in data.labels.items()} == {
        "deadlift": (1, 1),
        "ohs": (1, 1),
        NONE: (1, 1),
    }


@pytest.mark.parametrize(
    ("splits", "athletes", "unseen", "words"),
    [
        (["", ""], ["", ""], True, "2 rendered clips of a seed never trained on"),
        (["", ""], ["", ""], False, "2 rendered clips held out of training"),
        (["test", "test"], ["ann", "ann"], True, "2 clips of 1 athlete of the test set"),
        (["test", "test"], ["ann", "bob"], True, "2 clips of 2 athletes of the test set"),
        (["validation"], ["ann"], False, "1 clips of 1 athlete of the validation set, which calibrated the model"),
    ],
)
def test_what_was_judged_is_said_in_words(splits: list[str], athletes: list[str], unseen: bool, words: str) -> None:
    assert judged_in_words(clips(splits, [0] * len(splits), athletes), unseen=unseen) == words


def test_the_rule_is_set_on_clips_as_labellers_cut_them() -> None:
    both = clips(["", "validation", ""], [0, 0, 1], ["", "ann", ""])
    held_out = replace(both, pieces=np.array([True, False, True]))

    def run(clips: Clips) -> FinishedRun:
        return FinishedRun(Path(), SimpleNamespace(), clips, clips, "")  # type: ignore[arg-type]

    assert run(held_out).calibrating.athletes.tolist() == ["ann"]
    only_pieces = held_out.take(held_out.pieces)
    assert len(run(only_pieces).calibrating) == 2
