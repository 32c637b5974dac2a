from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from model.answers.base import Count, Share
from model.answers.clip import ClipAnswer
from model.answers.error import ErrorAnswer, read_error
from model.answers.model import Alive, Description, Healthy, ModelName, ModelSummary
from model.answers.report import Report
from model.answers.schema import ANSWERS, json_schema
from model.answers.upload import UploadTicket
from model.contract import MOVEMENTS, Contract, NoneOfThese
from model.errors import InternalError, ModelUnavailable, TooLong
from tests.unit.app.fakes import answer_body, fake_report

ROOT = Path(__file__).parents[3]
CONTRACT = Contract(name="test", version="1", architecture="none", movements=MOVEMENTS, none_of_these=NoneOfThese())
SAID = [
    ClipAnswer.read(answer_body(stills=True)).with_fetch(3.2).for_request("7"),
    ClipAnswer.read(answer_body(none=None)).for_file("clips/a.mp4"),
    ErrorAnswer.of(TooLong("It lasts 300 s.", hint="Cut it.")).for_request("8"),
    Description(contract=CONTRACT, evaluation=fake_report()).for_request("9"),
    Description(contract=CONTRACT, evaluation=None),
    ModelSummary.of(CONTRACT),
    UploadTicket(key="uploads/1.mp4", url="/uploads", fields={"key": "uploads/1.mp4"}, max_bytes=5),
    Healthy(model=ModelName(name="test", version="1")),
    Alive(),
]


@pytest.mark.parametrize("answer", SAID, ids=lambda answer: type(answer).__name__)
def test_what_we_say_is_what_the_schema_says(answer: ClipAnswer) -> None:
    schema = {**json_schema(), "$ref": f"#/$defs/{type(answer).__name__}"}
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    body = json.loads(json.dumps(answer.to_json(), allow_nan=False))
    validator.validate(body)
    first = next(iter(body))
    assert not validator.is_valid({**body, first: object})


def test_every_answer_of_function_and_api_has_a_schema() -> None:
    assert {answer.__name__ for answer in ANSWERS} == {type(answer).__name__ for answer in SAID}


def test_the_time_to_fetch_comes_first_and_is_part_of_the_total() -> None:
    answer = ClipAnswer.read(answer_body())
    fetched = answer.with_fetch(3.2)
    assert list(fetched.timing_ms.items()) == [("fetch", 3.2), ("decode", 21.4), ("predict", 8.2), ("total", 32.8)]
    assert answer.timing_ms["total"] == 29.6


def test_an_answer_names_the_request_that_was_answered_first() -> None:
    answer = ClipAnswer.read({**answer_body(), "request_id": "the function's"})
    assert answer.for_request("the page's").request_id == "the function's"
    named = ClipAnswer.read(answer_body()).for_request("the page's").for_file("a.mp4").to_json()
    assert (next(iter(named)), list(named)[-1]) == ("file", "request_id")


def test_a_description_without_a_contract_is_no_model_and_one_of_another_version_has_no_report() -> None:
    for body in ({}, [], None, {"contract": {"name": "x"}}, {"evaluation": None}):
        with pytest.raises(ModelUnavailable):
            Description.read(body)
    told = {"contract": CONTRACT.model_dump(mode="json"), "evaluation": {"schema_version": 99}}
    assert Description.read(told) == Description(contract=CONTRACT, evaluation=None)


@pytest.mark.parametrize("body", [None, [], {}, {"error": "x"}, {"error": {"code": "too_long"}}])
def test_an_error_that_cannot_be_read_is_an_internal_one(body: object) -> None:
    assert type(read_error(body)) is InternalError


