"""What each tool's export says, read from recorded files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model.data.annotations.export import Span, Tool
from model.data.annotations.importing import read_export

EXPORTS = Path(__file__).parent / "exports"
BROWN = "Men's Event 1, Bayden Brown, 3_58.mp4"


def ranges(name: str) -> list[tuple[str, str, int, int]]:
    return [(span.video, span.name, span.start, span.end) for span in read_export(EXPORTS / name).spans]


def test_tags_of_supervisely_keep_their_frames() -> None:
    export = read_export(EXPORTS / "supervisely.json")
    assert export.tool is Tool.SUPERVISELY
    assert export.spans[:2] == (Span(BROWN, "thruster", 20, 28, 30), Span(BROWN, "chest-to-bar", 10, 19, 30))
    assert len(export.spans) == 5


def test_tags_of_a_whole_video_and_of_objects_are_found_and_named() -> None:
    whole, objects = read_export(EXPORTS / "supervisely.json").findings
    assert "'good light'" in whole
    assert "objects" in objects


def test_annotations_of_several_videos_may_stand_in_one_file(tmp_path: Path) -> None:
    one = {"videoName": "a.mp4", "tags": [{"name": "ghd", "frameRange": [1, 9]}]}
    other = {"videoName": "b.mp4", "tags": [{"name": "none", "frameRange": [0, 30]}, {"name": "good light"}]}
    file = tmp_path / "corrections.json"
    file.write_text(json.dumps([one, other]))
    export = read_export(file)
    assert export.spans == (Span("a.mp4", "ghd", 1, 9), Span("b.mp4", "none", 0, 30))
    assert len(export.findings) == 1
    file.write_text(json.dumps([one, {"tags": []}]))
    with pytest.raises(ValueError, match="not an export"):
        read_export(file)


def test_a_projects_annotation_is_named_after_its_video() -> None:
    (file,) = (EXPORTS / "project").rglob("*.mp4.json")
    assert [span.video for span in read_export(file).spans] == ["Women's Event 1, Ana Ruiz, 4_10.mp4"]


def test_a_tag_that_cannot_be_read_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    tags = [{"name": "ghd", "frameRange": ["one", 9]}, {"name": "ghd", "frameRange": [1, 9]}]
    file = tmp_path / "x.mp4.json"
    file.write_text(json.dumps({"framesCount": 30, "tags": tags}))
    export = read_export(file)
    assert [(span.start, span.end) for span in export.spans] == [(1, 9)]
    assert "tag 1" in export.findings[0]


def test_frames_of_label_studio_are_counted_from_zero() -> None:
    assert ranges("label_studio.json") == [
        ("Mens_Event_1_Bayden_Brown_3_58.mp4", "thruster", 2, 9),
        ("Mens_Event_1_Bayden_Brown_3_58.mp4", "chest-to-bar", 10, 19),
        ("Mens_Event_1_Bayden_Brown_3_58.mp4", "chest-to-bar", 20, 29),
        ("damn diane.mp4", "deadlift", 0, 11),
    ]


def test_what_is_no_repetition_in_label_studio_is_found_and_named() -> None:
    findings = read_export(EXPORTS / "label_studio.json").findings
    for words in ("skipped by an annotator", "videorectangle", "a region of task 12", "task 13 names no video"):
        assert any(words in finding for finding in findings), words


def test_json_min_says_the_same_as_json() -> None:
    assert ranges("label_studio_min.json") == [
        ("damn diane.mp4", "deadlift", 0, 11),
        ("damn diane.mp4", "shspu", 12, 23),
    ]


def test_a_local_file_keeps_a_name_that_looks_like_an_upload(tmp_path: Path) -> None:
    task = {"id": 1, "video": "/data/local-files/?d=deadbeef-x.mp4", "l": [{"ranges": [], "timelinelabels": []}]}
    task["l"] = [{"ranges": [{"start": 1, "end": 5}], "timelinelabels": ["ghd"]}]
    file = tmp_path / "min.json"
    file.write_text(json.dumps([task]))
    assert read_export(file).spans == (Span("deadbeef-x.mp4", "ghd", 0, 4),)


def test_a_track_of_cvat_is_a_repetition_each_time_it_is_in_the_picture() -> None:
    assert ranges("cvat_video.xml") == [
        ("nasty nancy.mp4", "ohs", 3, 8),
        ("nasty nancy.mp4", "ohs", 12, 17),
        ("nasty nancy.mp4", "double-unders", 20, 29),
    ]


def test_consecutive_annotated_frames_with_one_tag_are_a_repetition() -> None:
    assert ranges("cvat_images.xml") == [("nasty nancy.mp4", "ghd", 2, 6), ("nasty nancy.mp4", "ghd", 10, 12)]
    assert "kind box" in read_export(EXPORTS / "cvat_images.xml").findings[0]


def test_tracks_of_a_project_belong_to_their_tasks_videos() -> None:
    assert ranges("cvat_project.xml") == [("nasty nancy.mp4", "ohs", 1, 6), ("damn diane.mp4", "deadlift", 2, 7)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", "{"),
        ("a.json", "[]"),
        ("a.json", '{"tags": 3, "framesCount": 9}'),
        ("a.json", '{"tags": []}'),
        ("a.xml", "<annotations>"),
        ("a.xml", "<annotations><meta/><track label='ghd'><box frame='1'/></track></annotations>"),
        ("a.xml", "<annotations><meta><task><id>1</id></task></meta></annotations>"),
        ("a.xml", "<kml/>"),
        ("a.zip", "PK"),
    ],
)
def test_what_no_tool_wrote_is_refused(tmp_path: Path, name: str, content: str) -> None:
    file = tmp_path / name
    file.write_text(content)
    with pytest.raises(ValueError, match=r"."):
        read_export(file)


def test_xml_that_expands_itself_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_text('<!DOCTYPE a [<!ENTITY b "bbbb">]><annotations><meta>&b;</meta></annotations>')
    with pytest.raises(ValueError, match="safely"):
        read_export(file)
