"""Clips hold exactly the annotated frames, shown as long as in their source."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from model.cli.commands import app
from model.contract import MOVEMENTS, Contract
from model.data.cut import cut_manifest, name_clips
from model.data.cut_video import Piece, cut_video
from model.data.manifest import AnnotatedRepetition, Manifest, Split
from model.video import read_clip
from tests.clips import numbered_clip, plain_clip, read_number

VARIABLE = [40 * i + 15 * (i % 3) for i in range(30)]


def rep(source: str, start: int, end: int, movement: str = "thruster", **more: object) -> AnnotatedRepetition:
    return AnnotatedRepetition(source=source, athlete="A", movement=movement, start=start, end=end, **more)  # type: ignore[arg-type]


def one(source: Path, start: int, end: int) -> Path:
    clip = source.with_name("clip_1.mp4")
    (result,) = cut_video(source, [Piece(clip, start, end)])
    assert not isinstance(result, str), result
    return clip


def frames(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def numbers(path: Path) -> list[int]:
    return [read_number(frame.to_ndarray(format="rgb24")) for frame in frames(path)]


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"options": {"bf": "3", "preset": "medium"}},
        {"times": VARIABLE},
        {"times": [time + 1234 for time in VARIABLE], "options": {"bf": "3", "preset": "medium"}},
        {"container": "matroska"},
        {"flags": "frag_keyframe+empty_moov"},
        {"codec": "mpeg4", "options": {"qscale": "2"}},
        {"rotation": 90},
        {"rotation": 180},
        {"rotation": 270},
        {"mirrored": True},
        {"rotation": 90, "mirrored": True},
        {"sound": True},
    ],
    ids=lambda how: ", ".join(how) or "plain",
)
def test_a_clip_holds_the_annotated_frames_upright_whatever_the_source(tmp_path: Path, how: dict[str, object]) -> None:
    source = numbered_clip(tmp_path / "source.mp4", **how)
    pieces = [Piece(tmp_path / f"{i}.mp4", *ends) for i, ends in enumerate(((3, 12), (8, 8), (10, 29)))]
    assert not [result for result in cut_video(source, pieces) if isinstance(result, str)]
    assert [numbers(piece.path) for piece in pieces] == [[*range(3, 13)], [8], [*range(10, 30)]]


def test_frames_are_shown_as_long_as_in_the_source_and_the_first_at_once(tmp_path: Path) -> None:
    source = numbered_clip(tmp_path / "source.mp4", times=[time + 700 for time in VARIABLE])
    clip = tmp_path / "clip_1.mp4"
    assert cut_video(source, [Piece(clip, 4, 10)]) == [pytest.approx((VARIABLE[11] - VARIABLE[4]) / 1000)]
    times = [float(frame.time) for frame in frames(clip)]
    assert times == pytest.approx([(VARIABLE[n] - VARIABLE[4]) / 1000 for n in range(4, 11)])
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        assert float(stream.duration * stream.time_base) == pytest.approx((VARIABLE[11] - VARIABLE[4]) / 1000)


def test_a_clip_is_what_the_model_reads(tmp_path: Path) -> None:
    clip = one(numbered_clip(tmp_path / "source.mp4", options={"bf": "3", "preset": "medium"}), 5, 24)
    read = read_clip(clip, Contract(name="any", version="1", architecture="any", movements=MOVEMENTS, size=64))
    assert (read.frame_count, read.width, read.height) == (20, 160, 120)
    assert read.seconds == pytest.approx(20 / 30)
    shown = [read_number(still) for still in read.stills]
    assert shown == [5 + number for number in read.sampled]


@pytest.mark.parametrize(("width", "height", "rotation"), [(161, 121, 0), (161, 120, 90), (160, 121, 270)])
def test_odd_sizes_lose_one_row_or_column(tmp_path: Path, width: int, height: int, rotation: int) -> None:
    source = numbered_clip(
        tmp_path / "source.mp4", frames=6, width=width, height=height, rotation=rotation, pixels="yuv444p"
    )
    (first, *_) = frames(one(source, 2, 4))
    assert (first.width, first.height) == (width // 2 * 2, height // 2 * 2)
    assert read_number(first.to_ndarray(format="rgb24")) == 2


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv444p"])
def test_colours_stay(tmp_path: Path, pixels: str) -> None:
    source = plain_clip(tmp_path / "source.mp4", (200, 60, 30), pixels=pixels)
    before, after = frames(source)[4], frames(one(source, 4, 8))[0]
    difference = np.subtract(before.to_ndarray(format="rgb24"), after.to_ndarray(format="rgb24"), dtype=np.int16)
    assert np.abs(difference).max() <= 3
    assert after.format.name.replace("j", "") == "yuv420p"


def test_a_clip_has_neither_sound_nor_metadata_nor_a_matrix(tmp_path: Path) -> None:
    source = numbered_clip(tmp_path / "source.mp4", rotation=90, sound=True)
    with av.open(str(one(source, 3, 9))) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert not {"encoder", "creation_time", "title", "location"} & set(container.metadata)
        (frame, *_) = container.decode(video=0)
        assert frame.rotation == 0
    content = source.with_name("clip_1.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    source = numbered_clip(tmp_path / "source.mp4")
    assert one(source, 3, 20).read_bytes() == one(source, 3, 20).read_bytes()


def test_pieces_do_not_change_each_other(tmp_path: Path) -> None:
    source = numbered_clip(tmp_path / "source.mp4", rotation=90)
    alone = one(source, 5, 15).read_bytes()
    both = [Piece(tmp_path / "a.mp4", 5, 15), Piece(tmp_path / "b.mp4", 9, 20)]
    cut_video(source, both)
    assert both[0].path.read_bytes() == alone


def test_a_source_that_ends_early_gives_the_clips_that_it_can(tmp_path: Path) -> None:
    source = numbered_clip(tmp_path / "source.mp4", frames=20)
    first, second = (Piece(tmp_path / f"{i}.mp4", 5 + 10 * i, 12 + 10 * i) for i in range(2))
    good, bad = cut_video(source, [first, second])
    assert good == pytest.approx(8 / 30)
    assert isinstance(bad, str)
    assert "1.mp4" in bad
    assert "ends after 20 frames" in bad
    assert {path.name for path in tmp_path.iterdir()} == {"source.mp4", "0.mp4"}


def test_a_truncated_source_gives_the_clips_before_its_damage(tmp_path: Path) -> None:
    source = numbered_clip(tmp_path / "source.mp4", frames=60, flags="faststart")
    content = source.read_bytes()
    source.write_bytes(content[: len(content) // 2])
    good, bad = cut_video(source, [Piece(tmp_path / "a.mp4", 2, 9), Piece(tmp_path / "b.mp4", 50, 59)])
    assert not isinstance(good, str)
    assert isinstance(bad, str)
    assert numbers(tmp_path / "a.mp4") == [*range(2, 10)]


def test_a_source_whose_frames_change_size_is_refused_where_they_do(tmp_path: Path) -> None:
    for name, width in (("a", 160), ("b", 96)):
        numbered_clip(tmp_path / f"{name}.ts", frames=8, width=width, container="mpegts")
    source = tmp_path / "source.ts"
    source.write_bytes((tmp_path / "a.ts").read_bytes() + (tmp_path / "b.ts").read_bytes())
    good, bad = cut_video(source, [Piece(tmp_path / "a.mp4", 1, 5), Piece(tmp_path / "b.mp4", 4, 12)])
    assert not isinstance(good, str)
    assert isinstance(bad, str)
    assert "change" in bad
    assert not list(tmp_path.glob("*.partial"))


def test_a_file_that_is_no_video_gives_sentences(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_text("not a video")
    (result,) = cut_video(tmp_path / "x.mp4", [Piece(tmp_path / "a.mp4", 0, 5)])
    assert isinstance(result, str)
    assert "FFmpeg cannot read it" in result


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    numbered_clip(folder / "a.mp4", frames=30)
    numbered_clip(folder / "b.mp4", frames=20)
    return folder


FIRST = Manifest.of(
    [rep("a.mp4", 2, 9), rep("a.mp4", 12, 20, "power clean"), rep("b.mp4", 4, 12), rep("b.mp4", 15, 24)]
)


@pytest.fixture(scope="module")
def cut_once(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips of FIRST; copy them before changing them."""
    out = tmp_path_factory.mktemp("cut") / "clips"
    result = cut_manifest(FIRST, videos, out, workers=1)
    assert (result.made, result.kept) == (3, 0)
    assert "thruster_3.mp4" in result.findings[0]
    return out


