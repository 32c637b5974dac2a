"""The page that a club pays for itself: CloudFront, and behind it one server."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.constructs.first_start import SERVED_SECONDS
from infra.constructs.load_balancer import CLOUDFRONT_PREFIX_LISTS
from infra.constructs.page_deployment import GROUP, TAG
from infra.stacks.inference import NO_METRICS
from tests.infra.conftest import Synthesis, as_list, flat

INSTANCE = "AWS::EC2::Instance"


def server(hobby: Synthesis) -> tuple[str, dict[str, Any]]:
    ((name, resource),) = hobby.resources("Web", INSTANCE).items()
    return name, resource


def test_nothing_is_there_that_costs_more_than_the_server(hobby: Synthesis) -> None:
    for kind in (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::WAFv2::WebACL",
        "AWS::EC2::NatGateway",
        "AWS::CloudWatch::Dashboard",
    ):
        assert hobby.all(kind) == {}, kind


def test_the_five_parts_of_the_system_are_there(hobby: Synthesis) -> None:
    for kind in (
        "AWS::CloudFront::Distribution",
        "AWS::CodePipeline::Pipeline",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::ECR::Repository",
        "AWS::Lambda::Function",
    ):
        assert hobby.all(kind), kind


def test_cloudfront_asks_the_server_itself_and_nobody_else_reaches_it(hobby: Synthesis) -> None:
    name, resource = server(hobby)
    origin = hobby.properties("Web", "AWS::CloudFront::VpcOrigin")["VpcOriginEndpointConfig"]
    assert flat(origin["Arn"]).endswith(f":instance/<{name}>")
    assert origin["OriginProtocolPolicy"] == "http-only"
    (rule,) = [
        found["Properties"] for found in hobby.resources("Web", "AWS::EC2::SecurityGroupIngress").values()
    ] or hobby.properties("Web", "AWS::EC2::SecurityGroup")["SecurityGroupIngress"]
    assert rule["FromPort"] == rule["ToPort"] == 80
    mapping, _, key = rule["SourcePrefixListId"]["Fn::FindInMap"]
    lists = {entry[key] for entry in hobby.templates["Web"]["Mappings"][mapping].values()}
    assert lists <= set(CLOUDFRONT_PREFIX_LISTS.values())
    assert "KeyName" not in resource["Properties"]


def test_the_server_keeps_its_credentials_to_itself_and_its_disk_is_encrypted(hobby: Synthesis) -> None:
    _, resource = server(hobby)
    text = json.dumps([resource, *hobby.resources("Web", "AWS::EC2::LaunchTemplate").values()])
    assert '"HttpTokens": "required"' in text
    (disk,) = resource["Properties"]["BlockDeviceMappings"]
    assert disk["Ebs"] == {"Encrypted": True, "VolumeSize": 8, "VolumeType": "gp3"}


def test_codedeploy_finds_the_server_by_its_tag(hobby: Synthesis) -> None:
    _, resource = server(hobby)
    tags = {tag["Key"]: tag["Value"] for tag in resource["Properties"]["Tags"]}
    group = hobby.properties("Web", "AWS::CodeDeploy::DeploymentGroup")
    (wanted,) = group["Ec2TagSet"]["Ec2TagSetList"][0]["Ec2TagGroup"]
    assert (wanted["Key"], wanted["Value"]) == (TAG, tags[TAG])
    assert "AutoScalingGroups" not in group


@pytest.mark.parametrize(("last", "told", "deploys"), [("d-1", 0, True), ("None", 0, False), ("", 1, False)])
def test_another_server_deploys_the_last_release_to_itself_before_it_takes_the_place(
    hobby: Synthesis, tmp_path: Path, last: str, told: int, deploys: bool
) -> None:
    name, resource = server(hobby)
    assert resource["CreationPolicy"]["ResourceSignal"]["Timeout"] == "PT20M"
    text = flat(resource["Properties"]["UserData"]["Fn::Base64"])
    preparation, trap, _ = text.partition("trap finished EXIT\n")
    script = re.sub(r"<(\w+(::\w+)?)>", r"\1", preparation + trap + "exit 0\n")
    script = script.replace("/opt/aws/bin", str(tmp_path)).replace("/opt/movements/current", str(tmp_path))
    script = script.replace(f"timeout {SERVED_SECONDS}", "timeout 1")
    asked = (
        f'echo "$*" >>{tmp_path}/asked\n'
        f'case "$2" in get-deployment-group) {f"echo {last}" if last else "exit 254"} ;;\n'
        "get-deployment) echo a-revision ;; create-deployment) ;; *) exit 252 ;; esac"
    )
    for program, body in {
        "cfn-signal": f"printf '%s ' \"$@\" >{tmp_path}/said",
        "curl": "exit 0",
        "aws": asked,
    }.items():
        (tmp_path / program).write_text(f"#!/bin/bash\n{body}\n")
        (tmp_path / program).chmod(0o755)
    subprocess.run(["bash"], input=script, text=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False)
    said = (tmp_path / "said").read_text()
    assert said.startswith(f"--exit-code {told} --stack movements-hobby-web --resource {name} ")
    made = [line for line in (tmp_path / "asked").read_text().splitlines() if "create-deployment" in line]
    assert bool(made) is deploys
    assert all(f"--deployment-group-name {GROUP} --revision a-revision" in line for line in made)


def test_the_server_begins_when_there_is_a_group_to_ask_about(hobby: Synthesis) -> None:
    """Its creation waits until it says that it serves, for which it asks CodeDeploy."""
    (group,) = hobby.resources("Web", "AWS::CodeDeploy::DeploymentGroup")
    assert group in server(hobby)[1]["DependsOn"]


def test_the_server_may_deploy_to_its_own_group_and_nowhere_else(hobby: Synthesis) -> None:
    (application,) = hobby.resources("Web", "AWS::CodeDeploy::Application")
    allowed: dict[str, set[str]] = {}
    for policy in hobby.resources("Web", "AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            for action in as_list(statement["Action"]):
                if action.startswith("codedeploy:"):
                    allowed.setdefault(action, set()).update(flat(one) for one in as_list(statement["Resource"]))
    (group,) = allowed["codedeploy:CreateDeployment"]
    assert group.endswith(f":deploymentgroup:<{application}>/{GROUP}")
    assert not [where for places in allowed.values() for where in places if "*" in where]


def test_the_bucket_and_the_page_do_not_wait_for_each_other(hobby: Synthesis) -> None:
    (bucket,) = [
        found["Properties"] for name, found in hobby.resources("Web", "AWS::S3::Bucket").items() if "Uploads" in name
    ]
    assert bucket["CorsConfiguration"]["CorsRules"][0]["AllowedOrigins"] == ["https://*.cloudfront.net"]


def test_the_function_reports_nothing_that_is_paid_by_the_metric(hobby: Synthesis, plain: Synthesis) -> None:
    for synthesis, silent in ((hobby, True), (plain, False)):
        functions = [
            found["Properties"]["Environment"]["Variables"]
            for found in synthesis.resources("Inference", "AWS::Lambda::Function").values()
            if "UPLOAD_BUCKET" in found["Properties"].get("Environment", {}).get("Variables", {})
        ]
        assert len(functions) == 2
        assert {NO_METRICS in variables for variables in functions} == {silent}
    watched = [alarm["Properties"] for alarm in hobby.all("AWS::CloudWatch::Alarm").values()]
    assert "Movements" not in {alarm["Namespace"] for alarm in watched}
    assert {"StatusCheckFailed", "Errors", "Throttles"} <= {alarm["MetricName"] for alarm in watched}


def test_no_other_stack_knows_the_server_which_could_not_be_replaced_then(hobby: Synthesis) -> None:
    name, _ = server(hobby)
    outputs = hobby.templates["Web"]["Outputs"].values()
    assert not [output for output in outputs if name in json.dumps(output["Value"])]
