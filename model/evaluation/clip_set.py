"""Which clips of a folder are judged: all of them, or those of one split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from model.data.choices import WhichSplit
from model.data.folder import clips_in
from model.data.manifest import MANIFEST, Manifest


@dataclass(frozen=True)
class ClipSet:
    """Clips to judge.

    Attributes:
        paths: of the clips, by name.
        athletes: by the clip's name, as far as the folder's manifest knows them.
        description: the set in words for people: how many clips, of which folder, of which split.
    """

    paths: tuple[Path, ...]
    athletes: Mapping[str, str]
    description: str


def open_clip_set(folder: Path, split: WhichSplit | None = None) -> ClipSet:
    """The clips of a folder, or of one split of it.

    Args:
        folder: holds the clips, and beside them `manifest.json` if they were cut by `movements data cut`.
        split: which clips; without it the test split where the manifest has one, else all.

    Raises:
        FileNotFoundError: there is no clip, or not every clip of the split.
        ValueError: the manifest cannot be read, or a split is asked for and there is none.
    """
    repetitions = Manifest.read(folder).repetitions if (folder / MANIFEST).is_file() else ()
    known = {repetition.clip: repetition for repetition in repetitions if repetition.clip}
    splits = {repetition.split.value for repetition in known.values() if repetition.split}
    if split is None:
        split = WhichSplit.TEST if WhichSplit.TEST in splits else WhichSplit.ALL
    athletes = {clip: repetition.athlete for clip, repetition in known.items()}
    if split is WhichSplit.ALL:
        paths = tuple(videos_in(folder))
        return ClipSet(paths, athletes, f"{_counted(len(paths))} in the folder {folder.resolve().name}")
    if split.value not in splits:
        raise ValueError(
            f"{folder} has no {split} split; `movements data split` makes splits, `--split all` takes every clip"
        )
    paths = tuple(folder / clip for clip, row in sorted(known.items()) if row.split and row.split.value == split.value)
    if missing := [path.name for path in paths if not path.is_file()]:
        raise FileNotFoundError(f"{folder} lacks {len(missing)} clips of its {split} split, such as {missing[0]}")
    return ClipSet(
        paths, athletes, f"{_counted(len(paths))} of the {split} split of the folder {folder.resolve().name}"
    )


def videos_in(folder: Path) -> list[Path]:
    """The videos of a folder, by name; raises `FileNotFoundError` if there is none."""
    paths = clips_in(folder)
    if not paths:
        raise FileNotFoundError(f"{folder} holds no clip named <movement>_<i>.mp4")
    return paths


def _counted(clips: int) -> str:
    return f"{clips} clip" if clips == 1 else f"{clips} clips"
