"""What several boxes and arrows need to know of the templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from infra.picture.captions import KINDS
from infra.templates import Resource, Templates, dig


def identity(resource: Resource) -> str:
    """The id of a resource's box."""
    return f"{resource.stack}/{resource.logical_id}"


def stage_identity(pipeline: Resource, stage: str) -> str:
    """The id of the box of a pipeline's stage."""
    return f"{identity(pipeline)}/{stage}"


class Finder:
    """Questions about templates.

    Attributes:
        templates: the templates.
    """

    def __init__(self, templates: Templates) -> None:
        self.templates = templates

    @cached_property
    def drawn(self) -> frozenset[Resource]:
        """The resources with a box of their own; a function's deployment group is told by the function's alias."""
        return frozenset(
            resource
            for resource in self.templates.resources
            if resource.type in KINDS
            and (resource.type != "AWS::CodeDeploy::DeploymentGroup" or "AutoScalingGroups" in resource.properties)
        )

    @cached_property
    def checks(self) -> frozenset[Resource]:
        """The functions that CodeDeploy asks before a new version gets traffic."""
        return frozenset(
            found
            for alias in self.of("AWS::Lambda::Alias")
            for found in self.templates.mentioned(alias.stack, dict(alias.update_policy))
            if found.type == "AWS::Lambda::Function"
        )

    @cached_property
    def browser_buckets(self) -> frozenset[Resource]:
        """The buckets to which a browser may upload."""
        return frozenset(
            bucket
            for bucket in self.of("AWS::S3::Bucket")
            for rule in dig(bucket.properties, "CorsConfiguration", "CorsRules") or []
            if {"POST", "PUT"} & set(rule["AllowedMethods"])
        )

    def of(self, type_: str) -> list[Resource]:
        """The resources of a type."""
        return self.templates.of(type_)

    def reach(self, stack: str, value: Any, seen: frozenset[Resource] = frozenset()) -> list[Resource]:
        """The boxes that a value leads to, through whatever has no box itself; roles and rules of networks end it."""
        found: set[Resource] = set()
        for resource in self.templates.mentioned(stack, value):
            if resource in self.drawn:
                found.add(resource)
            elif resource not in seen and not resource.type.startswith(("AWS::IAM::", "AWS::EC2::SecurityGroup")):
                found |= set(self.reach(resource.stack, dict(resource.properties), seen | {resource}))
        return sorted(found)

    def actions(self, category: str | None = None) -> Iterator[tuple[Resource, str, Mapping[str, Any]]]:
        """Every action of a category, or of any, with its pipeline and the name of its stage."""
        for pipeline in self.of("AWS::CodePipeline::Pipeline"):
            for stage in pipeline.properties["Stages"]:
                for action in stage["Actions"]:
                    if category in (None, action["ActionTypeId"]["Category"]):
                        yield pipeline, stage["Name"], action

    def projects(self, pipeline: Resource, action: Mapping[str, Any]) -> list[Resource]:
        """The CodeBuild projects that an action runs."""
        found = self.templates.mentioned(pipeline.stack, dig(action, "Configuration", "ProjectName"))
        return [resource for resource in found if resource.type == "AWS::CodeBuild::Project"]

    def subscriptions(self) -> list[Resource]:
        """Who gets a mail."""
        found = self.of("AWS::SNS::Subscription")
        return [subscription for subscription in found if subscription.properties["Protocol"] == "email"]
