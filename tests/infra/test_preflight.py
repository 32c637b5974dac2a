"""What an account is asked before a first deployment: recorded answers, and one thing that is wrong at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra import preflight
from infra.config import Context
from infra.constructs.load_balancer import CLOUDFRONT_PREFIX_LISTS
from infra.preflight import BUILDS_QUOTA, Finding, Preflight, State

REGION = "us-east-1"
ZONES = [
    {"ZoneName": f"us-east-1{letter}", "ZoneId": f"use1-az{number}"}
    for letter, number in zip("abcd", (6, 1, 3, 2), strict=True)
]

Answers = dict[tuple[str, str], Any]

GOOD: Answers = {
    ("ec2", "describe_managed_prefix_lists"): {"PrefixLists": [{"PrefixListId": CLOUDFRONT_PREFIX_LISTS[REGION]}]},
    ("ec2", "describe_availability_zones"): {"AvailabilityZones": ZONES},
    ("ec2", "describe_instance_type_offerings"): {
        "InstanceTypeOfferings": [{"Location": zone["ZoneName"]} for zone in ZONES[:3]]
    },
    ("service-quotas", "get_service_quota"): {"Quota": {"Value": 32.0}},
    ("service-quotas", "list_service_quotas"): [
        {"Quotas": [{"QuotaName": "another", "Value": 0.0}]},
        {"Quotas": [{"QuotaName": BUILDS_QUOTA, "Value": 5.0}]},
    ],
    ("lambda", "get_account_settings"): {
        "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}
    },
    ("cloudfront", "list_distributions"): {"DistributionList": {"Quantity": 1}},
    ("codestar-connections", "list_connections"): {"Connections": []},
    ("cloudformation", "describe_stacks"): {"Stacks": []},
    ("ecr", "describe_repositories"): {"repositories": [{"repositoryName": "somebody-elses"}]},
}
"""Of an account in which nothing is in the way."""


class Client:
    """Answers as they were recorded."""

    def __init__(self, service: str, answers: Answers) -> None:
        self._service, self._answers = service, answers

    def __getattr__(self, call: str) -> Callable[..., Any]:
        def answer(**_: Any) -> Any:
            found = self._answers[self._service, call]
            if isinstance(found, Exception):
                raise found
            return found

        return answer

    def get_paginator(self, call: str) -> Any:
        class Pages:
            paginate = staticmethod(getattr(self, call))

        return Pages


class Session:
    """An account."""

    region_name = REGION

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def client(self, service: str) -> Client:
        return Client(service, self._answers)


def asked(answers: Answers, environment: str = "dev", **context: str) -> dict[str, Finding]:
    values = {"environment": environment, "repository": "acme/movements", **context}
    session: Any = Session(answers)
    return {row.about: row for row in Preflight(session, Context.read(values)).findings()}


def test_an_account_in_which_nothing_is_in_the_way() -> None:
    for environment in ("dev", "prod"):
        rows = asked(GOOD, environment)
        assert len(rows) == 10
        assert {row.state for row in rows.values()} == {State.GOOD}


NEW = {"AccountLimit": {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}}


@pytest.mark.parametrize(
    ("call", "answer", "context", "about", "words"),
    [
        (
            ("ec2", "describe_managed_prefix_lists"),
            {"PrefixLists": [{"PrefixListId": "pl-other"}]},
            {},
            "region",
            "pl-other",
        ),
        (None, None, {"repository": "owner/repository"}, "repository", "follows none"),
        (None, None, {"zones": "us-east-1a,us-east-1c"}, "zones", "reaches no origin in us-east-1c"),
        (None, None, {"zones": "us-east-1a,us-east-1f"}, "zones", "no zone us-east-1f"),
        (("ec2", "describe_availability_zones"), {"AvailabilityZones": ZONES[:1]}, {}, "zones", "needs two"),
        (None, None, {"zones": "us-east-1a,us-east-1d"}, "servers", "t3.small is not offered in us-east-1d"),
        (("service-quotas", "get_service_quota"), {"Quota": {"Value": 1.0}}, {}, "processors", "1 virtual processors"),
        (("lambda", "get_account_settings"), NEW, {"environment": "prod"}, "executions", "50 are to be reserved"),
        (
            ("service-quotas", "list_service_quotas"),
            [{"Quotas": [{"QuotaName": BUILDS_QUOTA, "Value": 0.0}]}],
            {},
            "builds",
            "none at a time",
        ),
        (
            ("codestar-connections", "list_connections"),
            {"Connections": [{"ConnectionName": "movements-dev", "ConnectionStatus": "PENDING"}]},
            {},
            "connection",
            "pending",
        ),
        (
            ("ecr", "describe_repositories"),
            {"repositories": [{"repositoryName": "movements-dev-classify"}]},
            {},
            "leftovers",
            "without its stack",
        ),
    ],
)
def test_what_stops_a_deployment_is_said_with_its_remedy(
    call: tuple[str, str] | None, answer: Any, context: dict[str, str], about: str, words: str
) -> None:
    answers = copy.copy(GOOD)
    if call is not None:
        answers[call] = answer
    rows = asked(answers, **context)
    assert rows[about].state is State.STOPS
    assert words in rows[about].found
    assert rows[about].remedy.endswith(".")
    assert {row.state for name, row in rows.items() if name != about} == {State.GOOD}


def test_what_may_be_in_the_way_is_said_and_stops_nothing() -> None:
    rows = asked(GOOD | {("lambda", "get_account_settings"): NEW, ("service-quotas", "list_service_quotas"): []})
    assert {name for name, row in rows.items() if row.state is State.LOOK} == {"executions", "builds"}
    nobody = asked(GOOD | {("cloudfront", "list_distributions"): {"DistributionList": {"Quantity": 0}}})
    assert nobody["CloudFront"].state is State.LOOK
    assert "verified" in nobody["CloudFront"].found


def test_what_may_not_be_asked_is_one_row_and_no_traceback() -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetServiceQuota")
    rows = asked(GOOD | {("service-quotas", "get_service_quota"): denied})
    assert rows["processors"].state is State.LOOK
    assert "AccessDenied" in rows["processors"].found


def test_an_environment_that_exists_has_no_leftovers() -> None:
    there = {("cloudformation", "describe_stacks"): {"Stacks": [{"StackName": "movements-dev-base"}]}}
    ours = {("ecr", "describe_repositories"): {"repositories": [{"repositoryName": "movements-dev-classify"}]}}
    assert asked(GOOD | there | ours)["leftovers"].state is State.GOOD


def test_the_table_is_printed_and_the_status_says_whether_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    session: Any = Session(GOOD)
    with pytest.raises(SystemExit) as ended:
        preflight.main(["dev"], session=session)  # cdk.json names no repository
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert "stops  repository" in said
    assert "-> Write repository=owner/name into cdk.json." in said
    preflight.main(["dev", "-c", "repository=acme/movements"], session=session)
    assert "stops" not in capsys.readouterr().out


def test_moto_answers_the_questions_that_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        questions = Preflight(boto3.Session(region_name=REGION), Context.read({}))
        rows = [questions._asks_zones(), questions._asks_instances(), questions._asks_leftovers()]
    assert {row.state for row in rows} == {State.GOOD}
