"""The boxes: a resource of some type, a stage of the pipeline, the alarms of a stack, and who is outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from infra.picture.captions import KINDS, build, spaced
from infra.picture.finder import Finder, identity, stage_identity
from infra.picture.model import ALARMS, CHECK, MAIL, OUTSIDE, PEOPLE, SOURCE, STAGE, Node
from infra.templates import Resource, dig

_PROVIDERS = {"CodeStarSourceConnection": "GitHub connection"}
"""What does a pipeline's action, where AWS calls it differently elsewhere."""


def boxes(finder: Finder) -> Iterator[Node]:
    """Find every box."""
    return chain(_resources(finder), _alarms(finder), _stages(finder), _outside(finder))


def _resources(finder: Finder) -> Iterator[Node]:
    for resource in finder.templates.resources:
        if resource in finder.drawn:
            kind = KINDS[resource.type]
            title = CHECK if resource in finder.checks else kind.title or spaced(resource.construct)
            lines = (line for line in kind.caption(finder.templates, resource) if line)
            yield Node(identity(resource), resource.stack, title, tuple(lines))


def _alarms(finder: Finder) -> Iterator[Node]:
    for stack in finder.templates.templates:
        alarms = finder.templates.of("AWS::CloudWatch::Alarm", stack=stack)
        if alarms:
            title = f"{len(alarms)} alarm{'s' if len(alarms) > 1 else ''}"
            yield Node(f"{stack}/alarms", stack, title, (", ".join(_named(alarms)),), key=ALARMS)


def _named(alarms: Iterable[Resource]) -> list[str]:
    """What the alarms are about: the names of their constructs, without what all of them begin with."""
    words = [spaced(alarm.construct).lower().split() for alarm in alarms]
    same = 0
    while len(words) > 1 and all(len(name) > same + 1 and name[same] == words[0][same] for name in words):
        same += 1
    return [" ".join(name[same:]) for name in words]


def _stages(finder: Finder) -> Iterator[Node]:
    lines: dict[tuple[Resource, str], list[str]] = {}
    for pipeline, stage, action in finder.actions():
        provider = action["ActionTypeId"]["Provider"]
        branch = dig(action, "Configuration", "BranchName")
        said = [line for project in finder.projects(pipeline, action) for line in build(finder.templates, project)]
        said = said or [f"branch {branch}" if branch else _PROVIDERS.get(provider, provider)]
        known = lines.setdefault((pipeline, stage), [])
        known += [line for line in said if line and line not in known]
    for (pipeline, stage), found in lines.items():
        yield Node(stage_identity(pipeline, stage), pipeline.stack, stage, tuple(found), key=STAGE)


def _outside(finder: Finder) -> Iterator[Node]:
    if finder.templates.of("AWS::CloudFront::Distribution", "AWS::ElasticLoadBalancingV2::LoadBalancer"):
        yield Node(PEOPLE, OUTSIDE, "People", ("with a browser",))
    repositories = {
        str(dig(action, "Configuration", "FullRepositoryId")): None for *_, action in finder.actions("Source")
    }
    if repositories:
        yield Node(SOURCE, OUTSIDE, "GitHub", tuple(repositories))
    if finder.subscriptions():
        addresses = (str(found.properties["Endpoint"]) for found in finder.subscriptions())
        yield Node(MAIL, OUTSIDE, "Mail", tuple(addresses))
