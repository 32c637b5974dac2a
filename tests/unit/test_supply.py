"""What is pinned: which weaknesses are known, and what is in each part."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("lambda", "web", "app")


@pytest.fixture
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "scripts" / "audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_weakness_is_told_with_its_remedy_and_fails(audit: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    weak = {"name": "one", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1"]}]}
    monkeypatch.setattr(audit, "asked", lambda name: [weak, {"name": "two", "version": "2.0", "vulns": []}])
    assert audit.judged([weak]) == (["one 1.0: CVE-1, mended in 1.1"], [])
    assert audit.main() == 1
    monkeypatch.setitem(audit.ACCEPTED, "CVE-1", "it is about what we do not use")
    assert audit.main() == 0


def test_no_answer_looks_like_none(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "asked", lambda name: [{"name": "one", "skip_reason": "not found"}])
    assert audit.main() == 0
    assert capsys.readouterr().out == "known weaknesses: cannot be asked about from here\n"
    known = {"name": "two", "version": "1", "vulns": []}
    monkeypatch.setattr(audit, "asked", lambda name: [{"name": "one", "skip_reason": "not found"}, known])
    assert audit.main() == 0
    assert capsys.readouterr().out == "known weaknesses: 1 of 2 packages cannot be asked about from here\n"


def test_every_pinned_package_is_asked_about(audit: ModuleType) -> None:
    def names(path: Path) -> set[str]:
        return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", path.read_text(encoding="utf-8"), re.M))

    asked = set().union(*(names(ROOT / "requirements" / f"{name}.txt") for name in audit.EVERYTHING))
    apart = {"oracle", "mutate", "emulator", "pose"}  # none of them is in anything that runs
    every = {path: names(path) for path in (ROOT / "requirements").glob("*.txt") if path.stem not in apart}
    assert {path.name: found - asked for path, found in every.items() if found - asked} == {}


@pytest.mark.parametrize("part", PARTS)
def test_a_bill_of_materials_has_every_package_with_its_hashes(part: str, tmp_path: Path) -> None:
    out, lock = tmp_path / "bom.json", ROOT / "requirements" / f"{part}.txt"
    command = [
        Path(sys.executable).with_name("cyclonedx-py"),
        "requirements",
        lock,
        "--pyproject",
        ROOT / "pyproject.toml",
    ]
    subprocess.run([*command, "--output-reproducible", "--of", "JSON", "-o", out], check=True, capture_output=True)
    bom = json.loads(out.read_text(encoding="utf-8"))
    pinned = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;]+)", lock.read_text(encoding="utf-8"), re.M))
    assert {(one["name"], one["version"]) for one in bom["components"]} == pinned
    assert all(reference["hashes"] for one in bom["components"] for reference in one["externalReferences"])
    assert bom["metadata"]["component"]["name"] == "movements"
