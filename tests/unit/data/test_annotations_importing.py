"""Exports of several tools, merged to one manifest."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from model.cli.commands import app
from model.data.annotations.importing import Imported, import_exports
from model.data.annotations.people import NAME, People
from model.data.annotations.videos import Video, Videos
from model.data.manifest import Manifest
from tests.clips import numbered_clip

EXPORTS = Path(__file__).parent / "exports"
BROWN, RUIZ = "Men's Event 1, Bayden Brown, 3_58.mp4", "Women's Event 1, Ana Ruiz, 4_10.mp4"
FRAN, WOMEN = EXPORTS / "supervisely.json", EXPORTS / "project"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every video that the recorded exports are about, 30 frames at 30 frames per second each."""
    folder = tmp_path_factory.mktemp("videos")
    first = numbered_clip(folder / BROWN, rate=30)
    for name in (RUIZ, "damn diane.mp4", "nasty nancy.mp4"):
        shutil.copy(first, folder / name)
    return folder


def imported(*paths: Path, videos: Path | None = None, people: People | None = None, **how: object) -> Imported:
    chosen = Videos(videos) if videos else None
    return import_exports(paths, people or People(), videos=chosen, **how)  # type: ignore[arg-type]


def supervisely(path: Path, *tags: tuple[str, int, int], video: str = "x.mp4") -> Path:
    written = [{"name": name, "frameRange": [start, end]} for name, start, end in tags]
    path.write_text(json.dumps({"videoName": video, "framesCount": 100, "tags": written}))
    return path


def test_exports_of_all_tools_become_one_manifest(folder: Path) -> None:
    manifest = imported(EXPORTS, videos=folder).manifest
    assert {r.source for r in manifest.repetitions} == {BROWN, RUIZ, "damn diane.mp4", "nasty nancy.mp4"}
    assert {"ohs", "ghd", "deadlift", "shspu", "thruster", "chest-to-bar"} < set(manifest.movements)


def test_everything_that_is_read_is_imported_or_named_in_a_finding(folder: Path) -> None:
    result = imported(EXPORTS, videos=folder)
    left_out = [finding for finding in result.findings if "is left out: " in finding]
    assert len(result.manifest.repetitions) + len(left_out) == result.read == 19


def test_a_slip_and_a_range_beyond_the_end_are_left_out_with_their_reasons(folder: Path) -> None:
    result = imported(FRAN, videos=folder)
    assert [(r.start, r.end) for r in result.manifest.repetitions] == [(2, 9), (10, 19), (20, 28)]
    assert any("frames 23 to 23" in f and "fewer than 3" in f and str(FRAN) in f for f in result.findings)
    assert any("frames 27 to 41" in f and "is 29" in f for f in result.findings)


def test_without_videos_the_exports_own_count_says_where_they_end() -> None:
    result = imported(FRAN)
    assert any("frames 27 to 41" in f and "is 29" in f for f in result.findings)


def test_the_video_is_trusted_rather_than_the_export(tmp_path: Path) -> None:
    numbered_clip(tmp_path / "x.mp4", frames=20)
    result = imported(supervisely(tmp_path / "x.json", ("ghd", 5, 19), ("ghd", 6, 20)), videos=tmp_path)
    assert [(r.start, r.end) for r in result.manifest.repetitions] == [(5, 19)]


def test_a_range_in_two_exports_is_taken_once(folder: Path, tmp_path: Path) -> None:
    again = shutil.copy(FRAN, tmp_path / "again.json")
    result = imported(FRAN, Path(again), videos=folder)
    assert len(result.manifest.repetitions) == 3
    assert sum(f"{FRAN} has it already" in finding for finding in result.findings) == 3


def test_ranges_of_a_video_that_is_not_there_are_left_out_and_the_others_kept(tmp_path: Path) -> None:
    numbered_clip(tmp_path / RUIZ)
    result = imported(FRAN, WOMEN, videos=tmp_path)
    assert {r.source for r in result.manifest.repetitions} == {RUIZ}
    assert any(repr(BROWN)[1:-1] in finding and "5 ranges" in finding for finding in result.findings)


