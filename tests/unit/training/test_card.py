from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from model.bundle import CARD, CONTRACT, RECORD
from model.contract import Contract
from model.defaults import DEFAULT_BUNDLE
from model.record import BundleRecord, Data, LabelCount, Start, Training
from model.training.card import card, write_card
from tests.records import RECIPE, record_with
from tests.unit.app.fakes import CONTRACT as FAKE
from tests.unit.app.fakes import fake_report


def text_of(**more: Any) -> str:
    """The card of a record with some things changed, on one line."""
    return " ".join(card(FAKE, record_with(fake_report(), **more)).split())


def test_the_embedded_bundles_card_is_what_the_template_makes_of_its_record() -> None:
    made = card(Contract.read(DEFAULT_BUNDLE / CONTRACT), BundleRecord.read(DEFAULT_BUNDLE))
    assert made == (DEFAULT_BUNDLE / CARD).read_text(encoding="utf-8")


def test_a_card_needs_contract_and_record_alone(tmp_path: Path) -> None:
    for name in (CONTRACT, RECORD):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((DEFAULT_BUNDLE / name).read_bytes())
    write_card(tmp_path)
    assert (tmp_path / CARD).read_text() == (DEFAULT_BUNDLE / CARD).read_text()


def test_the_header_is_yaml_that_a_hub_of_models_reads() -> None:
    report = fake_report().model_copy(update={"test_set": 'clips: "of a test" # 1'})
    header = yaml.safe_load(card(FAKE, record_with(report)).split("---\n")[1])
    assert (header["license"], header["metrics"]) == ("mit", ["accuracy"])
    assert {"movinet", "tensorflow"} <= set(header["tags"])
    (model,) = header["model-index"]
    (result,) = model["results"]
    assert model["name"] == FAKE.name
    assert result["task"]["type"] == "video-classification"
    assert result["dataset"] == {"type": "rendered", "name": 'clips: "of a test" # 1'}
    measured = {metric["name"]: metric["value"] for metric in result["metrics"]}
    assert measured == {"Top-1": 0.9815, "Top-5": 0.9815}


def test_nothing_of_the_template_is_left_and_its_lines_are_wrapped() -> None:
    text = card(FAKE, record_with(fake_report()))
    assert not {mark for mark in ("$", "<!--", "-->", "None") if mark in text}
    assert max(len(line) for line in text.splitlines() if line[:1] not in "|!") <= 120
    assert "\n\n\n" not in text


def test_a_share_of_few_clips_carries_its_interval() -> None:
    text = text_of()
    assert "| top-1 of the movements | 0.981 (0.902 to 0.997) |" in text
    assert "Brackets hold the 95 % interval" in text
    assert "(" not in card(*_default()).split("expected calibration error")[0].split("| top-1")[1]


def _default() -> tuple[Contract, BundleRecord]:
    return Contract.read(DEFAULT_BUNDLE / CONTRACT), BundleRecord.read(DEFAULT_BUNDLE)


def test_an_unused_temperature_is_told_and_a_used_one_is_not() -> None:
    calibration = record_with(fake_report()).calibration
    fallen = calibration.model_copy(update={"fitted_temperature": 2.5})
    sentence = "The likelihood asked for a temperature of 2.500"
    assert sentence in text_of(calibration=fallen)
    assert sentence not in text_of(calibration=calibration)
    assert "The likelihood asked" not in text_of(calibration=calibration.model_copy(update={"fitted_temperature": 1.0}))


def test_recorded_data_are_told_with_their_people_and_their_licence() -> None:
    data = Data(
        clips=120,
        recorded=100,
        validating=20,
        athletes=5,
        labels={"deadlift": LabelCount(clips=100, athletes=5)},
        split="by athlete, seed 1",
    )
    start = {"recipe": RECIPE, "step": 3, "start": {"name": "earlier 1", "sha256": "ab"}, "versions": {}}
    text = text_of(data=data, training=start, rendering_seconds_per_clip=None)
    assert "100 clips of film of 5 athletes, and 20 rendered clips (`model/rendering`)." in text
    assert "The clips were split by athlete, seed 1." in text
    assert "The training began with the weights of earlier 1." in text
    assert "| deadlift | 100 | 5 |" in text
    assert "license: other" in text
    assert "## Film" not in text
    assert "How they look" not in text


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        ({"channels": "rgb"}, "The graph sees the colours as they are."),
        ({"channels": "motion"}, "The graph turns them into three motion channels"),
        ({"frozen": True}, "The backbone was left as it was."),
        ({"average": 0.0}, "weights as they are, those of the evaluation"),
        ({"augmentation": {"jpeg": 0.5}}, "Each clip is varied every time it is seen"),
        ({"augmentation": None}, "Clips were not varied."),
        ({"optimizer": "rmsprop"}, "RMSprop at 0.0005"),
    ],
)
def test_the_recipe_is_told_in_sentences(recipe: dict[str, Any], sentence: str) -> None:
    training = {"recipe": {**RECIPE, **recipe}, "step": 3, "start": None, "versions": {}}
    assert sentence in text_of(training=training)


def test_notes_about_film_stay_as_they_were_written() -> None:
    notes = "Looked at twice:\n\n1. at the start;\n2. at the end."
    assert notes in card(FAKE, record_with(fake_report(), film_notes=notes))


def test_film_that_was_not_measured_is_said_of_a_rendered_model_and_left_out_of_another() -> None:
    assert "Not measured." in text_of()
    recorded = Data(clips=120, recorded=100, validating=20, athletes=5, labels={}, split="by athlete, seed 1")
    assert "Not measured." not in text_of(data=recorded)


def test_it_says_what_was_cut_as_people_cut_and_what_was_kept() -> None:
    training = Training(recipe=RECIPE, step=5, start=Start(name="before 1", sha256="0" * 64), versions={}, kept=0.5)
    text = text_of(data=Data(clips=100, pieces=70), training=training)
    assert "70 of the clips are cut as people cut" in text
    assert "Of each weight, 0.5 is what it was at the start" in text
    assert "as people cut" not in text_of() and "at the start" not in text_of()
