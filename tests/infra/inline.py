"""Programs whose text is in a template, as the modules that Lambda makes of them."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import boto3
import pytest
from botocore.stub import Stubber

ZIP_FILE_CHARACTERS = 4096
"""What CloudFormation has always taken as a function's code inside a template."""


def module_of(code: Path, folder: Path) -> ModuleType:
    """A program as the module `index`, written to a folder."""
    target = folder / "index.py"
    target.write_text(code.read_text(encoding="utf-8"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("index", target)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def packages_of(code: Path) -> set[str]:
    """The packages that a program imports."""
    tree = ast.parse(code.read_text(encoding="utf-8"))
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    imported += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in imported}


@contextlib.contextmanager
def stubbed(monkeypatch: pytest.MonkeyPatch, *services: str) -> Iterator[dict[str, Stubber]]:
    """Real clients that send nothing, check what they are asked against the service's model, and give set answers."""
    account = {"region_name": "eu-west-1", "aws_access_key_id": "none", "aws_secret_access_key": "none"}
    stubs = {name: Stubber(boto3.client(name, **account)) for name in services}
    monkeypatch.setattr(boto3, "client", lambda name, **_: stubs[name].client)
    for stub in stubs.values():
        stub.activate()
    yield stubs
    for stub in stubs.values():
        stub.assert_no_pending_responses()
