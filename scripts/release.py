"""`make release VERSION=1.2.0`: what is unreleased becomes a version, committed and tagged; its notes are printed.

The notes are the version's part of CHANGELOG.md, and the message of its tag, which
`git tag -l --format='%(contents:body)' v1.2.0` shows. Nothing is pushed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

CHANGELOG, PROJECT = Path("CHANGELOG.md"), Path("pyproject.toml")
_VERSION = re.compile(r'^version = "(\d+)\.(\d+)\.(\d+)"$', re.MULTILINE)


class Refused(Exception):
    """Why there is no release."""


def notes_of(changelog: str, version: str) -> str:
    """The part of a changelog that is about a version, without its heading."""
    found = re.search(rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## \[|\Z)", changelog, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def released(changelog: str, project: str, version: str, today: str) -> tuple[str, str]:
    """Changelog and project file with a new version in them.

    Raises:
        Refused: it is no version, none that comes after the present one, or nothing changed since.
    """
    now = _VERSION.search(project)
    wanted = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    if now is None or wanted is None:
        raise Refused(f"A version has three numbers, as 1.2.0, not {version!r}.")
    if tuple(map(int, wanted.groups())) <= tuple(map(int, now.groups())):
        raise Refused(f"Version {version} does not come after {'.'.join(now.groups())}.")
    if not notes_of(changelog, "Unreleased"):
        raise Refused("CHANGELOG.md names nothing that is unreleased.")
    heading = f"## [Unreleased]\n\n## [{version}] - {today}\n"
    return changelog.replace("## [Unreleased]\n", heading, 1), _VERSION.sub(f'version = "{version}"', project, count=1)


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


def main(version: str) -> None:
    """Make the release in the checkout that is the working folder."""
    if _git("status", "--porcelain"):
        raise Refused("The checkout has changes that are not committed.")
    today = datetime.now(UTC).date().isoformat()
    changelog, project = released(CHANGELOG.read_text("utf-8"), PROJECT.read_text("utf-8"), version, today)
    CHANGELOG.write_text(changelog, "utf-8")
    PROJECT.write_text(project, "utf-8")
    notes = notes_of(changelog, version)
    _git("commit", "--quiet", "--all", "--message", f"Version {version}")
    _git("tag", "--annotate", f"v{version}", "--cleanup=verbatim", "--message", f"Version {version}\n\n{notes}\n")
    sys.stdout.write(f"{notes}\n\nv{version} is committed and tagged: git push --follow-tags\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) == 2 else "")
    except Refused as reason:
        sys.exit(f"{reason}")
