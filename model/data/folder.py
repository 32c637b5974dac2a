"""Which files of a folder are clips."""

from __future__ import annotations

from pathlib import Path

SUFFIXES = (".mp4", ".mov", ".m4v")


def clips_in(folder: Path) -> list[Path]:
    """The clips of a folder, by name: what ends as mp4 and mov files do and is not hidden. Subfolders are left out."""
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES and path.name[0] != ".")
