"""The arrows: each is a reference, a permission or an action in the templates."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any

from infra.picture.finder import Finder, identity, stage_identity
from infra.picture.model import MAIL, PEOPLE, SOURCE, Edge
from infra.templates import Resource, as_list, dig

_VERBS = (
    ("lambda:Invoke", "invokes"),
    ("s3:Get", "reads"),
    ("s3:Put", "writes"),
    ("s3:Delete", "deletes"),
    ("ecr:PutImage", "pushes"),
    ("ssm:GetParameter", "reads"),
)
"""The permissions that are arrows; an action is matched by how it begins."""


def arrows(finder: Finder) -> Iterator[Edge]:
    """Find every arrow; some may lead to what has no box, and one may be found twice."""
    return chain(_requests(finder), _permitted(finder), _versions(finder), _pipeline(finder), _alarms(finder))


def _requests(finder: Finder) -> Iterator[Edge]:
    """From people inwards: CloudFront, firewall, load balancer, servers; a clip goes straight to its bucket."""
    fronts = finder.of("AWS::CloudFront::Distribution")
    for front in fronts:
        yield Edge(PEOPLE, identity(front), "HTTPS")
        for origin in dig(front.properties, "DistributionConfig", "Origins") or []:
            protocol = str(dig(origin, "CustomOriginConfig", "OriginProtocolPolicy"))
            label = "inside" if "VpcOriginConfig" in origin else protocol.partition("-")[0].upper()
            yield from (Edge(identity(front), identity(to), label) for to in finder.reach(front.stack, origin))
    for balancer in finder.of("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        if balancer.properties.get("Scheme") != "internal":
            yield Edge(PEOPLE, identity(balancer), "HTTPS")
    for link in finder.of("AWS::WAFv2::WebACLAssociation"):
        for firewall in finder.reach(link.stack, link.properties["WebACLArn"]):
            for guarded in finder.reach(link.stack, link.properties["ResourceArn"]):
                yield Edge(identity(firewall), identity(guarded), "filters")
    for listener in finder.of("AWS::ElasticLoadBalancingV2::Listener"):
        rules = [
            rule
            for rule in finder.of("AWS::ElasticLoadBalancingV2::ListenerRule")
            if listener in finder.templates.mentioned(rule.stack, rule.properties["ListenerArn"])
        ]
        for balancer in finder.reach(listener.stack, listener.properties["LoadBalancerArn"]):
            for rule in (listener, *rules):
                yield from _behind(finder, balancer, rule)
    yield from (Edge(PEOPLE, identity(bucket), "the clip") for bucket in sorted(finder.browser_buckets))


def _behind(finder: Finder, balancer: Resource, rule: Resource) -> Iterator[Edge]:
    """What a listener, or a rule of it, hands a request to."""
    for target in finder.templates.mentioned(rule.stack, dict(rule.properties)):
        if target.type == "AWS::Cognito::UserPool":
            yield Edge(identity(balancer), identity(target), "asks who")
        for group in finder.of("AWS::AutoScaling::AutoScalingGroup"):
            behind = finder.templates.mentioned(group.stack, group.properties.get("TargetGroupARNs"))
            if target.type == "AWS::ElasticLoadBalancingV2::TargetGroup" and target in behind:
                yield Edge(identity(balancer), identity(group), str(target.properties["Protocol"]))


def _actors(finder: Finder) -> Iterator[tuple[str, str, Any]]:
    """Who may do something: the id of the box, its stack, and the value that leads to its role."""
    for function in finder.of("AWS::Lambda::Function"):
        yield identity(function), function.stack, function.properties["Role"]
    for group in finder.of("AWS::AutoScaling::AutoScalingGroup"):
        for launch in finder.templates.mentioned(group.stack, dict(group.properties)):
            profiles = dig(launch.properties, "LaunchTemplateData", "IamInstanceProfile")
            for profile in finder.templates.mentioned(launch.stack, profiles):
                yield identity(group), profile.stack, profile.properties["Roles"]
    for pipeline, stage, action in finder.actions("Build"):
        for project in finder.projects(pipeline, action):
            yield stage_identity(pipeline, stage), project.stack, project.properties["ServiceRole"]


def _permitted(finder: Finder) -> Iterator[Edge]:
    """What roles may do, except with the pipeline's own artifacts, which every stage hands on."""
    stores = {
        store
        for pipeline in finder.of("AWS::CodePipeline::Pipeline")
        for store in finder.reach(pipeline.stack, pipeline.properties.get("ArtifactStore"))
    }
    for actor, stack, role in _actors(finder):
        verbs: dict[Resource, list[str]] = {}
        for actions, targets in finder.templates.permissions(stack, role):
            words = [verb for begin, verb in _VERBS if any(action.startswith(begin) for action in actions)]
            for target in targets:
                if target in finder.drawn and target not in stores:
                    known = verbs.setdefault(target, [])
                    known += [word for word in words if word not in known]
        for target, words in verbs.items():
            # Where browsers upload, a role that may write lends them its signature and writes nothing itself.
            said = ["signs" if word == "writes" and target in finder.browser_buckets else word for word in words]
            if said:
                yield Edge(actor, identity(target), ", ".join(said))