def test_overlapping_repetitions_are_kept_with_a_warning(tmp_path: Path) -> None:
    result = imported(supervisely(tmp_path / "x.json", ("ghd", 0, 9), ("ohs", 9, 20), ("ghd", 21, 30)))
    assert len(result.manifest.repetitions) == 3
    assert [f for f in result.findings if "overlaps" in f] == [
        "'ghd' at frames 0 to 9 of 'x.mp4' overlaps 'ohs' at frames 9 to 20; both are kept"
    ]


def test_names_that_differ_only_by_case_become_one_label(tmp_path: Path) -> None:
    mixed = supervisely(tmp_path / "x.json", (" Thruster ", 0, 9), ("thruster", 10, 19), ("Power Clean", 20, 29))
    result = imported(mixed)
    assert result.manifest.movements == ("Power Clean", "thruster")
    assert any("'Thruster', 'thruster'" in finding for finding in result.findings)


def test_names_are_renamed_and_chosen(tmp_path: Path) -> None:
    export = supervisely(tmp_path / "x.json", ("C2B", 0, 9), ("rest", 10, 19), ("ghd", 20, 29))
    result = imported(export, rename={"C2B": "chest-to-bar", "T2B": "toes-to-bar"}, only=("chest-to-bar", "squat"))
    assert result.manifest.movements == ("chest-to-bar",)
    assert any("'T2B'" in finding for finding in result.findings)
    assert any("'squat'" in finding for finding in result.findings)


def test_the_name_of_a_video_says_athlete_and_event() -> None:
    (first, *_) = imported(FRAN).manifest.repetitions
    assert (first.athlete, first.event) == ("Bayden Brown", "Men's Event 1")


def test_a_video_whose_name_does_not_match_counts_as_an_athlete_of_its_own(tmp_path: Path) -> None:
    result = imported(supervisely(tmp_path / "x.json", ("ghd", 0, 9), video="final heat.mp4"))
    assert result.manifest.repetitions[0].athlete == "final heat"
    assert any("'final heat.mp4'" in finding for finding in result.findings)


def test_the_table_of_athletes_overrides_names(tmp_path: Path) -> None:
    table = tmp_path / "videos.csv"
    table.write_text(f'\ufeffurl,video,athlete,event\nhttps://x,"{BROWN}",B. Brown,Fran\n', encoding="utf-8")
    (first, *_) = imported(FRAN, people=People(table=table)).manifest.repetitions
    assert (first.athlete, first.event) == ("B. Brown", "Fran")


@pytest.mark.parametrize(
    ("content", "words"),
    [("video;athlete\n", "without athlete and video"), ("video,athlete\nx.mp4,A\nx.mp4,B\n", "two athletes")],
)
def test_a_table_that_cannot_be_used_says_why(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(ValueError, match=words):
        People(table=tmp_path / "t.csv")


@pytest.mark.parametrize("name", ["(", "(?P<person>.*)"])
def test_an_expression_without_athlete_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"regular expression|athlete"):
        People(name)


def test_a_name_of_ones_own_needs_no_event() -> None:
    assert People(r"(?P<athlete>\w+)-\d+").find("ana-12.mp4") == ("ana", "")
    assert People(NAME).find("ana-12.mp4") is None


def test_an_upload_that_label_studio_renamed_is_its_video(folder: Path) -> None:
    found = Videos(folder).find("Mens_Event_1_Bayden_Brown_3_58.mp4")
    assert found is not None
    assert found.path.name == BROWN


