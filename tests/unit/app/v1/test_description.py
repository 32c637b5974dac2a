"""What is described is what there is."""

from __future__ import annotations

from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from app.workouts import FORMS
from model.answers import v1
from model.answers.clip import ClipFacts, ModelFacts, NoneOfTheseAnswer, SetAnswer
from model.answers.model import ModelSummary
from model.answers.upload import UploadTicket
from model.answers.workout import JobAnswer, RepetitionAnswer, SegmentAnswer, WorkoutAnswer
from tests.unit.app.fakes import fake_services

TEMPLATE = "#/components/schemas/{model}"


@pytest.fixture(scope="module")
def description() -> Any:
    services = fake_services(workouts=True)
    server = create_app(Settings(), services).server
    told = server.test_client().get("/openapi.json").get_json()
    services.uploads.close()
    services.scratch.close()
    return {"told": told, "server": server}


def test_every_route_of_version_1_is_described_and_nothing_else(description: Any) -> None:
    routes = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in description["server"].url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, methods in description["told"]["paths"].items() for method in methods}
    assert told == routes
    assert description["told"]["openapi"] == "3.1.0"


@pytest.mark.parametrize(
    "kind",
    [
        v1.Classification, v1.Prediction, v1.Problem, v1.ProblemKind, v1.Batch, v1.BatchRow, v1.BatchRequest,
        ClipFacts, ModelFacts, NoneOfTheseAnswer, SetAnswer, ModelSummary, UploadTicket, JobAnswer, WorkoutAnswer,
        SegmentAnswer, RepetitionAnswer,
    ],
)  # fmt: skip
def test_the_types_in_the_description_are_those_of_the_function_and_the_command_line(
    description: Any, kind: type[Any]
) -> None:
    own = kind.model_json_schema(ref_template=TEMPLATE)
    own.pop("$defs", None)
    described = description["told"]["components"]["schemas"][kind.__name__]
    assert described["properties"].keys() == own["properties"].keys()
    assert described.get("required", []) == own.get("required", [])
    assert described.get("additionalProperties") == own.get("additionalProperties")
    for name, field in own["properties"].items():
        assert described["properties"][name].get("$ref") == field.get("$ref"), name
        assert described["properties"][name].get("type") == field.get("type"), name


def test_every_reference_leads_somewhere(description: Any) -> None:
    schemas = description["told"]["components"]["schemas"]

    def references(value: Any) -> set[str]:
        if isinstance(value, dict):
            found = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return found.union(*map(references, value.values()))
        return set().union(*map(references, value)) if isinstance(value, list) else set()

    assert references(description["told"]) <= {TEMPLATE.format(model=name) for name in schemas}


def test_the_files_of_a_workout_are_those_that_it_is_written_as() -> None:
    assert tuple(FORMS) == v1.WorkoutFileName.__args__  # type: ignore[attr-defined]


def test_the_description_can_be_read_by_people_without_anything_from_elsewhere(description: Any) -> None:
    client = description["server"].test_client()
    page = client.get("/docs")
    assert page.mimetype == "text/html"
    assert 'spec-url="/openapi.json"' in page.text
    assert "<script>" not in page.text and "://" not in page.text
    assert client.get("/docs/redoc/js/redoc.standalone.js").status_code == 200