@pytest.fixture
def clips(cut_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(cut_once, tmp_path / "clips"))


def content(folder: Path) -> dict[str, list[int]]:
    return {path.name: numbers(path) for path in sorted(folder.glob("*.mp4"))}


CUT = {
    "power clean_1.mp4": [*range(12, 21)],
    "thruster_1.mp4": [*range(2, 10)],
    "thruster_2.mp4": [*range(4, 13)],
}


def test_a_folder_of_clips_records_what_it_holds(cut_once: Path) -> None:
    assert content(cut_once) == CUT
    manifest = Manifest.read(cut_once)
    assert {r.clip: r.frames for r in manifest.repetitions} == {name: len(shown) for name, shown in CUT.items()}
    assert [r.seconds for r in manifest.repetitions] == pytest.approx([8 / 30, 9 / 30, 9 / 30])


def test_clips_that_are_recorded_are_kept_and_those_that_are_gone_made_again(clips: Path, videos: Path) -> None:
    (clips / "thruster_2.mp4").unlink()
    before = (clips / "thruster_1.mp4").stat().st_mtime_ns
    result = cut_manifest(FIRST, videos, clips, workers=1)
    assert (result.made, result.kept) == (1, 2)
    assert content(clips) == CUT
    assert (clips / "thruster_1.mp4").stat().st_mtime_ns == before


