"""The system as a flowchart, derived from the templates: `python -m infra.picture` writes it into `infra/README.md`.

Every arrow is a reference, a permission or an action in a template. A resource without an arrow is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise, product
from pathlib import Path
from typing import Any

from infra.config import Context
from infra.templates import Resource, Templates, as_list, dig, synthesize

README = Path(__file__).parent / "README.md"

_TITLES = {
    "AWS::AutoScaling::AutoScalingGroup": "Page servers",
    "AWS::Budgets::Budget": "Budget",
    "AWS::CloudFront::Distribution": "CloudFront",
    "AWS::CloudWatch::Alarm": "Alarms",
    "AWS::CodeDeploy::DeploymentGroup": "CodeDeploy",
    "AWS::CodePipeline::Pipeline": "CodePipeline",
    "AWS::Cognito::UserPool": "Sign-in",
    "AWS::ECR::Repository": "Images",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "Load balancer",
    "AWS::Lambda::Alias": "",
    "AWS::Lambda::Function": "",
    "AWS::S3::Bucket": "",
    "AWS::SNS::Topic": "Alarm topic",
    "AWS::StepFunctions::StateMachine": "State machine",
    "AWS::WAFv2::WebACL": "Firewall",
}
"""The types of resources with a box, and its title; without one, the title is the name of the construct."""

_REFERENCES = (
    ("AWS::Budgets::Budget", "", "NotificationsWithSubscribers", "triggers"),
    ("AWS::CloudFront::Distribution", "", "DistributionConfig", "asks"),
    ("AWS::CloudWatch::Alarm", "", "AlarmActions", "trigger"),
    ("AWS::CodeDeploy::DeploymentGroup", "", "AutoScalingGroups", "updates"),
    ("AWS::ElasticLoadBalancingV2::Listener", "LoadBalancerArn", "DefaultActions", "asks"),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", "ListenerArn", "Actions", "asks"),
    ("AWS::Events::Rule", "EventPattern", "Targets", "triggers"),
    ("AWS::Lambda::Alias", "", "FunctionName", "calls"),
    ("AWS::Lambda::Function", "", "Code", "runs"),
    ("AWS::WAFv2::WebACLAssociation", "WebACLArn", "ResourceArn", "guards"),
)
"""The properties that are arrows: from the resource, or from what its first property refers to, to the second's."""

_PERMISSIONS = (
    ("lambda:Invoke", "invokes"),
    ("states:Start", "starts"),
    ("s3:Get", "reads"),
    ("s3:Put", "writes"),
    ("s3:Delete", "deletes"),
    ("ecr:PutImage", "pushes"),
)
"""The permissions that are arrows; an action is matched by how it begins."""


@dataclass(frozen=True, order=True)
class Box:
    """A resource, a stage of a pipeline, a stack, or, with an empty stack, somebody outside."""

    stack: str
    title: str


Arrow = tuple[Resource | Box, Resource | Box, str]


def arrows(templates: Templates) -> dict[tuple[Box, Box], list[str]]:
    """What every arrow says, by the boxes it leads from and to."""
    found: dict[tuple[Box, Box], list[str]] = {}
    for look in (_references, _outside, _permissions, _deliveries):
        for start, end, word in look(templates):
            words = found.setdefault((_box(start), _box(end)), [])
            words += [word] if word not in words else []
    return {ends: words for ends, words in found.items() if ends[0] != ends[1]}


def _references(templates: Templates) -> Iterator[Arrow]:
    for type_, start, end, word in _REFERENCES:
        for resource in templates.of(type_):
            here, properties = resource.stack, resource.properties
            starts = _reach(templates, here, properties[start]) if start else {resource}
            ends = _reach(templates, here, properties.get(end))
            yield from ((one, other, word) for one, other in product(starts, ends))
    for alias in templates.of("AWS::Lambda::Alias"):
        hook = dig(alias.update_policy, "CodeDeployLambdaAliasUpdate", "BeforeAllowTrafficHook")
        yield from ((alias, check, "asks first") for check in _reach(templates, alias.stack, hook))


def _outside(templates: Templates) -> Iterator[Arrow]:
    for front in templates.of("AWS::CloudFront::Distribution", "AWS::ElasticLoadBalancingV2::LoadBalancer"):
        if front.properties.get("Scheme") != "internal":
            yield Box("", "People"), front, "visit"
    for bucket in templates.of("AWS::S3::Bucket"):
        rules = dig(bucket.properties, "CorsConfiguration", "CorsRules") or []
        if any({"POST", "PUT"} & set(rule["AllowedMethods"]) for rule in rules):
            yield Box("", "People"), bucket, "upload"
    yield from ((Box("", "GitHub"), pipeline, "triggers") for pipeline in templates.of("AWS::CodePipeline::Pipeline"))
    for rule in templates.of("AWS::Events::Rule"):
        if "aws.ssm" in (dig(rule.properties, "EventPattern", "source") or []):
            triggered = _reach(templates, rule.stack, rule.properties["Targets"])
            yield from ((Box("", "Live model"), target, "triggers") for target in triggered)
    for subscription in templates.of("AWS::SNS::Subscription"):
        if subscription.properties["Protocol"] == "email":
            topics = _reach(templates, subscription.stack, subscription.properties["TopicArn"])
            yield from ((topic, Box("", "Mailbox"), "writes to") for topic in topics)


