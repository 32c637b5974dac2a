"""A release by one command, in a repository of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    return subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def release(folder: Path, version: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts/release.py"), version], cwd=folder, capture_output=True, text=True
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not on this machine")
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.1.0]\n\n- The first.\n"
    )
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "movements"\nversion = "0.1.0"\n')
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.name", "Test")
    git(tmp_path, "config", "user.email", "test@example.org")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    return tmp_path


def test_a_release_is_committed_tagged_and_told(checkout: Path) -> None:
    done = release(checkout, "0.2.0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("### Added\n\n- A thing.\n\nv0.2.0 is committed and tagged")
    changelog = (checkout / "CHANGELOG.md").read_text()
    assert re.search(r"## \[Unreleased\]\n\n## \[0\.2\.0\] - \d{4}-\d\d-\d\d\n\n### Added\n\n- A thing\.", changelog)
    assert 'version = "0.2.0"' in (checkout / "pyproject.toml").read_text()
    assert git(checkout, "status", "--porcelain") == ""
    assert git(checkout, "tag", "-l", "--format=%(contents:body)", "v0.2.0").strip() == "### Added\n\n- A thing."
    assert "nothing that is unreleased" in release(checkout, "0.3.0").stderr


@pytest.mark.parametrize(
    ("version", "says"),
    [("0.1.0", "does not come after 0.1.0"), ("0.0.9", "does not come after"), ("1.0", "three numbers"), ("", "three")],
)
def test_what_is_no_next_version_changes_nothing(checkout: Path, version: str, says: str) -> None:
    done = release(checkout, version)
    assert done.returncode == 1
    assert says in done.stderr
    assert git(checkout, "status", "--porcelain") == ""
    assert git(checkout, "tag") == ""


def test_changes_that_are_not_committed_are_not_released(checkout: Path) -> None:
    (checkout / "CHANGELOG.md").write_text("changed")
    assert "not committed" in release(checkout, "0.2.0").stderr
