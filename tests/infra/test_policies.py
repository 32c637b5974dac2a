"""Every policy of every stack, held by parliament against what AWS says that each action may be allowed on.

An action that cannot be limited to a resource is not allowed at all by a statement that names one. What parliament says
against better evidence is listed, with that evidence.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterator
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import pytest

from tests.infra.conftest import Synthesis

# Parliament reads its tables through a module that newer setuptools no longer have.
sys.modules.setdefault(
    "pkg_resources", SimpleNamespace(resource_filename=lambda package, name: str(files(package) / name))
)  # type: ignore[arg-type]
analyze_policy_string = importlib.import_module("parliament").analyze_policy_string

PLACE = "eu-west-1:123456789012"
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012"}
ARNS = {
    "AWS::CloudWatch::Alarm": f"arn:aws:cloudwatch:{PLACE}:alarm:name",
    "AWS::CodeBuild::Project": f"arn:aws:codebuild:{PLACE}:project/name",
    "AWS::CodeStarConnections::Connection": f"arn:aws:codestar-connections:{PLACE}:connection/name",
    "AWS::ECR::Repository": f"arn:aws:ecr:{PLACE}:repository/name",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::123456789012:policy/name",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/name",
    "AWS::Lambda::Alias": f"arn:aws:lambda:{PLACE}:function:name:live",
    "AWS::Lambda::Function": f"arn:aws:lambda:{PLACE}:function:name",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{PLACE}:log-group:name:*",
    "AWS::S3::Bucket": "arn:aws:s3:::name",
    "AWS::SNS::Topic": f"arn:aws:sns:{PLACE}:name",
}
REFERRED_BY_ARN = {"AWS::IAM::ManagedPolicy", "AWS::Lambda::Alias", "AWS::SNS::Topic"}
"""Types whose `Ref` is an ARN; of others it is a name."""

KNOWN = {
    (
        "MISMATCHED_TYPE_BUT_USABLE",
        "iam:PermissionsBoundary",
    ): "AWS' own examples compare the boundary with StringEquals.",
    (
        "RESOURCE_MISMATCH",
        "cloudformation",
    ): "CDK lets the pipeline's action describe its stack by `Describe*`, of which "
    "some actions are about all stacks; the action needs none of those.",
    (
        "RESOURCE_MISMATCH",
        "codedeploy:PutLifecycleEventHookExecutionStatus",
    ): "The guide of AWS SAM and CDK's own grant name the deployment group, and hooks report with it.",
    (
        "RESOURCE_MISMATCH",
        "s3",
    ): "CDK lets actions of the pipeline read artifacts by `GetObject*` and `List*`, of which "
    "some actions are about other things; none of those is needed.",
    ("RESOURCE_MISMATCH", "states:DescribeExecution"): "Executions are named; `express` is another kind that it takes.",
    (
        "RESOURCE_STAR",
        "ec2:RunInstances",
    ): "CodeDeploy's guide for launch templates has no narrower form; the instances do not exist yet.",
    ("UNKNOWN_ACTION", "lambda:GetFunctionScalingConfig"): "Newer than parliament; CloudFormation's registry names it.",
}


@pytest.fixture(params=["hobby", "plain", "archived", "everything"])
def synthesis(request: pytest.FixtureRequest) -> Synthesis:
    found: Synthesis = request.getfixturevalue(request.param)
    return found


def documents(synthesis: Synthesis) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy of a role, with where it is."""
    types = {
        name: one["Type"] for template in synthesis.templates.values() for name, one in template["Resources"].items()
    }
    for stack, template in synthesis.templates.items():
        for name, resource in template["Resources"].items():
            properties = resource.get("Properties", {})
            found = [policy["PolicyDocument"] for policy in properties.get("Policies", []) if isinstance(policy, dict)]
            if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
                found.append(properties["PolicyDocument"])
            for document in found:
                yield f"{stack}/{name}", filled_in(document, types)


def filled_in(value: Any, types: dict[str, str]) -> Any:
    """A part of a template with what CloudFormation would put into it, as far as its form goes."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return separator.join(str(filled_in(part, types)) for part in parts)
        case {"Fn::GetAtt": [name, attribute]}:
            return ARNS.get(types[name], "name") if "Arn" in attribute else "name"
        case {"Fn::ImportValue": name}:
            exported = re.search(r"ExportsOutput(Ref|FnGetAtt)(.*)", name)
            assert exported is not None
            kind = next(kind for known, kind in types.items() if exported[2].startswith(known))
            by_arn = "Arn" in exported[2] if exported[1] == "FnGetAtt" else kind in REFERRED_BY_ARN
            return ARNS.get(kind, "name") if by_arn else "name"
        case {"Ref": name}:
            if name in PSEUDO:
                return PSEUDO[name]
            return ARNS[types[name]] if types[name] in REFERRED_BY_ARN else "name"
        case dict():
            return {key: filled_in(part, types) for key, part in value.items()}
        case list():
            return [filled_in(part, types) for part in value]
    return value


def known(issue: str, detail: str) -> set[tuple[str, str]]:
    """Which of the known findings one is; each of its actions must be known."""
    if issue == "RESOURCE_MISMATCH":
        actions = set(re.findall(r"'action': '([^']+)'", detail))
        keys = {key for key in KNOWN if key[0] == issue}
        return {
            next((key for key in keys if action == key[1] or action.split(":")[0] == key[1]), ("", action))
            for action in actions
        }
    return {
        key for key in KNOWN if key[0] == issue and (key[1] in detail or issue == "MISMATCHED_TYPE_BUT_USABLE")
    } or {("", detail)}


def test_every_action_may_be_allowed_on_what_it_is_allowed_on(synthesis: Synthesis) -> None:
    found = [
        f"{place}: {finding.issue} {finding.detail}"
        for place, document in documents(synthesis)
        for finding in analyze_policy_string(json.dumps(document)).findings
        if not known(finding.issue, str(finding.detail)) <= set(KNOWN)
    ]
    assert found == []


def test_what_is_known_is_still_found(everything: Synthesis, archived: Synthesis) -> None:
    found: set[tuple[str, str]] = set()
    for synthesis in (everything, archived):
        for _, document in documents(synthesis):
            for finding in analyze_policy_string(json.dumps(document)).findings:
                found |= known(finding.issue, str(finding.detail))
    assert set(KNOWN) - found == set()


def test_a_statement_that_allows_nothing_is_found() -> None:
    statement = {
        "Effect": "Allow",
        "Action": "codedeploy:StopDeployment",
        "Resource": f"arn:aws:codedeploy:{PLACE}:application:a",
    }
    findings = analyze_policy_string(json.dumps({"Version": "2012-10-17", "Statement": [statement]})).findings
    assert [finding.issue for finding in findings] == ["RESOURCE_MISMATCH"]
