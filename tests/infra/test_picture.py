"""The picture of the system: every arrow is in the templates, and the committed flowchart is today's."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from infra.picture import README, arrows, flowchart, insert
from infra.templates import Templates, load
from tests.infra.conftest import Synthesis

Arrows = dict[tuple[str, str], str]
Document = dict[str, dict[str, Any]]


@pytest.fixture(params=["plain", "everything"])
def templates(request: pytest.FixtureRequest) -> Templates:
    return load(request.getfixturevalue(request.param).folder)


@pytest.fixture
def web(plain: Synthesis) -> Document:
    """The resources of the page's stack, to be changed."""
    resources: Document = copy.deepcopy(plain.templates["Web"]["Resources"])
    return resources


def changed(plain: Synthesis, web: Document) -> Arrows:
    original = load(plain.folder)
    template = {**original.templates["Web"], "Resources": web}
    return drawn(Templates({**original.templates, "Web": template}, original.stack_names))


def drawn(templates: Templates) -> Arrows:
    """Words by start and end, such as `{("Web/CloudFront", "Web/Load balancer"): "asks"}`."""
    return {
        (f"{start.stack}/{start.title}", f"{end.stack}/{end.title}"): ", ".join(words)
        for (start, end), words in arrows(templates).items()
    }


def statements(resources: Document, action: str) -> list[dict[str, Any]]:
    """The statements of a stack's policies that are about an action."""
    policies = [found["Properties"] for found in resources.values() if found["Type"] == "AWS::IAM::Policy"]
    every = [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
    return [statement for statement in every if action in statement["Action"]]


# --- what the system is


def test_a_request_can_be_followed_from_people_to_the_function(templates: Templates) -> None:
    assert {
        ("/People", "Web/CloudFront"): "visit",
        ("Web/CloudFront", "Web/Load balancer"): "asks",
        ("Web/Firewall", "Web/Load balancer"): "guards",
        ("Web/Load balancer", "Web/Page servers"): "asks",
        ("Web/Page servers", "Inference/Classify live"): "invokes",
        ("Inference/Classify live", "Inference/Classify function"): "calls",
    }.items() <= drawn(templates).items()


def test_people_reach_cloudfront_and_the_bucket_of_uploads_and_nothing_else(templates: Templates) -> None:
    found = {end: words for (start, end), words in drawn(templates).items() if start == "/People"}
    assert found == {"Web/CloudFront": "visit", "Web/Uploads bucket": "upload"}


def test_the_function_reads_models_and_uploads_and_writes_nothing(templates: Templates) -> None:
    found = {end: words for (start, end), words in drawn(templates).items() if start == "Inference/Classify function"}
    assert found == {"Base/Models bucket": "reads", "Web/Uploads bucket": "reads, deletes", "Base/Images": "runs"}


def test_the_page_writes_uploads_reads_releases_and_results_and_touches_no_other_bucket(templates: Templates) -> None:
    found = {end: words for (start, end), words in drawn(templates).items() if start == "Web/Page servers"}
    assert found == {
        "Inference/Classify live": "invokes",
        "Inference/State machine": "starts",
        "Web/Uploads bucket": "writes, deletes, reads",
        "Base/Artifacts bucket": "reads",
    }


def test_a_workout_can_be_followed_from_the_page_to_the_function(templates: Templates) -> None:
    assert {
        ("Web/Page servers", "Inference/State machine"): "starts",
        ("Inference/State machine", "Inference/Workouts live"): "invokes",
        ("Inference/Workouts live", "Inference/Workouts function"): "calls",
    }.items() <= drawn(templates).items()


def test_a_push_can_be_followed_to_what_it_deploys(templates: Templates) -> None:
    assert {
        ("/GitHub", "Pipeline/CodePipeline"): "triggers",
        ("/Live model", "Pipeline/CodePipeline"): "triggers",
        ("Pipeline/CodePipeline", "Pipeline/Stage Source"): "",
        ("Pipeline/Stage Source", "Pipeline/Stage Build"): "",
        ("Pipeline/Stage Build", "Base/Images"): "pushes",
        ("Pipeline/Stage Build", "Pipeline/Stage Inference"): "",
        ("Pipeline/Stage Inference", "Inference/"): "deploys",
        ("Inference/Classify live", "Inference/Pre traffic function"): "asks first",
        ("Pipeline/Stage App", "Web/CodeDeploy"): "triggers",
        ("Web/CodeDeploy", "Web/Page servers"): "updates",
    }.items() <= drawn(templates).items()


def test_alarms_budget_and_failures_of_the_pipeline_lead_to_the_topic(templates: Templates) -> None:
    found = {start for start, end in drawn(templates) if end == "Base/Alarm topic"}
    assert found == {"Base/Budget", "Inference/Alarms", "Pipeline/CodePipeline", "Watch/Alarms"}
    assert ("Base/Alarm topic", "Pipeline/CodePipeline") not in drawn(templates)


def test_a_mailbox_and_the_sign_in_are_there_if_asked_for(plain: Synthesis, everything: Synthesis) -> None:
    more = drawn(load(everything.folder)).keys() - drawn(load(plain.folder)).keys()
    assert more == {("Base/Alarm topic", "/Mailbox"), ("Web/Load balancer", "Web/Sign-in")}


# --- that it follows the templates


def test_a_removed_resource_takes_its_arrows_with_it(plain: Synthesis, web: Document) -> None:
    (name,) = plain.resources("Web", "AWS::S3::Bucket")
    del web[name]
    assert "Web/Uploads bucket" not in {end for ends in changed(plain, web) for end in ends}


def test_an_added_resource_comes_with_its_arrows(plain: Synthesis, web: Document) -> None:
    web["Spare"] = {"Type": "AWS::Budgets::Budget", "Properties": {"NotificationsWithSubscribers": [{"Ref": "Topic"}]}}
    web["Topic"] = {"Type": "AWS::SNS::Topic", "Properties": {}}
    assert changed(plain, web).keys() - drawn(load(plain.folder)).keys() == {("Web/Budget", "Web/Alarm topic")}


@pytest.mark.parametrize("change", [{"Effect": "Deny"}, {"Action": "lambda:GetFunction"}])
def test_a_permission_that_is_refused_or_withdrawn_is_no_arrow(
    plain: Synthesis, web: Document, change: dict[str, str]
) -> None:
    (statement,) = statements(web, "lambda:InvokeFunction")
    statement |= change
    assert drawn(load(plain.folder)).keys() - changed(plain, web).keys() == {
        ("Web/Page servers", "Inference/Classify live")
    }


def test_a_load_balancer_that_faces_the_internet_is_open_to_people(plain: Synthesis, web: Document) -> None:
    (name,) = plain.resources("Web", "AWS::ElasticLoadBalancingV2::LoadBalancer")
    web[name]["Properties"]["Scheme"] = "internet-facing"
    assert changed(plain, web)["/People", "Web/Load balancer"] == "visit"


# --- how it is written


def test_every_arrow_joins_two_boxes_or_stacks_that_are_declared_once(templates: Templates) -> None:
    text = flowchart(templates)
    declared = re.findall(r'^ +(\w+)\["[^"]+"\]$', text, re.M) + re.findall(r"^    subgraph (\w+)$", text, re.M)
    ends = re.findall(r"^    (\w+) -->(?:\|[\w ,]+\|)? (\w+)$", text, re.M)
    assert len(declared) == len(set(declared))
    assert len(ends) == len(arrows(templates)) == text.count("-->")
    assert {end for both in ends for end in both} <= set(declared)
    assert set(re.findall(r"subgraph (\w+)", text)) == {"Base", "Inference", "Pipeline", "Watch", "Web"}


def test_the_committed_picture_is_the_one_of_todays_templates(plain: Synthesis) -> None:
    committed = README.read_text(encoding="utf-8")
    assert insert(committed, load(plain.folder)) == committed, "run: python -m infra.picture"


def test_the_text_around_the_picture_stays(plain: Synthesis) -> None:
    found = insert("before\n\n```mermaid\nold\n```\nafter ```sh\nls\n```\n", load(plain.folder))
    assert found == f"before\n\n```mermaid\n{flowchart(load(plain.folder))}```\nafter ```sh\nls\n```\n"


def test_a_document_without_a_place_for_the_picture_is_refused(plain: Synthesis) -> None:
    with pytest.raises(ValueError, match="has 0 blocks"):
        insert("no picture", load(plain.folder))
