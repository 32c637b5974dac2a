from __future__ import annotations

from pathlib import Path

import pytest

from model.data.manifest import MANIFEST, AnnotatedRepetition, Manifest, Split


def rep(
    source: str = "a.mp4", start: int = 0, end: int = 9, movement: str = "ghd", **more: object
) -> AnnotatedRepetition:
    return AnnotatedRepetition(source=source, athlete="A", movement=movement, start=start, end=end, **more)  # type: ignore[arg-type]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    manifest = Manifest.of([rep(clip="ghd_1.mp4", frames=10, seconds=0.4, split=Split.TEST), rep("b.mp4")], split="x")
    assert Manifest.read(manifest.write(tmp_path / "new" / "m.json")) == manifest


def test_a_folder_stands_for_the_manifest_in_it(tmp_path: Path) -> None:
    file = Manifest.of([rep()]).write(tmp_path)
    assert file == tmp_path / MANIFEST
    assert Manifest.read(tmp_path) == Manifest.read(file)


def test_writing_leaves_nothing_but_the_manifest(tmp_path: Path) -> None:
    Manifest.of([rep()]).write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]


def test_the_order_does_not_depend_on_that_of_the_annotations() -> None:
    several = [rep("b.mp4"), rep(start=5), rep(movement="ohs"), rep()]
    assert Manifest.of(several) == Manifest.of(reversed(several))
    assert [(r.source, r.start, r.movement) for r in Manifest.of(several).repetitions] == [
        ("a.mp4", 0, "ghd"),
        ("a.mp4", 0, "ohs"),
        ("a.mp4", 5, "ghd"),
        ("b.mp4", 0, "ghd"),
    ]


def test_movements_are_in_alphabetical_order() -> None:
    assert Manifest.of([rep(movement="ohs"), rep(movement="ghd")]).movements == ("ghd", "ohs")


def test_a_repetition_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends at frame 3, before 5"):
        rep(start=5, end=3)


def test_a_manifest_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="movements data import"):
        Manifest.read(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"repetitions": [{"source": "a.mp4"}]}', '{"schema_version": 2}'])
def test_what_is_no_manifest_is_refused_with_the_place(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(ValueError, match="is not a manifest"):
        Manifest.read(tmp_path)


def test_files_name_a_split_as_they_always_did(tmp_path: Path) -> None:
    repetition = AnnotatedRepetition(source="a.mp4", athlete="ann", movement="ohs", start=0, end=9, split=Split.TEST)
    path = Manifest.of([repetition]).write(tmp_path / "manifest.json")
    assert '"side": "test"' in path.read_text()
    assert Manifest.read(path).repetitions == (repetition,)
