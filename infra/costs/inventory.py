"""The priced amounts in the templates, and the types of resources that cost nothing, with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.names import WORKOUTS_HANDLER
from infra.stacks.inference import NO_METRICS
from infra.templates import Resource, Templates, dig


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The amounts of one environment.

    Attributes:
        memory_mb: memory of the function that answers clips.
        workout_memory_mb, workout_disk_mb: memory and `/tmp` of the function that analyses whole workouts.
        warm: containers that are always kept warm.
        instance_type, instances, disk_gb: the page's servers, at the least number that runs.
        addresses: public IPv4 addresses.
        balancers, gateways: load balancers and NAT gateways.
        acls, rules: the firewall's lists, and the rules in them.
        alarm_metrics: metrics that alarms watch, as CloudWatch counts alarms; with two for each rule that scales.
        server_metrics: metrics that servers report each minute instead of every five.
        dashboards: dashboards.
        own_metrics: whether functions report metrics of their own.
        kept_images: how many images the registry keeps.
        actions: how many actions a push runs through.
        machine: CodeBuild's size, such as `medium`.
    """

    memory_mb: int
    workout_memory_mb: int
    workout_disk_mb: int
    warm: int
    instance_type: str
    instances: int
    disk_gb: int
    addresses: int
    balancers: int
    gateways: int
    acls: int
    rules: int
    alarm_metrics: int
    server_metrics: int
    dashboards: int
    kept_images: int
    actions: int
    machine: str
    own_metrics: bool = True


ALARMS_OF_SCALING = 2
"""Auto Scaling makes an alarm for too much and one for too little (Amazon EC2 Auto Scaling user guide, "Target tracking
scaling policies"); they are in no template, and are paid all the same."""

DETAILED_METRICS = 7
"""Metrics of an instance with detailed monitoring (Amazon CloudWatch pricing, example of EC2 detailed monitoring)."""

PRICED = frozenset(
    {
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::AutoScaling::ScalingPolicy",
        "AWS::CloudFront::Distribution",
        "AWS::CloudFront::Function",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::CodeBuild::Project",
        "AWS::CodePipeline::Pipeline",
        "AWS::EC2::EIP",
        "AWS::EC2::FlowLog",
        "AWS::EC2::Instance",
        "AWS::EC2::LaunchTemplate",
        "AWS::EC2::NatGateway",
        "AWS::ECR::Repository",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::StepFunctions::StateMachine",
        "AWS::WAFv2::WebACL",
    }
)
"""Types whose resources cost money, or what goes through them does; all of it is in the table."""

_WITH_ITS_OWNER = (
    "AWS::CDK::",
    "AWS::CloudFront::",
    "AWS::CodeDeploy::",
    "AWS::CodeConnections::",
    "AWS::CodeStarConnections::",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::Route",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::ElasticLoadBalancingV2::",
    "AWS::IAM::",
    "AWS::Lambda::",
    "AWS::S3::",
    "AWS::WAFv2::",
)
"""The beginnings of the names of types that are free in themselves; what they are part of is priced."""

_FREE: Mapping[str, str] = {
    "AWS::Budgets::": "a budget without actions",
    "AWS::Cognito::": "the first ten thousand users of a month",
    "AWS::Events::": "events of AWS' own services",
    "AWS::Logs::": "filters and policies; the lines are priced",
    "AWS::Route53::RecordSet": "questions about an alias of CloudFront",
    "AWS::SNS::": "the first thousand mails of a month",
    "AWS::SSM::": "standard parameters",
    **dict.fromkeys(_WITH_ITS_OWNER, "part of something priced"),
}
"""Why types are free, by the beginning of their names."""


def unpriced(templates: Templates) -> list[str]:
    """Types in the templates that are neither priced nor known to be free."""
    types = {
        resource.type
        for resource in templates.resources
        if not resource.type.startswith(tuple(_FREE)) or resource.properties.get("VpcEndpointType") == "Interface"
    }
    return sorted(types - PRICED)


