"""The templates of one context, and the references between their resources."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.config import Context

Template = Mapping[str, Any]

_LITERALS = {
    "AWS::Lambda::Function": ("FunctionName", ("function:{}",)),
    "AWS::ECR::Repository": ("RepositoryName", ("repository/{}",)),
    "AWS::SSM::Parameter": ("Name", ("parameter{}", '"{}"')),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", ("stateMachine:{}",)),
}
"""How a resource is named where a template cannot refer to it, because it may not exist yet, or because the reference
would close a circle of stacks."""


@dataclass(frozen=True, order=True)
class Resource:
    """One resource.

    Attributes:
        stack: the construct id of its stack, such as `Web`.
        logical_id: its name in the template.
        type: such as `AWS::S3::Bucket`.
        properties: as in the template.
        update_policy: how CloudFormation updates it instead of replacing it at once, as in the template.
    """

    stack: str
    logical_id: str
    type: str = field(compare=False)
    properties: Mapping[str, Any] = field(compare=False, hash=False, repr=False)
    update_policy: Mapping[str, Any] = field(compare=False, hash=False, repr=False, default_factory=dict)

    @property
    def construct(self) -> str:
        """The logical id without CDK's hash, such as `Uploads`."""
        return re.sub(r"[0-9A-F]{8}$", "", self.logical_id)


@dataclass(frozen=True)
class Templates:
    """Every stack's template.

    Attributes:
        templates: by construct id.
        stack_names: the name of each stack in CloudFormation, by construct id.
    """

    templates: Mapping[str, Template]
    stack_names: Mapping[str, str]

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource, in the templates' order."""
        return tuple(
            Resource(stack, name, found["Type"], found.get("Properties", {}), found.get("UpdatePolicy", {}))
            for stack, template in self.templates.items()
            for name, found in template.get("Resources", {}).items()
        )

    def of(self, *types: str, stack: str | None = None) -> list[Resource]:
        """The resources of these types, in one stack or in all."""
        return [found for found in self.resources if found.type in types and stack in (None, found.stack)]

    def one(self, type_: str) -> Resource | None:
        """The first resource of a type, or None."""
        return next(iter(self.of(type_)), None)

    def mentioned(self, stack: str, value: Any) -> list[Resource]:
        """The resources that a value in a stack's template names: by reference, by import, or literally."""
        found = {self._by_place.get(place) for place in self._places(stack, value)}
        text = json.dumps(value)
        found |= {resource for pattern, resource in self._names if pattern.search(text)}
        return sorted(resource for resource in found if resource is not None)

    def permissions(self, stack: str, role: Any) -> Iterator[tuple[list[str], list[Resource]]]:
        """The permissions of a role: the allowed actions and the resources of each of its statements."""
        roles = [resource for resource in self.mentioned(stack, role) if resource.type == "AWS::IAM::Role"]
        for holder in roles:
            documents = [(holder.stack, policy["PolicyDocument"]) for policy in holder.properties.get("Policies", [])]
            documents += [
                (policy.stack, policy.properties["PolicyDocument"])
                for policy in self.of("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
                if holder in self.mentioned(policy.stack, policy.properties.get("Roles", []))
            ]
            for place, document in documents:
                for statement in document["Statement"]:
                    if statement["Effect"] == "Allow":
                        yield as_list(statement["Action"]), self.mentioned(place, statement["Resource"])

    @cached_property
    def _by_place(self) -> dict[tuple[str, str], Resource]:
        return {(resource.stack, resource.logical_id): resource for resource in self.resources}

    @cached_property
    def _exports(self) -> dict[str, tuple[str, str]]:
        """The stack and the logical id behind each export."""
        found = {}
        for stack, template in self.templates.items():
            for output in template.get("Outputs", {}).values():
                name = output.get("Export", {}).get("Name")
                for _, logical_id in self._places(stack, output["Value"]) if isinstance(name, str) else ():
                    found[name] = (stack, logical_id)
        return found

    @cached_property
    def _names(self) -> list[tuple[re.Pattern[str], Resource]]:
        found = []
        for resource in self.resources:
            key, forms = _LITERALS.get(resource.type, ("", ()))
            name = resource.properties.get(key)
            texts = [form.format(name) for form in forms] if isinstance(name, str) else []
            if resource.type == "AWS::Lambda::Alias":
                functions = [self._by_place.get(place) for place in self._places(resource.stack, resource.properties)]
                names = [function.properties.get("FunctionName") for function in functions if function is not None]
                texts = [f"function:{name}:{resource.properties['Name']}" for name in names if isinstance(name, str)]
            found += [(re.compile(re.escape(text) + r"(?![\w/:-])"), resource) for text in texts]
        return found

    def _places(self, stack: str, value: Any) -> Iterator[tuple[str, str]]:
        """The stack and the logical id of every reference in a value."""
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if key == "Ref":
                    yield stack, inner
                elif key == "Fn::GetAtt":
                    yield stack, inner[0] if isinstance(inner, list) else inner.split(".")[0]
                elif key == "Fn::ImportValue" and isinstance(inner, str):
                    yield self._exports.get(inner, (stack, ""))
                elif key == "Fn::Sub":
                    text = inner if isinstance(inner, str) else inner[0]
                    yield from ((stack, name) for name in re.findall(r"\$\{(\w+)[.}]", text))
                    yield from self._places(stack, inner[1:] if isinstance(inner, list) else [])
                else:
                    yield from self._places(stack, inner)
        elif isinstance(value, list):
            for inner in value:
                yield from self._places(stack, inner)


def as_list(value: Any) -> list[Any]:
    """A list of a policy's values, which may be written as one value alone."""
    return value if isinstance(value, list) else [value]


def dig(value: Any, *path: str | int) -> Any:
    """A value deep in a template, by keys of mappings and indices of lists; None if the path ends early."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, Sequence) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value


def load(folder: Path) -> Templates:
    """Load the templates of a cloud assembly, as `python -m infra.app` writes it."""
    artifacts = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
    stacks = {name: found for name, found in artifacts.items() if found["type"] == "aws:cloudformation:stack"}
    return Templates(
        templates={
            name: json.loads((folder / found["properties"]["templateFile"]).read_text(encoding="utf-8"))
            for name, found in stacks.items()
        },
        stack_names={name: found["properties"]["stackName"] for name, found in stacks.items()},
    )


def synthesize(context: Context) -> Templates:
    """Build the app in a temporary directory and load its templates. Takes some seconds and no network."""
    from infra.app import build, new_app  # CDK starts Node when imported

    with tempfile.TemporaryDirectory() as folder:
        app = new_app(outdir=folder)
        build(app, context)
        app.synth()
        return load(Path(folder))