def test_an_interrupted_run_goes_on_with_the_same_names(clips: Path, videos: Path) -> None:
    """As if the second video had been finished first, and the run stopped while the first was cut."""
    manifest = Manifest.read(clips)
    Manifest.of(r for r in manifest.repetitions if r.source == "b.mp4").write(clips)
    (clips / "power clean_1.mp4").unlink()
    (clips / "thruster_1.partial").write_bytes(b"half a clip")
    cut_manifest(FIRST, videos, clips, workers=1)
    assert content(clips) == CUT
    assert Manifest.read(clips) == manifest
    assert not list(clips.glob("*.partial"))


def test_names_stay_when_the_manifest_grows(clips: Path) -> None:
    recorded = Manifest.read(clips)
    grown = Manifest.of([*FIRST.repetitions, rep("a.mp4", 0, 9), rep("a.mp4", 5, 9, "ghd")])
    names = {(r.source, r.start, r.end): r.clip for r in name_clips(grown, recorded)}
    assert names["a.mp4", 2, 9] == "thruster_1.mp4"
    assert names["b.mp4", 4, 12] == "thruster_2.mp4"
    assert names["a.mp4", 0, 9] == "thruster_3.mp4"
    assert names["a.mp4", 5, 9] == "ghd_1.mp4"


def test_clips_of_other_repetitions_are_not_mixed_in(clips: Path, videos: Path) -> None:
    with pytest.raises(ValueError, match="another folder"):
        cut_manifest(Manifest.of(FIRST.repetitions[1:]), videos, clips, workers=1)


def test_a_split_stays_until_a_clip_is_added(clips: Path, videos: Path) -> None:
    sided = [r.model_copy(update={"split": Split.TRAIN}) for r in Manifest.read(clips).repetitions]
    split = Manifest.of(sided, split="by athlete, seed 1")
    split.write(clips)
    (clips / "thruster_1.mp4").unlink()
    assert cut_manifest(FIRST, videos, clips, workers=1).manifest == split == Manifest.read(clips)
    grown = Manifest.of([*FIRST.repetitions[:3], rep("a.mp4", 25, 29)])
    result = cut_manifest(grown, videos, clips, workers=1)
    assert result.manifest.split == ""
    assert {r.split for r in result.manifest.repetitions} == {None}
    assert "split it again" in result.findings[0]


@pytest.mark.parametrize("label", ["a/b", "..", "a\\b", ".hidden", "ends ", "a:b", "tab\t"])
def test_a_label_that_cannot_name_a_file_is_refused(tmp_path: Path, label: str) -> None:
    with pytest.raises(ValueError, match="--rename"):
        cut_manifest(Manifest.of([rep("a.mp4", 1, 5, label)]), tmp_path, tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()


def test_the_command_lists_what_it_could_not_cut(videos: Path, clips: Path, tmp_path: Path) -> None:
    missing = Manifest.of([*FIRST.repetitions, rep("c.mp4", 0, 9)]).write(tmp_path / "m.json")
    result = CliRunner().invoke(app, ["data", "cut", str(missing), "--videos", str(videos), "--out", str(clips)])
    assert result.exit_code == 0
    assert "'c.mp4' is not in" in result.stderr
    assert "3 clips" in result.stdout


def test_the_command_fails_if_no_clip_could_be_made(tmp_path: Path) -> None:
    manifest = Manifest.of([rep("c.mp4", 0, 9)]).write(tmp_path / "m.json")
    arguments = [str(manifest), "--videos", str(tmp_path), "--out", str(tmp_path / "clips")]
    result = CliRunner().invoke(app, ["data", "cut", *arguments])
    assert result.exit_code == 1
    assert "'c.mp4' is not in" in result.stderr
