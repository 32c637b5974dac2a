"""What is worth a box, and the figures in it: a table from a resource's type to the words that stand for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.templates import Resource, Templates, as_list, dig

Caption = Callable[[Templates, Resource], list[str | None]]
"""The lines below a title, None for a line that this template has nothing for."""


@dataclass(frozen=True)
class Kind:
    """A type of resource that has a box of its own.

    Attributes:
        title: what the box is called; None for the name of the construct.
        caption: the lines below the title.
    """

    title: str | None
    caption: Caption


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def spaced(name: str) -> str:
    """A construct's name as words: `AccessLogs` is `Access logs`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return words[:1].upper() + words[1:].lower()


def distribution(templates: Templates, resource: Resource) -> list[str | None]:
    """CloudFront: whose name, how it is reached."""
    config = resource.properties["DistributionConfig"]
    names = config.get("Aliases", [])
    policy = dig(config, "DefaultCacheBehavior", "ViewerProtocolPolicy")
    headers = templates.of("AWS::CloudFront::ResponseHeadersPolicy", stack=resource.stack)
    return [
        names[0] if names else "at cloudfront.net",
        "HTTPS only" if policy in ("redirect-to-https", "https-only") else policy,
        "security headers" if headers else None,
    ]


def firewall(_: Templates, resource: Resource) -> list[str | None]:
    """WAF: how often one address may ask, and how many other rules there are."""
    rules = resource.properties["Rules"]
    rates = [rate for rule in rules if (rate := dig(rule, "Statement", "RateBasedStatement")) is not None]
    return [
        *(f"{rate['Limit']} in {rate.get('EvaluationWindowSec', 300) // 60} min per address" for rate in rates),
        f"and {_count(len(rules) - len(rates), 'more rule')}" if len(rules) > len(rates) else None,
    ]


def balancer(templates: Templates, resource: Resource) -> list[str | None]:
    """Load balancer: from where it is reached, and by which protocol."""
    listeners = [
        f"{listener.properties['Protocol']}, port {listener.properties['Port']}"
        for listener in templates.of("AWS::ElasticLoadBalancingV2::Listener", stack=resource.stack)
    ]
    return [f"{resource.properties.get('Scheme', 'internet-facing')}", *listeners]


def servers(templates: Templates, resource: Resource) -> list[str | None]:
    """Auto Scaling group: how many of what, and how they are guarded."""
    low, high = int(resource.properties["MinSize"]), int(resource.properties["MaxSize"])
    launch = [
        found.properties["LaunchTemplateData"]
        for found in templates.mentioned(resource.stack, resource.properties)
        if found.type == "AWS::EC2::LaunchTemplate"
    ]
    data: Mapping[str, Any] = launch[0] if launch else {}
    disk = dig(data, "BlockDeviceMappings", 0, "Ebs") or {}
    kept = [
        "IMDSv2" if dig(data, "MetadataOptions", "HttpTokens") == "required" else None,
        None if "KeyName" in data else "no SSH",
    ]
    return [
        f"{low if low == high else f'{low} to {high}'} × {data.get('InstanceType', 'instances')}",
        f"{disk['VolumeSize']} GB disk, {'encrypted' if disk.get('Encrypted') else 'plain'}" if disk else None,
        ", ".join(part for part in kept if part is not None) or None,
    ]


def bucket(templates: Templates, resource: Resource) -> list[str | None]:
    """Bucket: how long an object stays, and for whom access is logged here."""
    rules = dig(resource.properties, "LifecycleConfiguration", "Rules") or []
    days = [rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule]
    logged = [
        other
        for other in templates.of("AWS::S3::Bucket")
        if resource in templates.mentioned(other.stack, other.properties.get("LoggingConfiguration"))
    ]
    return [
        "S3",
        f"of {_count(len(logged), 'bucket')}" if logged else None,
        "versioned" if dig(resource.properties, "VersioningConfiguration", "Status") == "Enabled" else None,
        f"gone after {_count(min(days), 'day')}" if days else None,
    ]


def images(_: Templates, resource: Resource) -> list[str | None]:
    """ECR: how many images are kept, and whether a tag can change."""
    policy = dig(resource.properties, "LifecyclePolicy", "LifecyclePolicyText") or ""
    kept = re.search(r'"countNumber":(\d+)', policy)
    return [
        "ECR",
        f"the last {kept.group(1)}" if kept else None,
        "tags never change" if resource.properties.get("ImageTagMutability") == "IMMUTABLE" else None,
    ]


def parameter(_: Templates, resource: Resource) -> list[str | None]:
    """SSM parameter: its name and the value that a deployment gives it."""
    return [str(resource.properties["Name"]), f"= {resource.properties['Value']}"]


def topic(_: Templates, resource: Resource) -> list[str | None]:
    """SNS topic: whose."""
    return ["SNS", resource.properties.get("DisplayName")]


