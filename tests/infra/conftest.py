"""The templates, synthesized once a process: without network, account or Docker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

EVERYTHING = {
    "environment": "prod",
    "repository": "acme/movements",
    "image_tag": "0123abc",
    "bundle": "s3://acme-models/models/squats/4",
    "tensorflow": "true",
    "zones": "eu-west-1a,eu-west-1c",
    "alarm_email": "ops@example.com",
    "domain_name": "movements.example.com",
    "domain_certificate": "arn:aws:acm:eu-west-1:111122223333:certificate/11111111-2222-3333-4444-555555555555",
    "domain_edge_certificate": "arn:aws:acm:us-east-1:111122223333:certificate/66666666-7777-8888-9999-000000000000",
    "domain_zone_id": "Z0123456789ABC",
    "domain_zone_name": "example.com",
    "sign_in": "true",
}
"""A context with everything that can be asked for."""

Resource = dict[str, Any]


@dataclass(frozen=True)
class Synthesis:
    """The templates of one context.

    Attributes:
        folder: the cloud assembly.
        templates: by construct id: Base, Network, Web, Inference, Archive, Watch, Pipeline.
    """

    folder: Path
    templates: Mapping[str, dict[str, Any]]

    def resources(self, stack: str, kind: str) -> dict[str, Resource]:
        """The resources of a type in a stack, by logical id."""
        found = self.templates[stack]["Resources"].items()
        return {name: resource for name, resource in found if resource["Type"] == kind}

    def properties(self, stack: str, kind: str) -> dict[str, Any]:
        """The properties of the one resource of a type in a stack."""
        ((_, resource),) = self.resources(stack, kind).items()
        properties: dict[str, Any] = resource.get("Properties", {})
        return properties

    def all(self, kind: str) -> dict[str, Resource]:
        """The resources of a type in every stack, by `Stack/LogicalId`."""
        return {
            f"{stack}/{name}": resource
            for stack in self.templates
            for name, resource in self.resources(stack, kind).items()
        }


def as_list(value: Any) -> list[Any]:
    """What may stand alone in a policy, as a list."""
    return value if isinstance(value, list) else [value]


def flat(value: Any) -> str:
    """A value of a template as text; `<LogicalId>`, `<LogicalId.Arn>`, `<Export>` are what CloudFormation fills in."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(flat(part) for part in parts)
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{resource}.{attribute}>"
        case {"Fn::ImportValue": name}:
            return f"<{name}>"
        case {"Ref": name}:
            return f"<{name}>"
        case str():
            return value
    return json.dumps(value)


def synthesize(folder: Path, values: Mapping[str, str]) -> Synthesis:
    """Build and synthesize the whole app; cdk-nag's findings are exceptions."""
    from infra.app import build, new_app
    from infra.config import Context

    app = new_app(outdir=str(folder))
    build(app, Context.read(values))
    app.synth()
    names = ("Base", "Network", "Web", "Inference", "Archive", "Watch", "Pipeline")
    made = {name: folder / f"{name}.template.json" for name in names}
    return Synthesis(folder, {name: json.loads(file.read_text()) for name, file in made.items() if file.exists()})


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """What an operator gets who says nothing: dev, CloudFront's own name."""
    return synthesize(tmp_path_factory.mktemp("plain"), {})


@pytest.fixture(scope="session")
def hobby(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """What a club gets: one server, and no load balancer before it."""
    return synthesize(tmp_path_factory.mktemp("hobby"), {"environment": "hobby"})


@pytest.fixture(scope="session")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Prod with archives in two buckets."""
    values = {"environment": "prod", "archives": "acme-films, acme-answers", "image_tag": "0123abc"}
    return synthesize(tmp_path_factory.mktemp("archived"), values)


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Prod with an own domain, sign-in, a model in S3, alarms by mail."""
    return synthesize(tmp_path_factory.mktemp("everything"), EVERYTHING)
