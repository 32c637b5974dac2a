from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from model.cli.commands import app
from model.data.manifest import AnnotatedRepetition, Manifest, Split
from model.data.stats import count_manifest, used_splits, write_statistics


def rep(
    movement: str, athlete: str, start: int, frames: int, split: Split | None = None, cut: bool = True
) -> AnnotatedRepetition:
    clip = {"clip": f"{movement}_{start}.mp4", "frames": frames, "seconds": frames / 30} if cut else {}
    return AnnotatedRepetition(
        source=f"{athlete}.mp4",
        athlete=athlete,
        movement=movement,
        start=start,
        end=start + frames - 1,
        split=split,
        **clip,
    )


@pytest.fixture
def manifest() -> Manifest:
    return Manifest.of(
        [
            rep("thruster", "ana", 0, 27, Split.TRAIN),
            rep("thruster", "ana", 40, 30, Split.TRAIN),
            rep("thruster", "eva", 0, 33, Split.VALIDATION),
            rep("thruster", "luz", 0, 30, Split.TEST),
            rep("deadlift", "ana", 100, 24, Split.TRAIN),
        ]
    )


def test_lengths_are_means_with_sample_deviations_as_in_the_thesis(manifest: Manifest) -> None:
    deadlift, thruster = count_manifest(manifest).rows
    assert (thruster.frames.mean, thruster.frames.sd) == (30, pytest.approx(6**0.5))
    assert thruster.seconds is not None
    assert (thruster.seconds.mean, thruster.seconds.sd) == (pytest.approx(1), pytest.approx(6**0.5 / 30))
    assert str(thruster.frames) == "30 ± 2.45"
    assert deadlift.frames.sd is None


def test_clips_athletes_and_sources_are_counted_per_movement_and_in_all(manifest: Manifest) -> None:
    counted = count_manifest(manifest)
    assert [(row.movement, row.clips, row.athletes, row.sources) for row in (*counted.rows, counted.total)] == [
        ("deadlift", 1, 1, 1),
        ("thruster", 4, 3, 3),
        ("all", 5, 3, 3),
    ]
    assert counted.total.total_seconds == pytest.approx(144 / 30)


def test_a_movement_of_few_athletes_is_warned_about(manifest: Manifest) -> None:
    (warning,) = count_manifest(manifest).warnings
    assert "'deadlift' is shown by 1 athlete:" in warning


def test_before_cutting_frames_are_those_of_the_annotation_and_seconds_unknown() -> None:
    counted = count_manifest(Manifest.of([rep("ghd", "ana", 10, 59, cut=False)]))
    assert counted.total.frames.mean == 59
    assert counted.total.seconds is None
    assert used_splits(counted) == ("not split",)


def test_an_empty_manifest_is_refused() -> None:
    with pytest.raises(ValueError, match="no repetitions"):
        count_manifest(Manifest(repetitions=()))


def test_tables_and_the_balance_are_written(manifest: Manifest, tmp_path: Path) -> None:
    files = write_statistics(tmp_path / "new", count_manifest(manifest))
    assert [file.name for file in files] == ["movements.csv", "balance.csv", "balance.png"]
    assert list(csv.reader(files[1].open()))[1:] == [
        ["deadlift", "1", "0", "0"],
        ["thruster", "2", "1", "1"],
        ["all", "3", "1", "1"],
    ]
    assert (
        next(row for row in csv.DictReader(files[0].open()) if row["movement"] == "thruster")["frames sd"] == "2.4495"
    )
    assert files[2].read_bytes().startswith(b"\x89PNG")


def test_the_command_shows_the_table_of_a_folder_of_clips(manifest: Manifest, tmp_path: Path) -> None:
    manifest.write(tmp_path)
    result = CliRunner().invoke(app, ["data", "stats", str(tmp_path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert "thruster" in result.stdout
    assert "'deadlift' is shown by 1 athlete" in result.stderr
    assert (tmp_path / "out" / "balance.png").is_file()


def test_the_command_gives_json(manifest: Manifest, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["data", "stats", str(manifest.write(tmp_path / "m.json")), "--json"])
    table = json.loads(result.stdout)
    assert table["total"]["clips"] == 5
    assert table["rows"][1]["sides"] == {"train": 2, "validation": 1, "test": 1}


def test_a_folder_without_manifest_is_a_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["data", "stats", str(tmp_path)])
    assert result.exit_code == 1
    assert "no manifest" in result.stderr