def test_label_studios_clock_is_turned_into_frames_of_the_video(tmp_path: Path) -> None:
    numbered_clip(tmp_path / "x.mp4", frames=30, rate=30)
    regions = [
        {"ranges": [{"start": start, "end": end}], "timelinelabels": ["ghd"]}
        for start, end in ((1, 24), (9, 17), (9, 40))
    ]
    export = tmp_path / "x.json"
    export.write_text(json.dumps([{"id": 1, "video": "x.mp4", "labels": regions}]))
    result = imported(export, videos=tmp_path, label_studio_rate=24.0)
    assert [(r.start, r.end) for r in result.manifest.repetitions] == [(0, 28), (10, 20)]
    assert any("the last frame of the video is 29" in finding for finding in result.findings)
    assert any("--label-studio-rate" in finding for finding in imported(export, videos=tmp_path).findings)


def test_frames_are_counted_and_timed_as_they_are_shown(tmp_path: Path) -> None:
    times = [500 + 30 * i + 10 * (i % 3) for i in range(20)]
    options = {"bf": "3", "preset": "medium"}
    video = Video(numbered_clip(tmp_path / "x.mp4", frames=20, times=times, options=options))
    assert [float(time) for time in video.times] == pytest.approx([(t - 500) / 1000 for t in times], abs=1e-3)
    assert [video.frame_at(Fraction(t - 500, 1000)) for t in times] == list(range(20))
    assert video.frame_at(Fraction(-1)) == -1
    assert video.frame_at(Fraction(9)) == 20


def test_a_file_that_is_no_video_is_named_and_its_ranges_are_kept(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_text("not a video")
    result = imported(supervisely(tmp_path / "x.json", ("ghd", 0, 9)), videos=tmp_path)
    assert len(result.manifest.repetitions) == 1
    assert any("not a video that FFmpeg can read" in finding for finding in result.findings)


def test_the_published_thesis_export_has_its_thirty_repetitions_but_one(shared: Path) -> None:
    result = imported(shared / "samples" / "supervisely_friendly_fran.mp4.json")
    assert len(result.manifest.repetitions) == 29
    assert result.manifest.movements == ("chest-to-bar", "thruster")
    assert {(r.athlete, r.event) for r in result.manifest.repetitions} == {("Bayden Brown", "Men's Event 1")}
    assert next(f for f in result.findings if "left out" in f).endswith("it has fewer than 3 frames")


def test_the_command_writes_the_manifest_and_lists_what_it_left_out(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "manifest.json"
    arguments = [str(EXPORTS), "--videos", str(folder), "--out", str(out), "--rename", "ghd=sit-up", "--only", "sit-up"]
    result = CliRunner().invoke(app, ["data", "import", *arguments])
    assert result.exit_code == 0
    assert Manifest.read(out).movements == ("sit-up",)
    assert "skipped by an annotator" in result.stderr


def test_the_command_fails_if_nothing_can_be_imported_and_writes_nothing(tmp_path: Path) -> None:
    export = supervisely(tmp_path / "x.json", ("ghd", 1, 1))
    result = CliRunner().invoke(app, ["data", "import", str(export), "--out", str(tmp_path / "m.json")])
    assert result.exit_code == 1
    assert "fewer than 3" in result.stderr
    assert not (tmp_path / "m.json").exists()


def test_a_manifest_that_records_clips_is_not_overwritten(tmp_path: Path) -> None:
    (first, *_) = imported(FRAN).manifest.repetitions
    Manifest.of([first.model_copy(update={"clip": "thruster_1.mp4"})]).write(tmp_path)
    before = (tmp_path / "manifest.json").read_bytes()
    result = CliRunner().invoke(app, ["data", "import", str(FRAN), "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert (tmp_path / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("pair", ["thruster", "=thruster", "thruster="])
def test_a_renaming_without_both_names_is_refused(tmp_path: Path, pair: str) -> None:
    arguments = [str(FRAN), "--out", str(tmp_path / "m.json"), "--rename", pair]
    result = CliRunner().invoke(app, ["data", "import", *arguments])
    assert result.exit_code == 1
    assert "OLD=NEW" in result.stderr
