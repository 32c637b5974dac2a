"""Known weaknesses of the packages that are pinned: `python scripts/audit.py`, a part of `make check`.

PyPI says which versions have some. Where it cannot be asked, as behind a mirror that hands out packages only, that is
said, and nothing is found out: no answer must not look like a good one, and must not keep anybody from working.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
EVERYTHING = ("dev", "tensorflow", "lambda")
"""Files in `requirements/` that together name every package."""

ONE = "npm"
"""The file with a single package, by which it is tried whether anything can be asked."""

ACCEPTED: dict[str, str] = {}
"""Weaknesses that do not concern us, by their id, each with the reason."""


def asked(name: str) -> list[dict[str, Any]]:
    """What pip-audit says of the packages of a file."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", f"requirements/{name}.txt"]
    command += ["--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return [{"name": name, "skip_reason": done.stderr.strip().rpartition("\n")[2] or "no answer"}]
    return found


def judged(packages: Iterable[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """The weaknesses, and the packages that could not be asked about."""
    weak, unknown = set(), set()
    for package in packages:
        if "skip_reason" in package:
            unknown.add(package["name"])
        for weakness in package.get("vulns", ()):
            if weakness["id"] not in ACCEPTED:
                fixed = ", ".join(weakness["fix_versions"]) or "no version yet"
                weak.add(f"{package['name']} {package['version']}: {weakness['id']}, mended in {fixed}")
    return sorted(weak), sorted(unknown)


def main() -> int:
    """Ask, tell, and fail if there is a weakness."""
    if all("skip_reason" in package for package in asked(ONE)):
        sys.stdout.write("known weaknesses: cannot be asked about from here\n")
        return 0
    packages = [package for name in EVERYTHING for package in asked(name)]
    weak, unknown = judged(packages)
    for line in weak:
        sys.stdout.write(line + "\n")
    every = len({package["name"] for package in packages})
    if unknown:
        sys.stdout.write(f"known weaknesses: {len(unknown)} of {every} packages cannot be asked about from here" + "\n")
    elif not weak:
        sys.stdout.write(f"known weaknesses: none in {every} packages" + "\n")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main())
