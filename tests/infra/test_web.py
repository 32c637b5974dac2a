"""The page: who reaches it on which way, what its servers may do, and how they are replaced."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.services.uploads import checked_key, new_key
from infra.app import new_app
from infra.config import Context
from infra.constructs.first_start import SERVED_SECONDS, USER_DATA
from infra.stacks.base import BaseStack
from infra.stacks.network import NetworkStack
from infra.stacks.web import WebStack
from model.answers.job import JobFiles
from tests.infra.conftest import EVERYTHING, Resource, Synthesis, as_list, flat

USER_DATA_BYTES = 16_384
"""What EC2 takes (Amazon EC2 User Guide, "User data")."""

Synthesizer = Callable[..., Synthesis]


@pytest.fixture(params=("plain", "everything"))
def synthesis(request: pytest.FixtureRequest) -> Synthesis:
    found: Synthesis = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def web(tmp_path: Path) -> Synthesizer:
    """Synthesizes the page, and what it stands on, with some values of the context."""

    def make(**values: str) -> Synthesis:
        app, context = new_app(outdir=str(tmp_path)), Context.read(values)
        base, network = BaseStack(app, "Base", context=context), NetworkStack(app, "Network", context=context)
        WebStack(app, "Web", context=context, base=base, network=network)
        app.synth()
        names = ("Network", "Web")
        return Synthesis(
            tmp_path, {name: json.loads((tmp_path / f"{name}.template.json").read_text()) for name in names}
        )

    return make


def ref(resource: str) -> dict[str, str]:
    return {"Ref": resource}


def only(resources: dict[str, Resource]) -> tuple[str, Any]:
    """The one resource: its logical id and its properties."""
    ((name, resource),) = resources.items()
    return name, resource["Properties"]


def statements(synthesis: Synthesis, role: str) -> Iterator[dict[str, Any]]:
    """What the policies of a role of the page say."""
    for policy in synthesis.resources("Web", "AWS::IAM::Policy").values():
        if ref(role) in policy["Properties"]["Roles"]:
            yield from policy["Properties"]["PolicyDocument"]["Statement"]


def actions(statement: dict[str, Any]) -> list[str]:
    found: str | list[str] = statement["Action"]
    return found if isinstance(found, list) else [found]


def role_of_servers(synthesis: Synthesis) -> str:
    _, profile = only(synthesis.resources("Web", "AWS::IAM::InstanceProfile"))
    (role,) = profile["Roles"]
    return str(role["Ref"])


def launch(synthesis: Synthesis) -> dict[str, Any]:
    data: dict[str, Any] = synthesis.properties("Web", "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    return data


def user_data(synthesis: Synthesis) -> str:
    """What an instance runs, with `<Name>` for what the template fills in."""
    parts = launch(synthesis)["UserData"]["Fn::Base64"]["Fn::Join"][1]
    return "".join(part if isinstance(part, str) else f"<{next(iter(part.values()))}>" for part in parts)


def filled(text: str) -> str:
    """User data with something in each place that the template fills in."""
    return re.sub(r"<(\w+(::\w+)?)>", r"\1", text)


def imported(synthesis: Synthesis, value: dict[str, str]) -> str:
    """The resource of the network that a value of the page's template imports."""
    (resource,) = (
        output["Value"]["Ref"]
        for output in synthesis.templates["Network"]["Outputs"].values()
        if output["Export"]["Name"] == value["Fn::ImportValue"]
    )
    return str(resource)