def _versions(finder: Finder) -> Iterator[Edge]:
    """From an alias to its function and to the check of a new version; from images to the function."""
    for alias in finder.of("AWS::Lambda::Alias"):
        for function in finder.reach(alias.stack, alias.properties["FunctionName"]):
            yield Edge(identity(alias), identity(function), "")
        yield from (Edge(identity(alias), identity(check), "asks first", "ships") for check in sorted(finder.checks))
    for function in finder.of("AWS::Lambda::Function"):
        for images in finder.reach(function.stack, dig(function.properties, "Code", "ImageUri")):
            yield Edge(identity(images), identity(function), "image", "ships")


def _pipeline(finder: Finder) -> Iterator[Edge]:
    """From stage to stage; what starts the first, and what the others deploy."""
    for pipeline in finder.of("AWS::CodePipeline::Pipeline"):
        stages = [stage_identity(pipeline, stage["Name"]) for stage in pipeline.properties["Stages"]]
        yield from (Edge(start, end, "", "ships") for start, end in pairwise(stages))
        for rule in finder.of("AWS::Events::Rule"):
            if pipeline in _targets(finder, rule):
                for cause in finder.templates.mentioned(rule.stack, rule.properties.get("EventPattern")):
                    yield Edge(identity(cause), stages[0], "starts", "ships")
    for pipeline, stage, action in finder.actions():
        here, settings = stage_identity(pipeline, stage), action.get("Configuration", {})
        if action["ActionTypeId"]["Category"] == "Source":
            yield Edge(SOURCE, here, "push", "ships")
        for name in as_list(settings.get("StackName", [])):
            for stack, stack_name in finder.templates.stack_names.items():
                if name == stack_name:
                    yield Edge(here, stack, "deploys", "ships")
        for group in finder.reach(pipeline.stack, settings.get("DeploymentGroupName")):
            yield Edge(here, identity(group), "release", "ships")
    for group in finder.of("AWS::CodeDeploy::DeploymentGroup"):
        for servers in finder.reach(group.stack, group.properties.get("AutoScalingGroups")):
            yield Edge(identity(group), identity(servers), "", "ships")


def _targets(finder: Finder, rule: Resource) -> list[Resource]:
    """What an event is handed to; what the message says beside it does not count."""
    arns = [target["Arn"] for target in rule.properties.get("Targets", [])]
    return finder.templates.mentioned(rule.stack, arns)


def _alarms(finder: Finder) -> Iterator[Edge]:
    """From alarms, budget and failed pipelines to their topic; from the topic to a mailbox."""
    for alarm in finder.of("AWS::CloudWatch::Alarm"):
        for topic in finder.reach(alarm.stack, alarm.properties.get("AlarmActions")):
            yield Edge(f"{alarm.stack}/alarms", identity(topic), "", "tells")
    for budget in finder.of("AWS::Budgets::Budget"):
        for topic in finder.reach(budget.stack, dict(budget.properties)):
            yield Edge(identity(budget), identity(topic), "", "tells")
    for rule in finder.of("AWS::Events::Rule"):
        causes = finder.templates.mentioned(rule.stack, rule.properties.get("EventPattern"))
        stacks = sorted({cause.stack for cause in causes if cause.type == "AWS::CodePipeline::Pipeline"})
        for topic in _targets(finder, rule):
            yield from (Edge(stack, identity(topic), "", "tells") for stack in stacks)
    for subscription in finder.subscriptions():
        for topic in finder.reach(subscription.stack, subscription.properties["TopicArn"]):
            yield Edge(identity(topic), MAIL, "", "tells")
