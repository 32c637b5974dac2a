from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from model.answers.workout import WorkoutAnswer
from model.data.annotations.importing import import_exports
from model.data.annotations.people import People
from model.pose.track import Track
from model.workout.drawn import drawn
from model.workout.written import COLUMNS, as_csv, as_json, as_subtitles, as_supervisely, told


def test_a_count_says_what_else_it_may_be_and_what_to_look_at(workout: WorkoutAnswer) -> None:
    assert [told(segment) for segment in workout.segments] == ["2, perhaps 3 (1 no rep)", "1"]


def test_a_file_for_people_holds_no_joints(workout: WorkoutAnswer) -> None:
    track = Track(0.0, np.zeros((4, 13, 2), np.float32), np.ones(4, np.float32))
    seen = workout.model_copy(update={"bodies": drawn(track, (480, 270))})
    assert "bodies" in seen.to_json() and as_json(seen) == as_json(workout)


def test_every_repetition_is_a_row_with_what_decided(workout: WorkoutAnswer) -> None:
    rows = list(csv.DictReader(as_csv(workout).splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["movement"], row["repetition"], row["set"], row["verdict"]) for row in rows] == [
        ("deadlift", "1", "1", "rep"),
        ("deadlift", "2", "2", "no rep"),
        ("another exercise", "1", "1", "unclear"),
    ]
    assert (rows[1]["standard"], rows[1]["measured"], rows[1]["required"]) == ("knees straight", "121.5", "155.0")


def test_subtitles_count_when_a_repetition_ends(workout: WorkoutAnswer) -> None:
    first, second, third = as_subtitles(workout).split("\n\n")
    assert first.splitlines() == ["1", "00:00:02,000 --> 00:00:05,000", "deadlift 1"]
    assert second.splitlines()[1:] == ["00:00:09,000 --> 00:00:12,000", "deadlift 2 – no rep"]
    assert third.splitlines()[1].startswith("00:00:13,000")
    web = as_subtitles(workout, web=True)
    assert web.startswith("WEBVTT\n\n1\n00:00:02.000 --> 00:00:05.000\n")


def test_the_annotation_is_read_by_our_own_import(workout: WorkoutAnswer, tmp_path: Path) -> None:
    (tmp_path / "film.json").write_text(as_supervisely(workout, "film.mp4"))
    imported = import_exports([tmp_path / "film.json"], People())
    assert [(one.source, one.movement, one.start, one.end) for one in imported.manifest.repetitions] == [
        ("film.mp4", "deadlift", 30, 60),
        ("film.mp4", "deadlift", 240, 270),
    ]