def budget(_: Templates, resource: Resource) -> list[str | None]:
    """Budget: how much, and when it speaks up."""
    limit = dig(resource.properties, "Budget", "BudgetLimit") or {}
    notices = [
        dig(notice, "Notification", "Threshold")
        for notice in resource.properties.get("NotificationsWithSubscribers", [])
    ]
    return [
        f"{limit.get('Amount')} {limit.get('Unit')} a month",
        f"tells at {' and '.join(f'{notice} %' for notice in notices)}" if notices else None,
    ]


def function(_: Templates, resource: Resource) -> list[str | None]:
    """Lambda function: what runs, in how much memory, how long, and how often at once."""
    properties = resource.properties
    image = dig(properties, "Code", "ImageUri")
    literals = [part for part in as_list(dig(image, "Fn::Join", 1) or image) if isinstance(part, str)]
    reserved = properties.get("ReservedConcurrentExecutions")
    return [
        f"image {literals[-1].rpartition(':')[2]}" if image is not None and literals else properties.get("Runtime"),
        f"{properties.get('MemorySize', 128)} MB, {properties.get('Timeout', 3)} s",
        f"{reserved} at a time" if reserved is not None else None,
    ]


def alias(templates: Templates, resource: Resource) -> list[str | None]:
    """Lambda alias: its name, how traffic moves to a new version, and how many containers stay warm."""
    groups = [
        group.properties
        for group in templates.mentioned(resource.stack, resource.update_policy)
        if group.type == "AWS::CodeDeploy::DeploymentGroup"
    ]
    warm = dig(resource.properties, "ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions")
    undone = any(dig(group, "AutoRollbackConfiguration", "Enabled") for group in groups)
    return [
        f"called {resource.properties['Name']}",
        *(speed(str(group.get("DeploymentConfigName"))) for group in groups),
        "an alarm sets it back" if undone else None,
        f"{warm} kept warm" if warm else None,
    ]


def release(_: Templates, resource: Resource) -> list[str | None]:
    """CodeDeploy on servers: how many at once, and whether a failure is undone."""
    return [
        speed(str(resource.properties.get("DeploymentConfigName", "CodeDeployDefault.OneAtATime"))),
        "undone if it fails" if dig(resource.properties, "AutoRollbackConfiguration", "Enabled") else None,
    ]


def users(_: Templates, resource: Resource) -> list[str | None]:
    """Cognito pool: who makes an account."""
    closed = dig(resource.properties, "AdminCreateUserConfig", "AllowAdminCreateUserOnly")
    return ["Cognito", "accounts by the operator" if closed else "accounts by anybody"]


def dashboard(_: Templates, resource: Resource) -> list[str | None]:
    """Dashboard: its name."""
    name = resource.properties.get("DashboardName")
    return ["CloudWatch", name if isinstance(name, str) else None]


def build(_: Templates, project: Resource) -> list[str | None]:
    """CodeBuild project: its machine and how long it may take."""
    size = str(dig(project.properties, "Environment", "ComputeType")).removeprefix("BUILD_GENERAL1_").lower()
    minutes = project.properties.get("TimeoutInMinutes", 60)
    return [f"CodeBuild, {size}", f"{minutes} min at most"]


def speed(name: str) -> str:
    """What CodeDeploy's name of a speed means: `CodeDeployDefault.LambdaCanary10Percent5Minutes` and the like."""
    found = re.search(r"(Canary|Linear)(\d+)Percent(?:Every)?(\d+)Minutes?", name)
    if found:
        way, percent, minutes = found.groups()
        return f"{percent} % for {minutes} min" if way == "Canary" else f"{percent} % more every {minutes} min"
    return {"OneAtATime": "one server at a time", "HalfAtATime": "half at a time"}.get(
        name.rpartition(".")[2], "all at once"
    )


KINDS: Mapping[str, Kind] = {
    "AWS::CloudFront::Distribution": Kind("CloudFront", distribution),
    "AWS::WAFv2::WebACL": Kind("Firewall (WAF)", firewall),
    "AWS::Cognito::UserPool": Kind("Sign-in", users),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Kind("Load balancer", balancer),
    "AWS::AutoScaling::AutoScalingGroup": Kind("Page’s servers", servers),
    "AWS::S3::Bucket": Kind(None, bucket),
    "AWS::ECR::Repository": Kind("Images", images),
    "AWS::SSM::Parameter": Kind("Live model", parameter),
    "AWS::SNS::Topic": Kind("Alarm topic", topic),
    "AWS::Budgets::Budget": Kind("Budget", budget),
    "AWS::Lambda::Function": Kind(None, function),
    "AWS::Lambda::Alias": Kind("Alias", alias),
    "AWS::CodeDeploy::DeploymentGroup": Kind("CodeDeploy", release),
    "AWS::CloudWatch::Dashboard": Kind("Dashboard", dashboard),
}
"""Every type with a box. Stages of a pipeline and the alarms of a stack have one too; `system` counts those."""