def subnets(synthesis: Synthesis, references: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The default routes of some subnets."""
    tables = {
        item["Properties"]["SubnetId"]["Ref"]: item["Properties"]["RouteTableId"]["Ref"]
        for item in synthesis.resources("Network", "AWS::EC2::SubnetRouteTableAssociation").values()
    }
    wanted = [tables[imported(synthesis, reference)] for reference in references]
    return [
        route["Properties"]
        for route in synthesis.resources("Network", "AWS::EC2::Route").values()
        if route["Properties"]["RouteTableId"]["Ref"] in wanted
    ]


def ways_in(synthesis: Synthesis, group: str) -> list[dict[str, Any]]:
    """The inbound rules of a security group."""
    inline = synthesis.resources("Web", "AWS::EC2::SecurityGroup")[group]["Properties"].get("SecurityGroupIngress", [])
    rules = [rule["Properties"] for rule in synthesis.resources("Web", "AWS::EC2::SecurityGroupIngress").values()]
    return [*inline, *(rule for rule in rules if rule["GroupId"]["Fn::GetAtt"][0] == group)]


def group_of(reference: dict[str, Any]) -> str:
    return str(reference["Fn::GetAtt"][0])


# --- the load balancer


def test_the_load_balancer_has_no_public_address_and_no_way_to_the_internet(plain: Synthesis) -> None:
    balancer = plain.properties("Web", "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internal"
    assert len(balancer["Subnets"]) == 2
    assert subnets(plain, balancer["Subnets"]) == []


def test_where_visitors_sign_in_the_load_balancer_reaches_cognito_through_a_nat_gateway(web: Synthesizer) -> None:
    names = {key: value for key, value in EVERYTHING.items() if key.startswith("domain_")}
    synthesis = web(environment="dev", sign_in="true", **names)
    balancer = synthesis.properties("Web", "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internal"
    routes = subnets(synthesis, balancer["Subnets"])
    assert len(routes) == 2
    assert all("NatGatewayId" in route for route in routes)


def test_only_cloudfront_reaches_the_load_balancer(synthesis: Synthesis) -> None:
    balancer = synthesis.properties("Web", "AWS::ElasticLoadBalancingV2::LoadBalancer")
    listener = synthesis.properties("Web", "AWS::ElasticLoadBalancingV2::Listener")
    (group,) = balancer["SecurityGroups"]
    (rule,) = ways_in(synthesis, group_of(group))
    assert rule["FromPort"] == rule["ToPort"] == listener["Port"]
    mapping, region, key = rule["SourcePrefixListId"]["Fn::FindInMap"]
    assert region == ref("AWS::Region")
    lists = [entry[key] for entry in synthesis.templates["Web"]["Mappings"][mapping].values()]
    assert all(name.startswith("pl-") for name in lists)
    assert len(set(lists)) == len(lists), "two regions have the same list"


def test_the_load_balancer_drops_what_is_no_header_and_logs_every_request(synthesis: Synthesis) -> None:
    attributes = {
        attribute["Key"]: attribute["Value"]
        for attribute in synthesis.properties("Web", "AWS::ElasticLoadBalancingV2::LoadBalancer")[
            "LoadBalancerAttributes"
        ]
    }
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert attributes["access_logs.s3.enabled"] == "true"
    prefix = attributes["access_logs.s3.prefix"]
    policies = synthesis.resources("Base", "AWS::S3::BucketPolicy").values()
    (permission,) = [
        statement
        for policy in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    ]
    assert f"/{prefix}/AWSLogs/" in json.dumps(permission["Resource"])
    assert permission["Action"] == "s3:PutObject"
    assert "Condition" not in permission, "with one about the source, the creation was reported to be refused"
    assert json.dumps(permission["Resource"]).endswith('{"Ref": "AWS::AccountId"}, "/*"]]}')


def test_cloudfront_gives_up_before_the_load_balancer_does(synthesis: Synthesis) -> None:
    distribution = synthesis.properties("Web", "AWS::CloudFront::Distribution")["DistributionConfig"]
    waits = distribution["Origins"][0]["VpcOriginConfig"]["OriginReadTimeout"]
    attributes = synthesis.properties("Web", "AWS::ElasticLoadBalancingV2::LoadBalancer")["LoadBalancerAttributes"]
    (idle,) = [item["Value"] for item in attributes if item["Key"] == "idle_timeout.timeout_seconds"]
    assert 60 <= waits < int(idle)


def test_where_data_is_kept_the_load_balancer_cannot_be_deleted_by_mistake(everything: Synthesis) -> None:
    attributes = everything.properties("Web", "AWS::ElasticLoadBalancingV2::LoadBalancer")["LoadBalancerAttributes"]
    assert {"Key": "deletion_protection.enabled", "Value": "true"} in attributes


def test_with_a_domain_the_load_balancer_speaks_tls_from_1_2_with_the_domains_certificate(
    everything: Synthesis,
) -> None:
    listener = everything.properties("Web", "AWS::ElasticLoadBalancingV2::Listener")
    assert (listener["Port"], listener["Protocol"]) == (443, "HTTPS")
    assert listener["Certificates"] == [{"CertificateArn": EVERYTHING["domain_certificate"]}]
    assert listener["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"


def test_the_load_balancer_speaks_tls_to_the_servers_and_asks_them_whether_they_live(synthesis: Synthesis) -> None:
    target = synthesis.properties("Web", "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert (target["Port"], target["Protocol"]) == (443, "HTTPS")
    assert (target["HealthCheckProtocol"], target["HealthCheckPath"]) == ("HTTPS", "/health/live")
    assert target["Matcher"] == {"HttpCode": "200"}


# --- the firewall


@pytest.mark.parametrize(("name", "limit"), [("plain", 500), ("everything", 1000)])
def test_an_address_that_asks_too_often_is_refused_by_the_header_that_only_we_set(
    name: str, limit: int, request: pytest.FixtureRequest
) -> None:
    synthesis: Synthesis = request.getfixturevalue(name)
    rules = synthesis.properties("Web", "AWS::WAFv2::WebACL")["Rules"]
    (rule,) = [rule for rule in rules if "RateBasedStatement" in rule["Statement"]]
    rate = rule["Statement"]["RateBasedStatement"]
    assert (rate["Limit"], rate["EvaluationWindowSec"]) == (limit, 300)
    assert rate["AggregateKeyType"] == "FORWARDED_IP"
    assert rate["ForwardedIPConfig"] == {"HeaderName": "x-viewer-ip", "FallbackBehavior": "MATCH"}
    assert rule["Action"] == {"Block": {"CustomResponse": {"ResponseCode": 429}}}


def test_the_firewall_guards_the_load_balancer_and_lets_clips_through(synthesis: Synthesis) -> None:
    (balancer,) = synthesis.resources("Web", "AWS::ElasticLoadBalancingV2::LoadBalancer")
    acl, properties = only(synthesis.resources("Web", "AWS::WAFv2::WebACL"))
    association = synthesis.properties("Web", "AWS::WAFv2::WebACLAssociation")
    assert association["ResourceArn"] == ref(balancer)
    assert association["WebACLArn"] == {"Fn::GetAtt": [acl, "Arn"]}
    assert properties["Scope"] == "REGIONAL"
    groups = [
        rule["Statement"]["ManagedRuleGroupStatement"]["Name"]
        for rule in properties["Rules"]
        if "ManagedRuleGroupStatement" in rule["Statement"]
    ]
    # The common rule set would refuse every body above 8 KB.
    assert groups == ["AWSManagedRulesKnownBadInputsRuleSet"]


# --- the network


def test_what_passes_the_network_is_written_down(synthesis: Synthesis) -> None:
    flow = synthesis.properties("Network", "AWS::EC2::FlowLog")
    (vpc,) = synthesis.resources("Network", "AWS::EC2::VPC")
    assert flow["ResourceId"] == ref(vpc)
    assert flow["TrafficType"] == "ALL"
    assert flow["LogGroupName"]["Ref"] in synthesis.resources("Network", "AWS::Logs::LogGroup")


def test_nothing_is_in_the_networks_default_security_group(synthesis: Synthesis) -> None:
    groups = synthesis.resources("Web", "AWS::EC2::SecurityGroup")
    members = [
        launch(synthesis)["SecurityGroupIds"],
        synthesis.properties("Web", "AWS::ElasticLoadBalancingV2::LoadBalancer")["SecurityGroups"],
    ]
    assert all(found and {group_of(item) for item in found} <= set(groups) for found in members)


def test_every_subnet_reaches_s3_without_leaving_the_network(synthesis: Synthesis) -> None:
    endpoint = synthesis.properties("Network", "AWS::EC2::VPCEndpoint")
    assert endpoint["VpcEndpointType"] == "Gateway"
    tables = {table["Ref"] for table in endpoint["RouteTableIds"]}
    assert tables == set(synthesis.resources("Network", "AWS::EC2::RouteTable"))


def test_a_subnet_keeps_its_addresses_when_another_kind_is_added(plain: Synthesis, everything: Synthesis) -> None:
    def addresses(synthesis: Synthesis) -> dict[str, str]:
        return {
            resource["Properties"]["CidrBlock"]: name.split("Subnet")[0]
            for name, resource in synthesis.resources("Network", "AWS::EC2::Subnet").items()
        }

    few, others = addresses(plain), addresses(everything)
    assert set(few.values()) != set(others.values())
    assert all(few[block] == others[block] for block in few.keys() & others.keys())


# --- the servers


def test_only_the_load_balancer_reaches_the_servers_and_only_over_tls(synthesis: Synthesis) -> None:
    (balancer,) = synthesis.properties("Web", "AWS::ElasticLoadBalancingV2::LoadBalancer")["SecurityGroups"]
    (servers,) = launch(synthesis)["SecurityGroupIds"]
    (rule,) = ways_in(synthesis, group_of(servers))
    assert rule["SourceSecurityGroupId"] == balancer
    assert rule["FromPort"] == rule["ToPort"] == 443


def test_the_servers_speak_to_the_outside_over_tls_only(synthesis: Synthesis) -> None:
    (servers,) = launch(synthesis)["SecurityGroupIds"]
    rules = synthesis.resources("Web", "AWS::EC2::SecurityGroup")[group_of(servers)]["Properties"][
        "SecurityGroupEgress"
    ]
    assert [(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in rules] == [("tcp", 443, 443)]


def test_a_servers_credentials_stay_on_it(synthesis: Synthesis) -> None:
    assert launch(synthesis)["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}


def test_every_disk_is_encrypted(synthesis: Synthesis) -> None:
    disks = launch(synthesis)["BlockDeviceMappings"]
    assert disks
    assert all(disk["Ebs"]["Encrypted"] for disk in disks)


def test_servers_have_public_addresses_only_where_there_is_no_nat_gateway(
    plain: Synthesis, everything: Synthesis
) -> None:
    for synthesis, way in ((plain, "GatewayId"), (everything, "NatGatewayId")):
        group = synthesis.properties("Web", "AWS::AutoScaling::AutoScalingGroup")
        routes = subnets(synthesis, group["VPCZoneIdentifier"])
        assert len(routes) == 2
        assert all(way in route for route in routes)


def test_a_server_that_does_not_answer_is_replaced(synthesis: Synthesis) -> None:
    group = synthesis.properties("Web", "AWS::AutoScaling::AutoScalingGroup")
    (targets,) = synthesis.resources("Web", "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert group["HealthCheckType"] == "ELB"
    assert group["TargetGroupARNs"] == [ref(targets)]


def test_servers_are_replaced_one_by_one_and_each_says_when_it_is_ready(synthesis: Synthesis) -> None:
    (name, group), *others = synthesis.resources("Web", "AWS::AutoScaling::AutoScalingGroup").items()
    assert not others
    update = group["UpdatePolicy"]["AutoScalingRollingUpdate"]
    assert update["MaxBatchSize"] == 1
    assert str(update["MinInstancesInService"]) == group["Properties"]["MinSize"]
    assert update["WaitOnResourceSignals"]
    stack = "movements-dev-web" if group["Properties"]["MinSize"] == "1" else "movements-prod-web"
    assert f'cfn-signal --exit-code "$status" --stack {stack} --resource {name} ' in user_data(synthesis)


def test_the_group_grows_with_its_requests_and_its_work(synthesis: Synthesis) -> None:
    policies = synthesis.resources("Web", "AWS::AutoScaling::ScalingPolicy").values()
    assert {
        policy["Properties"]["TargetTrackingConfiguration"]["PredefinedMetricSpecification"]["PredefinedMetricType"]
        for policy in policies
    } == {"ASGAverageCPUUtilization", "ALBRequestCountPerTarget"}


def test_a_server_learns_its_environment_before_it_starts_its_script(synthesis: Synthesis) -> None:
    lines = user_data(synthesis).splitlines()
    assert lines[0] == "#!/bin/bash"
    exports = dict(line.removeprefix("export ").split("=", 1) for line in lines[1:6])
    (bucket,) = [name for name in synthesis.resources("Web", "AWS::S3::Bucket") if name.startswith("Uploads")]
    environment = exports["ENVIRONMENT"]
    assert environment in ("dev", "prod")
    assert exports["AWS_REGION"] == "<AWS::Region>"
    assert exports["UPLOAD_BUCKET"] == f"<{bucket}>"
    assert exports["CLASSIFIER_FUNCTION"].endswith(f":function:movements-{environment}-classify:live")
    log = synthesis.resources("Web", "AWS::Logs::LogGroup")[exports["LOG_GROUP"].strip("<>")]["Properties"]
    assert log["LogGroupName"] == f"/movements/{environment}/page"
    script = USER_DATA.read_text()
    said = [line.strip() for line in script.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert lines[-len(said) :] == said
    traps = re.findall(r"^\s*trap\b.*", script, re.MULTILINE)
    assert traps == [], "it would replace the one that says that the server is ready"


def test_what_a_server_runs_at_first_is_short_enough_and_valid_shell(synthesis: Synthesis) -> None:
    text = user_data(synthesis)
    assert len(text.encode()) < USER_DATA_BYTES - 1024, "what the template fills in needs some room"
    subprocess.run(["bash", "-n"], input=filled(text), text=True, check=True)


def test_zones_are_the_regions_first_or_those_that_the_context_names(plain: Synthesis, everything: Synthesis) -> None:
    for synthesis, wanted in ((plain, None), (everything, {"eu-west-1a", "eu-west-1c"})):
        subnets = synthesis.resources("Network", "AWS::EC2::Subnet").values()
        zones = [subnet["Properties"]["AvailabilityZone"] for subnet in subnets]
        assert wanted is None or set(zones) == wanted
        assert wanted is not None or all("Fn::GetAZs" in json.dumps(zone) for zone in zones)


def test_a_region_without_vpc_origins_in_a_zone_is_only_deployed_to_by_zone(
    plain: Synthesis, everything: Synthesis
) -> None:
    for synthesis, there in ((plain, False), (everything, True)):
        (lists,) = (
            found for name, found in synthesis.templates["Web"]["Mappings"].items() if name.startswith("Entrance")
        )
        assert ("us-west-1" in lists) is there
        assert "us-east-1" in lists


@pytest.mark.parametrize(
    ("ended", "last", "serves", "told"),
    [
        (3, "d-1", True, 3),  # no page to wait for
        (0, "None", False, 0),  # nothing was ever deployed
        (0, "d-1", True, 0),
        (0, "d-1", False, 1),  # a release that does not come is no success
        (0, "", True, 1),  # CodeDeploy cannot be asked
    ],
)
def test_a_server_says_how_its_first_start_ended(
    plain: Synthesis, tmp_path: Path, ended: int, last: str, serves: bool, told: int
) -> None:
    preparation, trap, _ = user_data(plain).partition("trap finished EXIT\n")
    text = (preparation + trap + f"exit {ended}\n").replace("/opt/aws/bin", str(tmp_path))
    text = text.replace("/opt/movements/current", str(tmp_path)).replace(f"timeout {SERVED_SECONDS}", "timeout 1")
    for name, body in {
        "cfn-signal": f"printf '%s ' \"$@\" >{tmp_path}/said",
        "curl": f"exit {0 if serves else 22}",
        "aws": f'echo "$@" >{tmp_path}/asked; {f"echo {last}" if last else "exit 254"}',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    subprocess.run(["bash"], input=filled(text), text=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False)
    assert (tmp_path / "said").read_text().startswith(f"--exit-code {told} --stack movements-dev-web ")
    if ended == 0:
        assert " --deployment-group-name page " in (tmp_path / "asked").read_text()


def test_a_server_knows_what_is_deployed_to_it(synthesis: Synthesis) -> None:
    (application,) = synthesis.resources("Web", "AWS::CodeDeploy::Application")
    group = synthesis.properties("Web", "AWS::CodeDeploy::DeploymentGroup")
    assert f"export DEPLOYMENT_APPLICATION=<{application}>" in user_data(synthesis)
    assert f"export DEPLOYMENT_GROUP={group['DeploymentGroupName']}" in user_data(synthesis)
    (asked,) = [
        statement
        for statement in statements(synthesis, role_of_servers(synthesis))
        if any(action.startswith("codedeploy:") for action in actions(statement))
    ]
    assert set(actions(asked)) == {"codedeploy:GetDeployment", "codedeploy:GetDeploymentGroup"}
    assert flat(asked["Resource"]).endswith(f":deploymentgroup:<{application}>/{group['DeploymentGroupName']}")


# --- what the servers may do


def test_the_page_may_ask_the_live_function_and_no_other(synthesis: Synthesis) -> None:
    (statement,) = [
        statement
        for statement in statements(synthesis, role_of_servers(synthesis))
        if any(action.startswith("lambda:") for action in actions(statement))
    ]
    assert actions(statement) == ["lambda:InvokeFunction"]
    arn = statement["Resource"]["Fn::Join"][1]
    assert arn[-1].endswith("-classify:live")
    assert "*" not in json.dumps(arn)


def test_the_page_may_store_and_withdraw_uploads_and_cannot_read_them(synthesis: Synthesis) -> None:
    (bucket,) = [name for name in synthesis.resources("Web", "AWS::S3::Bucket") if name.startswith("Uploads")]
    may: dict[str, set[str]] = {}
    for statement in statements(synthesis, role_of_servers(synthesis)):
        for resource in as_list(statement["Resource"]):
            if bucket in json.dumps(resource):
                _, (_, path) = resource["Fn::Join"]
                may.setdefault(path, set()).update(actions(statement))
    files = JobFiles.of_upload(checked_key(new_key()))
    assert may == {
        "/uploads/*": {"s3:PutObject", "s3:DeleteObject"},
        "/workouts/*": {"s3:PutObject", "s3:DeleteObject", "s3:GetObject"},
    }
    assert f"/{files.film}".startswith("/uploads/") and f"/{files.result}".startswith("/workouts/")


def test_the_page_may_start_ask_and_stop_the_machine_for_workouts_and_no_other(synthesis: Synthesis) -> None:
    found = {
        action: "".join(part for part in statement["Resource"]["Fn::Join"][1] if isinstance(part, str))
        for statement in statements(synthesis, role_of_servers(synthesis))
        for action in actions(statement)
        if action.startswith("states:")
    }
    name = f"movements-{'dev' if 'movements-dev' in json.dumps(found) else 'prod'}-workouts"
    assert found["states:StartExecution"].endswith(f":stateMachine:{name}")
    assert found["states:DescribeExecution"] == found["states:StopExecution"]
    assert found["states:StopExecution"].endswith(f":execution:{name}:*")


def test_a_server_may_do_nothing_else(synthesis: Synthesis) -> None:
    allowed = {action for found in statements(synthesis, role_of_servers(synthesis)) for action in actions(found)}
    assert allowed == {
        "codedeploy:GetDeployment",
        "codedeploy:GetDeploymentGroup",
        "lambda:InvokeFunction",
        "logs:CreateLogStream",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
        "s3:DeleteObject",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:PutObject",
        "states:DescribeExecution",
        "states:StartExecution",
        "states:StopExecution",
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    }
    role = synthesis.resources("Web", "AWS::IAM::Role")[role_of_servers(synthesis)]["Properties"]
    assert "ManagedPolicyArns" not in role


def test_a_server_reads_artifacts_and_results_only_and_writes_the_pages_log_only(synthesis: Synthesis) -> None:
    found = list(statements(synthesis, role_of_servers(synthesis)))
    reading = [json.dumps(statement["Resource"]) for statement in found if "s3:GetObject" in actions(statement)]
    assert all("Artifacts" in resource or "/workouts/*" in resource for resource in reading) and len(reading) == 2
    (writing,) = [statement for statement in found if "logs:PutLogEvents" in actions(statement)]
    log = synthesis.resources("Web", "AWS::Logs::LogGroup")[writing["Resource"]["Fn::GetAtt"][0]]
    assert log["Properties"]["LogGroupName"].endswith("/page")


# --- releases


def test_a_release_that_fails_is_followed_by_the_one_before(synthesis: Synthesis) -> None:
    group = synthesis.properties("Web", "AWS::CodeDeploy::DeploymentGroup")
    assert group["AutoRollbackConfiguration"]["Enabled"]
    assert set(group["AutoRollbackConfiguration"]["Events"]) == {
        "DEPLOYMENT_FAILURE",
        "DEPLOYMENT_STOP_ON_REQUEST",
    }
    assert group["DeploymentConfigName"] == "CodeDeployDefault.OneAtATime"
    assert group["AutoScalingGroups"] == [ref(*synthesis.resources("Web", "AWS::AutoScaling::AutoScalingGroup"))]
    assert "LoadBalancerInfo" not in group


def test_no_alarm_keeps_a_release_away(synthesis: Synthesis) -> None:
    """One that rings because no server is left would stop the deployment that brings one."""
    assert "AlarmConfiguration" not in synthesis.properties("Web", "AWS::CodeDeploy::DeploymentGroup")


def test_codedeploy_starts_instances_of_this_page_only(synthesis: Synthesis) -> None:
    (template,) = synthesis.resources("Web", "AWS::EC2::LaunchTemplate")
    role = synthesis.properties("Web", "AWS::CodeDeploy::DeploymentGroup")["ServiceRoleArn"]["Fn::GetAtt"][0]
    found = {action: statement for statement in statements(synthesis, role) for action in actions(statement)}
    assert set(found) == {"ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"}
    condition = found["ec2:RunInstances"]["Condition"]["ArnEquals"]["ec2:LaunchTemplate"]["Fn::Join"][1]
    assert condition[-1] == ref(template)
    assert found["iam:PassRole"]["Resource"] == {"Fn::GetAtt": [role_of_servers(synthesis), "Arn"]}


# --- uploads


def test_only_the_page_may_upload_from_a_browser(plain: Synthesis, everything: Synthesis) -> None:
    (distribution,) = plain.resources("Web", "AWS::CloudFront::Distribution")
    name = {"Fn::GetAtt": [distribution, "DomainName"]}
    for synthesis, origin in (
        (plain, {"Fn::Join": ["", ["https://", name]]}),
        (everything, f"https://{EVERYTHING['domain_name']}"),
    ):
        (rule,) = synthesis.properties("Web", "AWS::S3::Bucket")["CorsConfiguration"]["CorsRules"]
        assert rule["AllowedMethods"] == ["POST"]
        assert rule["AllowedOrigins"] == [origin]
        assert synthesis.templates["Web"]["Outputs"]["PageAddress"]["Value"] == origin


def test_an_upload_that_was_never_submitted_is_gone_after_a_day(synthesis: Synthesis) -> None:
    (rule,) = synthesis.properties("Web", "AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    assert rule["Status"] == "Enabled"
    assert rule["ExpirationInDays"] == 1
    assert "Prefix" not in rule


# --- sign-in


def test_every_request_is_signed_in_before_it_is_forwarded(everything: Synthesis) -> None:
    listener = everything.properties("Web", "AWS::ElasticLoadBalancingV2::Listener")
    steps = sorted(listener["DefaultActions"], key=lambda step: step["Order"])
    assert [step["Type"] for step in steps] == ["authenticate-cognito", "forward"]
    assert not everything.resources("Web", "AWS::ElasticLoadBalancingV2::ListenerRule"), "a way around the sign-in"
    client, properties = only(everything.resources("Web", "AWS::Cognito::UserPoolClient"))
    assert steps[0]["AuthenticateCognitoConfig"]["UserPoolClientId"] == ref(client)
    assert properties["CallbackURLs"] == [f"https://{EVERYTHING['domain_name']}/oauth2/idpresponse"]
    assert properties["GenerateSecret"]


def test_nobody_signs_up_alone_and_a_password_is_not_enough(everything: Synthesis) -> None:
    pool = everything.properties("Web", "AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("ON", ["SOFTWARE_TOKEN_MFA"])
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert pool["DeletionProtection"] == "ACTIVE"


def test_nobody_signs_in_where_nobody_asked_for_it(plain: Synthesis) -> None:
    assert not plain.resources("Web", "AWS::Cognito::UserPool")
    listener = plain.properties("Web", "AWS::ElasticLoadBalancingV2::Listener")
    assert [step["Type"] for step in listener["DefaultActions"]] == ["forward"]


# --- the other stacks


def test_the_page_can_be_deployed_before_the_function(synthesis: Synthesis) -> None:
    manifest = json.loads((synthesis.folder / "manifest.json").read_text())
    needed = set(manifest["artifacts"]["Web"]["dependencies"])
    assert "Base" in needed
    assert not {"Inference", "Pipeline"} & needed
