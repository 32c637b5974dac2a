"""What holds for every resource of every stack, whoever adds one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint import api as cfnlint
from cfnlint.config import ManualArgs

from tests.infra.conftest import Synthesis, as_list

ROOT = Path(__file__).parents[2]
CONTEXTS = ("hobby", "plain", "archived", "everything")
TEMPLATE_BYTES = 45_000
"""The largest template that we write: CloudFormation takes 51 200 bytes without a bucket to put it in (AWS
CloudFormation quotas), and there should be room for what is added next."""

LINTED = (
    *("us-east-1", "us-east-2", "us-west-2"),
    *("eu-west-1", "eu-central-1", "ap-northeast-1", "ap-southeast-2"),
)  # fmt: skip
"""Regions whose types and values the templates are held against."""

SSH = 22


@pytest.fixture(params=CONTEXTS)
def synthesis(request: pytest.FixtureRequest) -> Synthesis:
    found: Synthesis = request.getfixturevalue(request.param)
    return found


def statements(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The statements of a policy, or of a role's own policies."""
    properties = resource["Properties"]
    documents = [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    for document in documents:
        yield from document["Statement"]


def wildcards(resource: dict[str, Any]) -> list[str]:
    """What a policy allows with a star in it, as JSON."""
    allowed = [statement for statement in statements(resource) if statement["Effect"] == "Allow"]
    parts = [part for statement in allowed for part in as_list(statement["Action"]) + as_list(statement["Resource"])]
    return [text for text in map(json.dumps, parts) if "*" in text]


def reasons(synthesis: Synthesis, stack: str, logical_id: str) -> list[str]:
    """Why the rule about wildcards is set aside for a resource, or for what it is in."""
    metadata = json.loads((synthesis.folder / f"{stack}.metadata.json").read_text())
    (path,) = [
        path
        for path, entries in metadata.items()
        if any(entry["type"] == "aws:cdk:logicalId" and entry["data"] == logical_id for entry in entries)
    ]
    above = [path, *(str(parent) for parent in Path(path).parents)]
    return [
        reason
        for place in above
        for entry in metadata.get(place, [])
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for rule, reason in entry["data"].items()
        if "AwsSolutions-IAM5" in rule
    ]


def test_there_are_the_stacks_that_were_asked_for_and_no_assets(
    synthesis: Synthesis, hobby: Synthesis, archived: Synthesis
) -> None:
    watched = [] if synthesis is hobby else ["Watch"]
    archive = ["Archive"] if synthesis is archived else []
    assert sorted(path.name.removesuffix(".template.json") for path in synthesis.folder.glob("*.template.json")) == [
        *archive,
        *("Base", "Inference", "Network", "Pipeline"),
        *watched,
        "Web",
    ]
    assert not list(synthesis.folder.glob("asset.*"))


class AsTheCommandLineWrites(yaml.SafeDumper):
    """YAML as `cdk deploy` sends it: lists indented, texts of several lines as blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


AsTheCommandLineWrites.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def test_every_template_is_small_enough_to_be_deployed_without_a_bootstrap_bucket(synthesis: Synthesis) -> None:
    sizes = {
        name: len(yaml.dump(template, Dumper=AsTheCommandLineWrites, width=1_000_000, sort_keys=False))
        for name, template in synthesis.templates.items()
    }
    assert max(sizes.values()) <= TEMPLATE_BYTES, sizes


def test_the_command_line_adds_nothing_to_a_template() -> None:
    settings = json.loads((ROOT / "cdk.json").read_text())
    assert [settings[name] for name in ("assetMetadata", "pathMetadata", "versionReporting")] == [False] * 3


def test_nothing_depends_on_an_account_or_a_region(synthesis: Synthesis) -> None:
    manifest = json.loads((synthesis.folder / "manifest.json").read_text())
    assert "missing" not in manifest, "something is looked up"
    stacks = [item for item in manifest["artifacts"].values() if item["type"] == "aws:cloudformation:stack"]
    assert {item["environment"] for item in stacks} == {"aws://unknown-account/unknown-region"}


def test_cfn_lint_finds_nothing(synthesis: Synthesis) -> None:
    # W3005: CDK writes DependsOn where a reference would do. W3010: it is the operator who named the zones.
    config = ManualArgs(ignore_checks=["W3005", "W3010"], regions=list(LINTED))
    found = [
        f"{name}: {match}"
        for name, template in synthesis.templates.items()
        for match in cfnlint.lint(json.dumps(template), config=config)
    ]
    assert found == []


def test_no_policy_has_a_wildcard_without_a_reason(synthesis: Synthesis) -> None:
    policies = synthesis.all("AWS::IAM::Policy") | synthesis.all("AWS::IAM::Role")
    for place, resource in policies.items():
        found = wildcards(resource)
        if found:
            given = reasons(synthesis, *place.split("/"))
            assert given, f"{place} allows {found} and nobody says why"
            assert all(len(reason.split()) >= 5 for reason in given), f"{place}: {given} explains nothing"


def test_no_policy_allows_every_action_or_a_whole_service(synthesis: Synthesis) -> None:
    policies = synthesis.all("AWS::IAM::Policy") | synthesis.all("AWS::IAM::Role")
    for place, resource in policies.items():
        for statement in statements(resource):
            if statement["Effect"] == "Allow":
                actions = as_list(statement["Action"])
                assert not [action for action in actions if action == "*" or action.endswith(":*")], place


def test_no_bucket_is_public(synthesis: Synthesis) -> None:
    buckets = synthesis.all("AWS::S3::Bucket")
    assert len(buckets) == 4
    for place, bucket in buckets.items():
        assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}, place
    for place, policy in synthesis.all("AWS::S3::BucketPolicy").items():
        for statement in statements(policy):
            anybody = statement["Principal"] in ("*", {"AWS": "*"})
            assert not (anybody and statement["Effect"] == "Allow"), place


def test_every_bucket_and_topic_refuses_plain_http(synthesis: Synthesis) -> None:
    plain_http = {"Bool": {"aws:SecureTransport": "false"}}
    guarded = {
        "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", lambda properties: [properties["Bucket"]]),
        "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", lambda properties: properties["Topics"]),
    }
    for kind, (policy_kind, subjects) in guarded.items():
        refusing = {
            subject["Ref"]
            for policy in synthesis.all(policy_kind).values()
            for subject in subjects(policy["Properties"])
            for statement in statements(policy)
            if statement["Effect"] == "Deny" and statement.get("Condition") == plain_http
        }
        names = {place.split("/")[1] for place in synthesis.all(kind)}
        assert names
        assert names == refusing


def test_every_bucket_is_encrypted(synthesis: Synthesis) -> None:
    for place, bucket in synthesis.all("AWS::S3::Bucket").items():
        assert bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"], place


def test_every_instance_requires_the_second_version_of_the_metadata_service(synthesis: Synthesis) -> None:
    templates, instances = synthesis.all("AWS::EC2::LaunchTemplate"), synthesis.all("AWS::EC2::Instance")
    asked = {place: template["Properties"]["LaunchTemplateData"] for place, template in templates.items()}
    asked |= {place: instance["Properties"] for place, instance in instances.items()}
    assert len(asked) == 1
    for place, properties in asked.items():
        assert properties["MetadataOptions"]["HttpTokens"] == "required", place
        assert "KeyName" not in properties, place
    assert not synthesis.all("AWS::AutoScaling::LaunchConfiguration")


def test_nobody_comes_in_by_ssh_or_from_everywhere(synthesis: Synthesis) -> None:
    rules = [
        rule
        for group in synthesis.all("AWS::EC2::SecurityGroup").values()
        for rule in group["Properties"].get("SecurityGroupIngress", [])
    ]
    rules += [rule["Properties"] for rule in synthesis.all("AWS::EC2::SecurityGroupIngress").values()]
    assert rules
    for rule in rules:
        assert rule.get("IpProtocol") != "-1", rule
        assert not rule["FromPort"] <= SSH <= rule["ToPort"], rule
        assert rule.get("CidrIp") != "0.0.0.0/0", rule
        assert rule.get("CidrIpv6") != "::/0", rule


def test_every_log_group_forgets(synthesis: Synthesis) -> None:
    groups = synthesis.all("AWS::Logs::LogGroup")
    assert groups
    for place, group in groups.items():
        assert group["Properties"]["RetentionInDays"] in (14, 90), place


def test_every_alarm_tells_the_one_topic(synthesis: Synthesis) -> None:
    alarms = synthesis.all("AWS::CloudWatch::Alarm")
    assert len(alarms) >= 7
    for place, alarm in alarms.items():
        (action,) = alarm["Properties"]["AlarmActions"]
        assert "Alarms" in json.dumps(action), place


def test_everything_that_can_be_tagged_says_whose_cost_it_is(synthesis: Synthesis) -> None:
    for kind in ("AWS::S3::Bucket", "AWS::Lambda::Function", "AWS::EC2::NatGateway", "AWS::CodePipeline::Pipeline"):
        for place, resource in synthesis.all(kind).items():
            tags = {tag["Key"]: tag["Value"] for tag in resource["Properties"]["Tags"]}
            assert tags["project"] == "movements", place
            assert tags["environment"] in ("hobby", "dev", "prod"), place
