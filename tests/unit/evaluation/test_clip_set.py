from __future__ import annotations

from pathlib import Path

import pytest

from model.data.choices import WhichSplit
from model.data.manifest import AnnotatedRepetition, Manifest, Split
from model.evaluation.clip_set import open_clip_set


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four clips; three are in the manifest, in two splits."""
    for name in ("ghd_1.mp4", "ghd_2.mp4", "ohs_1.mp4", "ohs_2.MOV"):
        (tmp_path / name).touch()
    (tmp_path / ".ghd_3.mp4").touch()
    rows = (("ghd_1.mp4", "ann", Split.TRAIN), ("ghd_2.mp4", "bob", Split.TEST), ("ohs_1.mp4", "bob", Split.TEST))
    Manifest.of(
        AnnotatedRepetition(source="v.mp4", athlete=athlete, movement="ghd", start=i, end=i, clip=clip, split=split)
        for i, (clip, athlete, split) in enumerate(rows)
    ).write(tmp_path)
    return tmp_path


def test_with_a_split_the_test_split_is_taken_and_said_to_be(folder: Path) -> None:
    clips = open_clip_set(folder)
    assert [path.name for path in clips.paths] == ["ghd_2.mp4", "ohs_1.mp4"]
    assert clips.athletes["ohs_1.mp4"] == "bob"
    assert clips.description == f"2 clips of the test split of the folder {folder.name}"


def test_another_side_or_every_clip_can_be_asked_for(folder: Path) -> None:
    assert [path.name for path in open_clip_set(folder, WhichSplit.TRAIN).paths] == ["ghd_1.mp4"]
    everything = open_clip_set(folder, WhichSplit.ALL)
    assert [path.name for path in everything.paths] == ["ghd_1.mp4", "ghd_2.mp4", "ohs_1.mp4", "ohs_2.MOV"]
    assert "ohs_2.MOV" not in everything.athletes


def test_without_a_manifest_every_clip_is_taken_and_nobody_is_known(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    clips = open_clip_set(folder)
    assert (len(clips.paths), clips.athletes) == (4, {})
    with pytest.raises(ValueError, match="movements data split"):
        open_clip_set(folder, WhichSplit.TEST)


def test_a_side_whose_clips_are_not_all_there_is_refused(folder: Path) -> None:
    (folder / "ohs_1.mp4").unlink()
    with pytest.raises(FileNotFoundError, match=r"lacks 1 clips of its test split, such as ohs_1\.mp4"):
        open_clip_set(folder)


def test_a_manifest_of_another_kind_is_refused(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"clips": 4}')
    with pytest.raises(ValueError, match="not a manifest"):
        open_clip_set(folder)