def test_answers_and_contract_bring_no_numpy_along() -> None:
    modules = sorted(f"model.answers.{path.stem}" for path in (ROOT / "model" / "answers").glob("[a-z]*.py"))
    code = f"import sys, model.contract, {', '.join(modules)}; print({{'numpy', 'cv2', 'flask'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_json_leaves_through_one_door_each() -> None:
    """`app.server.said`, `classify.responses` and `model.cli.common.print_json` take answers and nothing else."""
    doors = {"app/server.py": 1, "lambda/classify/responses.py": 1, "model/cli/common.py": 1}
    inner = {
        "app/logs.py",  # a line of the log
        "app/services/aws.py",  # a request to the function
        "app/services/aws_workouts.py",  # the first step of the state machine
        "app/services/local_uploads.py",  # the signed policy within a ticket
        "app/own/studio.py",  # files of a folder: what is said of a clip, the split, what was compared
        "lambda/classify/archive.py",  # rows of an archive, in a file of their own
        "lambda/classify/traces.py",  # a subsegment for the tracing daemon
        "app/callbacks.py",  # what the page's scripts are told, in an attribute
        "app/v1/description.py",  # what flask-openapi3 says of the interface
        "app/mcp.py",  # the envelope of JSON-RPC around an answer
        "app/layout/clip_panel.py",  # attributes of the page's own elements
        "app/layout/model_panel.py",
        "app/layout/own_panel.py",
        "app/layout/workout_panel.py",
    }
    found: dict[str, int] = {}
    for folder in ("app", "lambda", "model/cli"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            count = len(re.findall(r"\b(?:jsonify|json\.dumps)\(", path.read_text()))
            if count and name not in inner:
                found[name] = count
    assert found == doors


@pytest.mark.parametrize(
    ("kind", "good", "bad"), [(Count, (0, 1, 10**9), (-1, 0.5)), (Share, (0, 0.5, 1), (-0.01, 1.01))]
)
def test_counts_and_shares_have_their_bounds(kind: object, good: tuple[float, ...], bad: tuple[float, ...]) -> None:
    adapter = TypeAdapter(kind)
    assert [adapter.validate_python(value) for value in good] == list(good)
    for value in (*bad, float("nan"), float("inf")):
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def test_what_was_said_is_not_changed_and_has_no_other_fields() -> None:
    with pytest.raises(ValidationError):
        Alive().status = "ok"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Alive.model_validate({"status": "ok", "more": 1})


def test_an_answer_to_a_clip_has_a_row_and_a_picture_with_an_area() -> None:
    body = answer_body()
    for broken in (
        {**body, "prediction": []},
        {**body, "clip": {**body["clip"], "width": 0}},
        {**body, "clip": {**body["clip"], "height": 0}},
        {**body, "clip": {**body["clip"], "crop": {"x": 0, "y": 0, "side": 0}}},
    ):
        with pytest.raises(InternalError):
            ClipAnswer.read(broken)
    small = {**body, "clip": {**body["clip"], "width": 1, "height": 1, "crop": {"x": 0, "y": 0, "side": 1}}}
    assert ClipAnswer.read({**small, "prediction": [["ohs", 0.5]]}).clip.width == 1


def test_the_time_to_fetch_a_clip_is_counted_in_and_comes_first() -> None:
    answer = ClipAnswer.read({**answer_body(), "timing_ms": {"decode": 1.0, "total": 2.25}}).with_fetch(30.04)
    assert list(answer.timing_ms.items()) == [("fetch", 30.04), ("decode", 1.0), ("total", 32.3)]


def test_a_report_calls_its_clips_by_name_or_by_number() -> None:
    report = fake_report()
    assert report.names is None
    assert [report.name_of(clip) for clip in (0, 59)] == ["clip 1", "clip 60"]
    names = tuple(f"{clip}.mp4" for clip in range(60))
    named = Report.model_validate(report.model_copy(update={"names": names}).model_dump())
    assert [named.name_of(clip) for clip in (0, 59)] == ["0.mp4", "59.mp4"]
    for wrong in (names[:-1], (*names, "60.mp4"), ()):
        with pytest.raises(ValidationError, match="names must be 60"):
            Report.model_validate(report.model_copy(update={"names": wrong}).model_dump())


@pytest.mark.parametrize("field", ["confusion", "correlation", "probabilities"])
def test_a_report_whose_tables_have_another_shape_is_none(field: str) -> None:
    told = fake_report().model_dump()
    rows = told[field]
    for wrong in (rows[:-1], (*rows, rows[0]), (rows[0][:-1], *rows[1:])):
        with pytest.raises(ValidationError, match=f"{field} must have"):
            Report.model_validate({**told, field: wrong})


def test_a_report_knows_its_outputs_and_clips_only() -> None:
    told = fake_report().model_dump()
    truth = told["truth"]
    for index in (10, 11):
        with pytest.raises(ValidationError, match="truth must be below 10"):
            Report.model_validate({**told, "truth": (*truth[:-1], index)})
    (pair,) = told["confused"]
    for clip in (60, 61):
        with pytest.raises(ValidationError, match="confused clips must be below 60"):
            Report.model_validate({**told, "confused": [{**pair, "clips": (clip,)}]})
    with pytest.raises(ValidationError):
        Report.model_validate({**told, "confused": [{**pair, "clips": ()}]})
    assert Report.model_validate({**told, "confused": [{**pair, "clips": (59,)}]}).confused[0].clips == (59,)
