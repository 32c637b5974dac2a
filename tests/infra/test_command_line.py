"""The guide's own commands: CDK's command line deploys the stacks that an operator deploys, to moto's server.

Moto knows neither CloudFront nor some smaller types. Each gets a stand-in that has a name and attributes, and does
nothing: what is tried here is that the templates are accepted, in this order, with their references to each other.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.cloudformation.models import CloudFormationBackend
from moto.core.common_models import CloudFormationModel
from moto.server import ThreadedMotoServer

from tests.checks import NEEDS_CHECKS, ROOT, pinned_version, program
from tests.e2e.emulator.s3 import CREDENTIALS, REGION

pytestmark = NEEDS_CHECKS

GUIDE = (ROOT / "infra" / "README.md").read_text(encoding="utf-8")


_ALIAS = "AWS::Lambda::Alias"
_OTHERWISE = {_ALIAS, "AWS::EC2::SecurityGroupIngress"}
"""Moto gives an alias' name where AWS gives its ARN, and its rules know no prefix lists."""


class _StandIn(CloudFormationModel):
    """A resource of a type that moto does not know."""

    kind = ""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def cloudformation_name_type(cls) -> str:
        return ""

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.kind

    @classmethod
    def create_from_cloudformation_json(cls, resource_name: str, *args: object, **more: object) -> _StandIn:
        return cls(resource_name)

    @classmethod
    def update_from_cloudformation_json(cls, original: _StandIn, *args: object, **more: object) -> _StandIn:
        return original

    @classmethod
    def delete_from_cloudformation_json(cls, *args: object, **more: object) -> None:
        """Nothing is left of it."""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return True

    def get_cfn_attribute(self, attribute_name: str) -> str:
        return f"arn:aws:made-up:{REGION}:123456789012:{self.name}/{attribute_name}"

    @property
    def physical_resource_id(self) -> str:
        return f"arn:aws:lambda:{REGION}:123456789012:function:some:{self.name}" if self.kind == _ALIAS else self.name


def stand_ins(kinds: set[str]) -> list[type[_StandIn]]:
    """Classes for types that moto does not know; moto finds them as long as somebody keeps them."""
    known = {model.cloudformation_type() for model in CloudFormationModel.__subclasses__()}
    made = []
    for kind in sorted(kinds - known | _OTHERWISE):
        made.append(type(kind.replace("::", ""), (_StandIn, CloudFormationModel), {"kind": kind}))
    return made


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, everything: Any, archived: Any) -> Iterator[dict[str, str]]:
    """An empty account; gives the environment of an operator's shell."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    types = {
        resource["Type"]
        for synthesis in (everything, archived)
        for template in synthesis.templates.values()
        for resource in template["Resources"].values()
    }
    kept = stand_ins(types)
    monkeypatch.setattr(
        "moto.cloudformation.parsing.get_model_list", lambda: [*CloudFormationModel.__subclasses__(), *kept]
    )
    for model in CloudFormationModel.__subclasses__():
        if not hasattr(model, "get_cfn_attribute"):
            monkeypatch.setattr(model, "get_cfn_attribute", lambda self, name: f"made-up/{name}", raising=False)
    execute = CloudFormationBackend.execute_change_set

    def execute_change_set(self: CloudFormationBackend, change_set_name: str, stack_name: str | None = None) -> None:
        """As moto does it, with the exports of other stacks, and then with its own, which moto forgets here."""
        for stack in self.stacks.values():
            stack.cross_stack_resources.update(self.exports)
        execute(self, change_set_name, stack_name)
        for stack in self.stacks.values():
            stack._parse_template()
            stack.output_map = stack._create_output_map()
            self.exports.update({export.name: export for export in stack.exports})

    monkeypatch.setattr(CloudFormationBackend, "execute_change_set", execute_change_set)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        yield {
            **os.environ,
            **CREDENTIALS,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "PATH": path,
        }
    finally:
        server.stop()


def cdk(account: dict[str, str], out: Path, *words: str) -> str:
    command = [*program("aws-cdk", "bin/cdk"), *words, "--output", str(out), "--require-approval", "never", "--ci"]
    command += ["--app", f"{sys.executable} -m infra.app"]
    done = subprocess.run(command, cwd=ROOT, env=account, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_guide_names_the_version_that_is_tried_here() -> None:
    assert f"aws-cdk@{pinned_version('aws-cdk')} deploy Base Pipeline" in GUIDE


def test_an_environment_is_deployed_by_the_guides_commands(
    account: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cdk(account, tmp_path / "cdk.out", "deploy", "Base", "Pipeline", "-c", "environment=dev")
    archives = ("-c", "environment=dev", "-c", "archives=films,answers", "-c", "image_tag=0123abc")
    cdk(account, tmp_path / "archive.out", "deploy", "Archive", *archives)
    formation = boto3.client(
        "cloudformation",
        endpoint_url=account["AWS_ENDPOINT_URL"],
        region_name=REGION,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    stacks = {stack["StackName"]: stack for stack in formation.describe_stacks()["Stacks"]}
    units = ("base", "network", "web", "watch", "pipeline", "archive")
    assert {name.removeprefix("movements-dev-") for name in stacks} == set(units)
    for name, stack in stacks.items():
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), name
    outputs = {output["OutputKey"] for output in stacks["movements-dev-web"]["Outputs"]}
    assert "PageAddress" in outputs
    assert not [record for record in caplog.records if "Error on request" in record.getMessage()], caplog.text[-3000:]
