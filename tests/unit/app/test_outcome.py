from __future__ import annotations

import json
from typing import Any

import pytest

from app.layout.descriptions import DESCRIPTIONS, slug
from app.layout.outcome import outcome, percent, reasons, strip, summary
from app.layout.problem import client_problems
from model.answers.clip import ClipAnswer
from model.answers.error import ErrorDetail
from model.contract import MOVEMENTS
from model.errors import EmptyFile, InternalError, NotAVideo
from tests.unit.app.fakes import answer_body


def markup(component: Any) -> str:
    return json.dumps(component.to_plotly_json(), default=lambda part: part.to_plotly_json(), ensure_ascii=False)


def test_the_table_has_a_caption_and_headers_for_rows_and_columns() -> None:
    text = markup(outcome(ClipAnswer.read(answer_body()), MOVEMENTS))
    assert text.count('"scope": "row"') == 6  # five movements and none of these
    assert text.count('"scope": "col"') == 2
    assert '"type": "Caption"' in text


def test_each_bar_is_as_long_as_its_probability() -> None:
    text = markup(outcome(ClipAnswer.read(answer_body(none=None)), MOVEMENTS))
    for width in ("81.23%", "9.11%", "4.02%", "2.04%", "0.02%"):
        assert f'"width": "{width}"' in text


def test_what_a_clip_nearly_shows_stands_before_the_table_with_what_is_met() -> None:
    doubt = "probably not, but a measurement cannot decide it"
    points = [
        {"name": "hip crease below the knee", "verdict": "look", "measured": 0.99, "unit": "thigh", "reason": doubt},
        {"name": "knees straight at the top", "verdict": "rep", "measured": 179.0, "unit": "degrees"},
    ]
    body = answer_body(none=0.9, none_is_answer=True) | {"near": {"label": "thruster", "points": points}}
    text = markup(outcome(ClipAnswer.read(body), MOVEMENTS))
    assert text.index("It is nearest to ") < text.index('"type": "Table"')
    for said in ("Thruster", "hip crease below the knee", "probably not met", "knees straight at the top", '"met"'):
        assert said in text
    assert "It is nearest to" not in markup(outcome(ClipAnswer.read(answer_body()), MOVEMENTS))


def test_the_crop_is_drawn_over_every_still_in_percent_of_the_frame() -> None:
    text = markup(strip(ClipAnswer.read(answer_body(stills=True))))
    square = {"left": "10.00%", "top": "10.00%", "width": "50.00%", "height": "28.10%"}
    assert text.count(json.dumps(square)) == 3
    assert '"alt": "Frame 14 of the clip"' in text


def test_without_a_crop_the_whole_frame_is_said_to_be_shown() -> None:
    body = answer_body(stills=True)
    body["clip"]["crop"] = None
    text = markup(strip(ClipAnswer.read(body)))
    assert '"className": "crop"' not in text
    assert "It was shown each frame whole." in text


def test_the_times_are_those_that_were_measured() -> None:
    body = answer_body()
    assert "Fetch" not in markup(outcome(ClipAnswer.read(body), MOVEMENTS))
    body["timing_ms"]["fetch"] = 12.6
    text = markup(outcome(ClipAnswer.read(body), MOVEMENTS))
    for time in ("13 ms", "21 ms", "8 ms"):
        assert time in text


@pytest.mark.parametrize(
    ("probability", "text"), [(1, "100.0 %"), (0.8123, "81.2 %"), (0.0004, "< 0.1 %"), (0, "0.0 %"), (0.0006, "0.1 %")]
)
def test_probabilities_are_shown_to_a_tenth_of_a_percent(probability: float, text: str) -> None:
    assert percent(probability) == text


def test_every_movement_of_the_default_model_has_a_description_and_a_file_name() -> None:
    assert set(DESCRIPTIONS) == {movement.label for movement in MOVEMENTS}
    assert slug("bar-facing burpee") == "bar-facing-burpee"
    assert slug("power clean") == "power-clean"


def test_the_browser_says_the_same_sentences_as_the_server() -> None:
    problems = client_problems(200 * 2**20)
    assert problems["empty_file"] == ErrorDetail.of(EmptyFile()).to_json()
    assert problems["not_a_video"] == ErrorDetail.of(NotAVideo()).to_json()
    assert problems["too_large"]["message"] == "The file is larger than the limit of 200 MB."


