"""What answers archives: it is there on request, and may do what it must."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from classify.archive import ATTEMPTS, PartRequest
from classify.archive import Settings as ArchiveSettings
from classify.settings import Settings
from infra.config import ENVIRONMENTS, Context
from infra.constructs.archive_machine import PART_SECONDS
from infra.destroy import UNITS
from infra.names import Names
from tests.infra.conftest import Synthesis, as_list, flat

ARCHIVES = ("acme-films", "acme-answers")
FUNCTION, ROLE = "AWS::Lambda::Function", "AWS::IAM::Role"
EXPRESS_SECONDS = 300
"""The longest an Express execution takes (AWS Step Functions quotas)."""


def allowed(archived: Synthesis) -> Iterator[tuple[str, set[str]]]:
    """What the policies allow: an action, and on what."""
    for policy in archived.resources("Archive", "AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            for action in as_list(statement["Action"]):
                yield action, {flat(resource) for resource in as_list(statement["Resource"])}


def test_it_is_there_on_request_only(plain: Synthesis, everything: Synthesis) -> None:
    for synthesis in (plain, everything):
        assert not (synthesis.folder / "Archive.template.json").exists()


@pytest.mark.parametrize("wrong", ["Films", "a", "films;answers", "films,/x"])
def test_archives_are_names_of_buckets(wrong: str) -> None:
    with pytest.raises(ValueError, match="archives must name buckets"):
        Context.read({"archives": wrong})


def test_the_function_has_its_own_concurrency_and_answers_with_the_image(archived: Synthesis) -> None:
    properties = archived.properties("Archive", FUNCTION)
    prod = ENVIRONMENTS["prod"]
    assert properties["ReservedConcurrentExecutions"] == prod.archive_concurrency
    assert properties["FunctionName"] == Names(prod).archive_function
    assert properties["ImageConfig"] == {"Command": ["classify.archive.handler"]}
    assert flat(properties["Code"]["ImageUri"]).endswith(":0123abc")
    assert properties["Timeout"] == PART_SECONDS < EXPRESS_SECONDS
    variables = properties["Environment"]["Variables"]
    assert ArchiveSettings(archives=json.loads(variables["ARCHIVES"])).archives == ARCHIVES
    known = {name.lower() for name in variables} - {"archives", "powertools_service_name"}
    assert known <= set(Settings.model_fields)


def test_it_may_read_and_write_the_archives_and_list_or_delete_nothing(archived: Synthesis) -> None:
    actions = {action for action, _ in allowed(archived)}
    assert not {
        action for action in actions if action.startswith("s3:") and ("List" in action or "Delete" in action)
    } - {"s3:ListMultipartUploadParts"}
    places = {resource for action, where in allowed(archived) if action == "s3:PutObject" for resource in where}
    assert places == {f"arn:aws:s3:::{name}/*" for name in ARCHIVES}


def test_the_machine_starts_its_own_executions_and_asks_the_one_function(archived: Synthesis) -> None:
    machine = archived.properties("Archive", "AWS::StepFunctions::StateMachine")
    name = Names(ENVIRONMENTS["prod"]).archive_machine
    assert machine["StateMachineName"] == name
    may = dict(allowed(archived))
    assert {where.rpartition(":")[2] for where in may["states:StartExecution"]} == {name}
    asked = machine["Definition"]["States"]["Parts"]["ItemProcessor"]["States"]["Answer"]["Parameters"]["FunctionName"]
    assert may["lambda:InvokeFunction"] == {flat(asked)}


def test_the_machine_says_what_the_function_reads(archived: Synthesis) -> None:
    states = archived.properties("Archive", "AWS::StepFunctions::StateMachine")["Definition"]["States"]["Parts"]
    asked = {name.removesuffix(".$") for name in states["ItemSelector"]}
    assert asked == set(PartRequest.model_fields)
    assert ATTEMPTS > 1


def test_it_goes_away_with_the_others() -> None:
    assert UNITS.index("archive") < UNITS.index("base")


def test_the_guide_names_what_exists(archived: Synthesis) -> None:
    guide = (Path(__file__).parents[2] / "infra" / "README.md").read_text(encoding="utf-8")
    outputs: dict[str, Any] = archived.templates["Archive"]["Outputs"]
    assert {"MachineName", "ImageTag", "Bundle"} == set(outputs)
    assert "deploy Archive" in guide
