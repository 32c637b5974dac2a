"""The workflow that deploys to an account: held against GitHub's schema, and against what it calls."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.config import ENVIRONMENTS

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "account.yml"


@pytest.fixture
def job() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["account"]
    return found


@pytest.mark.parametrize(
    ("schema", "path"), [("github-workflows", WORKFLOW), ("dependabot", ROOT / ".github" / "dependabot.yml")]
)
def test_files_for_github_have_the_form_that_it_reads(schema: str, path: Path) -> None:
    command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_it_needs_no_secret_and_an_account_of_its_own(job: dict[str, Any]) -> None:
    text = WORKFLOW.read_text(encoding="utf-8")
    assert "secrets." not in text
    assert job["if"] == "${{ vars.ACCOUNT_ROLE != '' }}"
    assert yaml.safe_load(text)["permissions"] == {"contents": "read", "id-token": "write"}
    assert job["env"]["ENVIRONMENT"] in ENVIRONMENTS


def test_whatever_happens_the_environment_is_removed_last(job: dict[str, Any]) -> None:
    cost, last = job["steps"][-2:]
    assert last["if"] == cost["if"] == "always()"
    assert "infra.destroy" in last["run"]


def test_everything_that_it_calls_is_there(job: dict[str, Any]) -> None:
    words = " ".join(step.get("run", "") for step in job["steps"]).split()
    scripts = [ROOT / word for word in words if word.startswith("scripts/")]
    assert scripts and all(script.is_file() for script in scripts)
    assert (ROOT / "tests" / "account" / "test_account.py").is_file()
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("setup:", "build/checks/.stamp:", "build/pose/LICENSE:"):
        assert f"\n{target}" in targets
