"""What the guide for operators says is what the templates hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.config import ENVIRONMENTS, KEYS
from infra.costs.__main__ import main as print_costs
from infra.names import Names
from tests.infra.conftest import Synthesis

INFRA = Path(__file__).parents[2] / "infra"
GUIDE = (INFRA / "README.md").read_text(encoding="utf-8")


def documented_alarms() -> set[str]:
    """The alarms of the guide's table, as they are called in prod, version numbers as N."""
    rows = re.findall(r"^\| ((?:`(?:classify|page|workouts)-[^`]*`(?:, )?)+) \|", GUIDE, re.MULTILINE)
    names = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    versions = {"classify-…-of-version-N"}
    assert versions <= names
    return (names - versions) | {"classify-errors-of-version-N", "classify-failed-of-version-N"}


def test_every_alarm_is_explained_and_nothing_else(everything: Synthesis) -> None:
    named = [alarm["Properties"]["AlarmName"] for alarm in everything.all("AWS::CloudWatch::Alarm").values()]
    plain = {
        name if isinstance(name, str) else "".join(p if isinstance(p, str) else "N" for p in name["Fn::Join"][1])
        for name in named
    }
    assert {name.removeprefix("movements-prod-") for name in plain} == documented_alarms()


def test_every_context_is_explained() -> None:
    assert [key for key in KEYS if f"`{key}`" not in GUIDE] == []


def test_the_commands_name_what_exists(everything: Synthesis) -> None:
    pipeline = everything.properties("Pipeline", "AWS::CodePipeline::Pipeline")
    assert f"--pipeline-name {pipeline['Name']} " in GUIDE
    stages = {stage["Name"] for stage in pipeline["Stages"]}
    assert set(re.findall(r"--stage-name (\w+)", GUIDE)) <= stages
    assert f"put-parameter --type String --name {Names(ENVIRONMENTS['prod']).bundle_parameter} " in GUIDE
    stacks = {f"movements-prod-{name.lower()}" for name in everything.templates}
    assert set(re.findall(r"--stack-name ([\w-]+)", GUIDE)) <= stacks
    outputs = {name for template in everything.templates.values() for name in template.get("Outputs", {})}
    assert {"PageAddress", "DashboardAddress"} <= outputs


def test_every_file_that_is_linked_is_there() -> None:
    links = re.findall(r"\]\(([^)]+)\)", GUIDE)
    assert links
    assert [link for link in links if not (INFRA / link).exists()] == []


def test_the_costs_are_todays(capsys: pytest.CaptureFixture[str]) -> None:
    print_costs([])
    assert capsys.readouterr().out.strip() in GUIDE