@pytest.mark.parametrize(
    "change",
    [
        {"prediction": []},
        {"prediction": [["ERROR", -1.0]] * 5},
        {"prediction": [["thruster", float("nan")]]},
        {"prediction": [["deadlift", 0.2], ["thruster", 0.8]]},
        {"prediction": "thruster"},
        {"model": None},
        {"none_of_these": {"probability": 2, "answer": True}},
    ],
)
def test_a_body_that_is_no_prediction_is_an_internal_error(change: dict[str, Any]) -> None:
    with pytest.raises(InternalError):
        ClipAnswer.read({**answer_body(), **change})


@pytest.mark.parametrize("stills", [True, False])
def test_an_answer_leaves_as_it_came(stills: bool) -> None:
    body = {**answer_body(stills=stills, none=None), "request_id": "7", "later": {"field": 1}}
    assert ClipAnswer.read(body).to_json() == json.loads(json.dumps(body))


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ({}, "28 frames of 480"),
        ({"declared_frames": 28}, "28 frames of 480"),
        ({"declared_frames": 31}, "28 of 31 frames"),
    ],
)
def test_a_clip_that_was_cut_off_says_how_many_of_its_frames_are_there(declared: dict[str, int], text: str) -> None:
    body = answer_body()
    body["clip"] |= declared
    assert text in markup(outcome(ClipAnswer.read(body), MOVEMENTS))


def with_sets(**changes: Any) -> ClipAnswer:
    sets = [
        {"label": "deadlift", "repetitions": 3, "first": 0.2, "last": 7.04, "probability": 0.9},
        {"label": "thruster", "repetitions": 1, "first": 9.0, "last": 10.3, "probability": 0.8},
        {"label": "thruster", "repetitions": 12, "first": 14.0, "last": 31.96, "probability": 0.8},
    ]
    body = answer_body(stills=True) | {"sets": sets, "seen": [14.1, 15.4], "streams": ["pictures", "body"]}
    body["clip"] = body["clip"] | {"seconds": 34.0}
    return ClipAnswer.read(body | changes)


def test_the_headline_says_how_often_and_what_else_there_is() -> None:
    text = markup(outcome(with_sets(), MOVEMENTS))
    assert "Like this: 12 repetitions, 14.0 to 32.0 s" in text
    assert "Also: Deadlift, 3 repetitions, 0.2 to 7.0 s" in text
    assert "Also: Thruster, 1 repetition, 9.0 to 10.3 s" in text
    assert "Like this: 12 repetitions" in summary(with_sets(), MOVEMENTS)


def test_none_of_these_has_no_repetitions() -> None:
    assert "repetition" not in markup(outcome(with_sets(none_of_these={"probability": 0.6, "answer": True}), MOVEMENTS))


def test_the_frames_say_which_part_of_the_clip_they_are_from() -> None:
    assert "from 14.1 to 15.4 s" in markup(strip(with_sets()))
    assert "over the clip" in markup(strip(with_sets(seen=[0.0, 33.5])))
    assert "over the clip" in markup(strip(ClipAnswer.read(answer_body(stills=True))))


def test_the_time_for_the_body_is_a_step_of_its_own() -> None:
    timing = {"decode": 21.4, "body": 180.2, "predict": 8.2, "total": 210.0}
    assert "180 ms" in markup(outcome(with_sets(timing_ms=timing), MOVEMENTS))


def test_what_carried_the_answer_stands_beside_the_frames() -> None:
    answer = ClipAnswer.read(answer_body(stills=True))
    assert reasons(answer) == [
        "Without the frames at 0.47 s the answer would lose most.",
        "Of the body, the legs told most.",
    ]
    text = markup(strip(answer))
    assert text.count("carried") == 3
    assert "90 %" in text
    assert text.count("M10 20L30 40") == text.count("M11 21L31 41") == 1
    assert "Show the body" in text


def test_an_answer_without_reasons_has_its_frames_all_the_same() -> None:
    for why in (None, {"frames": [0, 0, 0], "body": {}, "names": [], "joints": []}):
        answer = ClipAnswer.read(answer_body(stills=True) | {"why": why})
        text = markup(strip(answer))
        assert reasons(answer) == []
        assert ("carried" in text, "Show the body" in text) == (False, False)