def _permissions(templates: Templates) -> Iterator[Arrow]:
    actors: list[tuple[Resource | Box, str, Any]] = [
        (actor, actor.stack, dict(actor.properties))
        for actor in templates.of(
            "AWS::Lambda::Function", "AWS::AutoScaling::AutoScalingGroup", "AWS::StepFunctions::StateMachine"
        )
    ]
    for pipeline, stage, action in _actions(templates):
        projects = templates.mentioned(pipeline.stack, dig(action, "Configuration", "ProjectName"))
        actors += [(stage, project.stack, project.properties.get("ServiceRole")) for project in projects]
    for actor, stack, value in actors:
        for role in _roles(templates, stack, value):
            for allowed, targets in templates.permissions(role.stack, {"Ref": role.logical_id}):
                words = [word for begin, word in _PERMISSIONS if any(each.startswith(begin) for each in allowed)]
                boxes = [target for target in targets if target.type in _TITLES]
                yield from ((actor, target, word) for word, target in product(words, boxes))


def _roles(templates: Templates, stack: str, value: Any) -> Iterator[Resource]:
    """The roles that a resource takes on: its own, or that of the machines that it launches."""
    for resource in templates.mentioned(stack, value):
        if resource.type == "AWS::IAM::Role":
            yield resource
        elif resource.type in ("AWS::EC2::LaunchTemplate", "AWS::IAM::InstanceProfile"):
            yield from _roles(templates, resource.stack, dict(resource.properties))


def _actions(templates: Templates) -> Iterator[tuple[Resource, Box, dict[str, Any]]]:
    """Every action of a pipeline, with the pipeline and the box of its stage."""
    for pipeline in templates.of("AWS::CodePipeline::Pipeline"):
        for stage in pipeline.properties["Stages"]:
            yield from ((pipeline, Box(pipeline.stack, f"Stage {stage['Name']}"), each) for each in stage["Actions"])


def _deliveries(templates: Templates) -> Iterator[Arrow]:
    for pipeline in templates.of("AWS::CodePipeline::Pipeline"):
        stages = [Box(pipeline.stack, f"Stage {stage['Name']}") for stage in pipeline.properties["Stages"]]
        yield pipeline, stages[0], ""
        yield from ((start, end, "") for start, end in pairwise(stages))
    for pipeline, stage, action in _actions(templates):
        settings = action.get("Configuration", {})
        names = as_list(settings.get("StackName"))
        yield from (
            (stage, Box(stack, ""), "deploys") for stack, name in templates.stack_names.items() if name in names
        )
        groups = _reach(templates, pipeline.stack, settings.get("DeploymentGroupName"))
        yield from ((stage, group, "triggers") for group in groups)


def _reach(templates: Templates, stack: str, value: Any, seen: frozenset[Resource] = frozenset()) -> set[Resource]:
    """The resources with a box that a value leads to, through those without one, but not through roles or networks."""
    found: set[Resource] = set()
    for resource in templates.mentioned(stack, value):
        if resource.type in _TITLES:
            found.add(resource)
        elif resource.type == "AWS::ElasticLoadBalancingV2::TargetGroup":
            groups = templates.of("AWS::AutoScaling::AutoScalingGroup")
            found |= {each for each in groups if resource in templates.mentioned(each.stack, dict(each.properties))}
        elif resource not in seen and not resource.type.startswith(("AWS::IAM::", "AWS::EC2::SecurityGroup")):
            # A listener leads to its load balancer, not on to what that asks.
            further = {key: inner for key, inner in resource.properties.items() if key != "DefaultActions"}
            found |= _reach(templates, resource.stack, further, seen | {resource})
    return found


def _box(of: Resource | Box) -> Box:
    if isinstance(of, Box):
        return of
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", of.construct).capitalize()
    return Box(of.stack, _TITLES[of.type] or words + (" bucket" if of.type == "AWS::S3::Bucket" else ""))


def flowchart(templates: Templates) -> str:
    """The system as text for Mermaid; the same templates give the same text."""
    found = arrows(templates)
    lines = ["flowchart LR"]
    for stack, boxes in groupby(sorted({box for ends in found for box in ends}), lambda box: box.stack):
        inside = [f'    {_id(box)}["{box.title}"]' for box in boxes if box.title]
        lines += [f"    subgraph {stack}", *(f"    {line}" for line in inside), "    end"] if stack else inside
    for (start, end), words in sorted(found.items()):
        label = f"|{', '.join(words)}|" if any(words) else ""
        lines.append(f"    {_id(start)} -->{label} {_id(end)}")
    return "\n".join(lines) + "\n"


def _id(box: Box) -> str:
    return re.sub(r"\W+", "_", f"{box.stack} {box.title}".strip())


def insert(text: str, templates: Templates) -> str:
    """A document with the flowchart in place of its only block of Mermaid."""
    found, number = re.subn(r"(?s)(```mermaid\n).*?(```)", lambda m: m[1] + flowchart(templates) + m[2], text)
    if number != 1:
        raise ValueError(f"the document has {number} blocks of Mermaid; it needs one")
    return found


if __name__ == "__main__":
    README.write_text(insert(README.read_text("utf-8"), synthesize(Context.read({}))), "utf-8")
