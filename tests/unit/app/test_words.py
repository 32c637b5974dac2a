"""The catalogues of other languages say what the page and its errors say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import app
from app.layout.descriptions import DESCRIPTIONS
from app.layout.problem import client_problems
from model.contract import MOVEMENTS
from model.errors import ERRORS
from model.workout.standards import read_standards

CATALOGUES = sorted((Path(app.__file__).parent / "assets/words").glob("*.json"))


def words(path: Path) -> dict[str, str]:
    read: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return read


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.stem)
def catalogue(request: pytest.FixtureRequest) -> dict[str, str]:
    return words(request.param)


def known(sentence: str, catalogue: dict[str, str]) -> bool:
    """Whether a catalogue has a sentence, as the page's script looks it up."""
    forms = (re.escape(key).replace(r"\{\}", "(.+?)") for key in catalogue if "{}" in key)
    return sentence in catalogue or any(re.fullmatch(form, sentence) for form in forms)


def test_there_is_spanish() -> None:
    assert [path.stem for path in CATALOGUES] == ["es"]


def test_every_sentence_keeps_what_changes_in_it(catalogue: dict[str, str]) -> None:
    for english, told in catalogue.items():
        assert english.count("{}") == len(re.findall(r"\{\d?\}", told)), english
        assert told.strip() == told and told


def test_every_error_movement_and_standard_is_said(catalogue: dict[str, str]) -> None:
    sentences = [
        str(problem[part]) for problem in client_problems(200 * 2**20).values() for part in ("message", "hint")
    ]
    assert [sentence for sentence in sentences if not known(sentence, catalogue)] == []
    sentences = [text for error in ERRORS.values() for text in (error.default_message, error.default_hint)]
    sentences += [text for one in DESCRIPTIONS.values() for text in (one.movement, one.repetition)]
    sentences += [name for movement in MOVEMENTS for name in (movement.meaning, movement.label)]
    for standard in read_standards().values():
        sentences += [text for point in standard.points for text in (point.name, point.unseen) if text]
    assert set(sentences) - catalogue.keys() == set(), "nothing changes in these: half of one is no translation"


def test_the_names_of_movements_are_those_of_the_contract() -> None:
    spanish = words(next(path for path in CATALOGUES if path.stem == "es"))
    assert {movement.meaning: movement.spanish for movement in MOVEMENTS}.items() <= spanish.items()