def count(templates: Templates) -> Inventory:
    """Count the amounts in the templates.

    Raises:
        ValueError: a type of resource is neither priced nor free.
    """
    unknown = unpriced(templates)
    if unknown:
        raise ValueError(f"nobody has said what these cost: {', '.join(unknown)}; add them to infra/costs/inventory.py")
    groups = templates.of("AWS::AutoScaling::AutoScalingGroup")
    launch = [_launch(templates, group) for group in groups]
    alone = templates.of("AWS::EC2::Instance")
    launch += [one.properties for one in alone]
    instances = sum(int(group.properties["MinSize"]) for group in groups) + len(alone)
    acls = templates.of("AWS::WAFv2::WebACL")
    by_command = {_command(templates, alias): alias for alias in templates.of("AWS::Lambda::Alias")}
    alias, workouts = by_command.get(""), by_command.get(WORKOUTS_HANDLER)
    return Inventory(
        memory_mb=int(_behind(templates, alias).get("MemorySize", 0)),
        workout_memory_mb=int(_behind(templates, workouts).get("MemorySize", 0)),
        workout_disk_mb=int(dig(_behind(templates, workouts), "EphemeralStorage", "Size") or 0),
        warm=dig(alias.properties, "ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions") or 0
        if alias is not None
        else 0,
        instance_type=next((str(data["InstanceType"]) for data in launch if "InstanceType" in data), ""),
        instances=instances,
        disk_gb=sum(
            int(dig(mapping, "Ebs", "VolumeSize") or 0)
            for data in launch
            for mapping in data.get("BlockDeviceMappings", [])
        ),
        addresses=len(templates.of("AWS::EC2::EIP"))
        + sum(int(group.properties["MinSize"]) for group in groups if _in_public(templates, group, "VPCZoneIdentifier"))
        + sum(_in_public(templates, one, "SubnetId") for one in alone),
        balancers=len(templates.of("AWS::ElasticLoadBalancingV2::LoadBalancer")),
        gateways=len(templates.of("AWS::EC2::NatGateway")),
        acls=len(acls),
        rules=sum(len(acl.properties["Rules"]) for acl in acls),
        alarm_metrics=sum(_watched(alarm) for alarm in templates.of("AWS::CloudWatch::Alarm"))
        + ALARMS_OF_SCALING
        * sum(
            "TargetTrackingConfiguration" in policy.properties
            for policy in templates.of("AWS::AutoScaling::ScalingPolicy")
        ),
        server_metrics=sum(
            DETAILED_METRICS * int(group.properties["MinSize"])
            for group, data in zip(groups, launch, strict=False)
            if dig(data, "Monitoring", "Enabled")
        ),
        dashboards=len(templates.of("AWS::CloudWatch::Dashboard")),
        own_metrics=not any(
            dig(function.properties, "Environment", "Variables", NO_METRICS)
            for function in templates.of("AWS::Lambda::Function")
        ),
        kept_images=max((_kept(repository) for repository in templates.of("AWS::ECR::Repository")), default=0),
        actions=sum(
            len(stage["Actions"])
            for pipeline in templates.of("AWS::CodePipeline::Pipeline")
            for stage in pipeline.properties["Stages"]
        ),
        machine=next(
            (
                str(dig(project.properties, "Environment", "ComputeType")).removeprefix("BUILD_GENERAL1_").lower()
                for project in templates.of("AWS::CodeBuild::Project")
            ),
            "",
        ),
    )


def _behind(templates: Templates, alias: Resource | None) -> Mapping[str, Any]:
    """The properties of the function behind an alias."""
    behind = templates.mentioned(alias.stack, alias.properties["FunctionName"]) if alias is not None else []
    return next((found.properties for found in behind if "Code" in found.properties), {})


def _command(templates: Templates, alias: Resource) -> str:
    """What the image runs as the function behind an alias, if not what it usually does."""
    return str((dig(_behind(templates, alias), "ImageConfig", "Command") or [""])[0])


def _launch(templates: Templates, group: Resource) -> Mapping[str, Any]:
    found = templates.mentioned(group.stack, dict(group.properties))
    data = [one.properties["LaunchTemplateData"] for one in found if one.type == "AWS::EC2::LaunchTemplate"]
    return data[0] if data else {}


def _in_public(templates: Templates, servers: Resource, where: str) -> bool:
    subnets = templates.mentioned(servers.stack, servers.properties.get(where))
    return any(subnet.properties.get("MapPublicIpOnLaunch") is True for subnet in subnets)


def _watched(alarm: Resource) -> int:
    """The number of metrics that an alarm watches: one, or those of its formula."""
    return len([query for query in alarm.properties.get("Metrics", []) if "MetricStat" in query]) or 1


def _kept(repository: Resource) -> int:
    policy = str(dig(repository.properties, "LifecyclePolicy", "LifecyclePolicyText"))
    found = re.search(r'"countNumber":(\d+)', policy)
    return int(found.group(1)) if found else 0
