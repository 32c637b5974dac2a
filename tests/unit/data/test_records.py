from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from typer.testing import CliRunner

from model.cli.commands import app
from model.contract import MOVEMENTS, Contract, Crop, Interpolation
from model.data import comparison, records
from model.data.comparison import clips_per_second, compare_with_float32
from model.data.manifest import AnnotatedRepetition, Manifest, Split
from model.data.records import (
    RECORDS,
    RecordedClip,
    read_description,
    read_records,
    record_paths,
    write_records,
)
from model.video import read_clip
from tests.clips import athlete_frames, plain_clip, write_clip

CONTRACT = Contract(name="test", version="1", architecture="none", movements=MOVEMENTS, size=32, frames=4)


def repetition(number: int, *, split: Split | None = None, movement: str = "deadlift") -> AnnotatedRepetition:
    return AnnotatedRepetition(
        source=f"video-{number}.mp4",
        athlete=f"athlete {number % 3}",
        movement=movement,
        start=0,
        end=11,
        clip=f"{movement}_{number}.mp4",
        frames=12,
        seconds=0.4,
        split=split,
    )


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("pattern") / "pattern.mp4", athlete_frames(12))


def folder_of(path: Path, repetitions: list[AnnotatedRepetition], clip: Path, split: str = "") -> Path:
    """A folder of clips in which every clip is a copy of one."""
    path.mkdir()
    for member in repetitions:
        shutil.copyfile(clip, path / str(member.clip))
    Manifest.of(repetitions, split=split).write(path)
    return path


def all_clips(folder: Path) -> list[RecordedClip]:
    return [clip for split in Split for path in record_paths(folder, split) for clip in read_records(path)]


@pytest.fixture
def clips(tmp_path: Path, pattern: Path) -> Path:
    splits = [Split.TRAIN, Split.TRAIN, Split.TRAIN, Split.VALIDATION, Split.TEST]
    members = [repetition(number, split=split) for number, split in enumerate(splits)]
    return folder_of(tmp_path / "clips", members, pattern, split="by athlete, seed 1")


def test_lossless_records_hold_exactly_what_the_model_sees(clips: Path, tmp_path: Path) -> None:
    write_records(clips, tmp_path / "records", CONTRACT, lossless=True)
    recorded = all_clips(tmp_path / "records")
    assert len(recorded) == 5
    for clip in recorded:
        np.testing.assert_array_equal(clip.frames, read_clip(clips / clip.clip, CONTRACT).frames)


def test_jpeg_frames_differ_by_little_and_keep_their_colours_at_full_resolution(tmp_path: Path) -> None:
    frame = np.zeros((32, 32, 3), np.uint8)
    frame[:, ::2] = (255, 0, 0)
    frame[:, 1::2] = (0, 0, 255)
    members = [repetition(0)]
    clip = write_clip(tmp_path / "stripes.mp4", [frame] * 12, pixels="yuv444p", options={"crf": "1"})
    clips = folder_of(tmp_path / "clips", members, clip)
    write_records(clips, tmp_path / "records", CONTRACT)
    (recorded,) = all_clips(tmp_path / "records")
    assert recorded.jpegs[0].startswith(b"\xff\xd8")
    seen = read_clip(clips / str(members[0].clip), CONTRACT).frames.astype(int)
    assert np.abs(seen[:, :, ::2, 0] - seen[:, :, 1::2, 0]).min() > 150  # the clip itself still has stripes
    assert np.abs(recorded.frames - seen).mean() < 6


def test_every_clip_is_on_its_side_with_what_the_manifest_says_of_it(clips: Path, tmp_path: Path) -> None:
    write_records(clips, tmp_path / "records", CONTRACT)
    for member in Manifest.read(clips).repetitions:
        assert member.split is not None
        (path,) = record_paths(tmp_path / "records", member.split)
        assert path.name == f"{member.split}-00000.tfrecord"
        (found,) = [clip for clip in read_records(path) if clip.clip == member.clip]
        assert (found.label, found.athlete, found.source) == (member.movement, member.athlete, member.source)
        assert len(found.jpegs) == 4


def test_clips_that_were_not_split_are_for_training(tmp_path: Path, pattern: Path) -> None:
    clips = folder_of(tmp_path / "clips", [repetition(number) for number in range(3)], pattern)
    write_records(clips, tmp_path / "records", CONTRACT)
    assert len(record_paths(tmp_path / "records", Split.TRAIN)) == 1
    assert record_paths(tmp_path / "records", Split.TEST) == []
    assert read_description(tmp_path / "records").splits.keys() == {Split.TRAIN}


def test_a_manifest_of_which_only_some_clips_have_a_side_is_refused(tmp_path: Path, pattern: Path) -> None:
    clips = folder_of(tmp_path / "clips", [repetition(0, split=Split.TEST), repetition(1)], pattern)
    with pytest.raises(ValueError, match=r"1 clips of .* have no split"):
        write_records(clips, tmp_path / "records", CONTRACT)


def test_the_description_says_what_the_folder_holds(clips: Path, tmp_path: Path) -> None:
    report = write_records(clips, tmp_path / "records", CONTRACT)
    found = read_description(tmp_path / "records")
    assert found == report.description
    assert (found.frames, found.size, found.crop) == (4, 32, Crop.ATHLETE)
    assert found.interpolation is Interpolation.AREA
    assert (found.lossless, found.quality) == (False, 95)
    assert (found.labels, found.split) == (("deadlift",), "by athlete, seed 1")
    assert {split: counted.clips for split, counted in found.splits.items()} == {"train": 3, "validation": 1, "test": 1}
    for split, counted in found.splits.items():
        assert counted.bytes == sum(path.stat().st_size for path in record_paths(tmp_path / "records", split))
    assert found.clips == 5


def test_a_side_of_more_clips_than_a_shard_holds_has_several_shards(
    tmp_path: Path, pattern: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "SHARD", 2)
    clips = folder_of(tmp_path / "clips", [repetition(number) for number in range(5)], pattern)
    write_records(clips, tmp_path / "records", CONTRACT, workers=3)
    paths = record_paths(tmp_path / "records", Split.TRAIN)
    assert [len(list(read_records(path))) for path in paths] == [2, 2, 1]
    assert len({clip.clip for clip in all_clips(tmp_path / "records")}) == 5


def test_a_second_run_keeps_whole_shards_and_writes_missing_and_damaged_ones(clips: Path, tmp_path: Path) -> None:
    out = tmp_path / "records"
    first = write_records(clips, out, CONTRACT)
    assert (first.written, first.kept) == (3, 0)
    bytes_before = {path.name: path.read_bytes() for path in out.iterdir()}
    damaged = bytearray(bytes_before["train-00000.tfrecord"])
    damaged[len(damaged) // 2] ^= 0xFF
    (out / "train-00000.tfrecord").write_bytes(damaged)
    (out / "test-00000.tfrecord").unlink()
    again = write_records(clips, out, CONTRACT)
    assert (again.written, again.kept) == (2, 1)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == bytes_before
    assert write_records(clips, out, CONTRACT).written == 0


def test_an_interrupted_run_is_not_taken_for_records_and_goes_on(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "records"
    original, written = records._write_shard, []

    def interrupted(path: Path, *args: object, **how: object) -> dict[str, str]:
        if written:
            raise KeyboardInterrupt
        written.append(path)
        return original(path, *args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(records, "_write_shard", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_records(clips, out, CONTRACT)
    with pytest.raises(FileNotFoundError, match="only unfinished records"):
        read_description(out)
    monkeypatch.setattr(records, "_write_shard", original)
    report = write_records(clips, out, CONTRACT)
    assert (report.written, report.kept) == (2, 1)
    assert len(all_clips(out)) == 5


@pytest.mark.parametrize(
    ("change", "named"),
    [({"size": 48}, "size"), ({"frames": 5}, "frames"), ({"crop": Crop.NONE}, "crop")],
)
def test_other_settings_in_the_same_folder_are_refused(
    clips: Path, tmp_path: Path, change: dict[str, object], named: str
) -> None:
    write_records(clips, tmp_path / "records", CONTRACT)
    with pytest.raises(ValueError, match=f"holds records with {named} .*: choose another folder"):
        write_records(clips, tmp_path / "records", CONTRACT.model_copy(update=change))


def test_records_of_another_manifest_are_refused(clips: Path, tmp_path: Path) -> None:
    write_records(clips, tmp_path / "records", CONTRACT)
    manifest = Manifest.read(clips)
    Manifest.of(manifest.repetitions[1:], split=manifest.split).write(clips)
    with pytest.raises(ValueError, match="holds records of another manifest: choose another folder"):
        write_records(clips, tmp_path / "records", CONTRACT)


def test_shards_of_somebody_else_are_not_overwritten(clips: Path, tmp_path: Path) -> None:
    (tmp_path / "train-00000.tfrecord").write_bytes(b"mine")
    with pytest.raises(ValueError, match=f"without {RECORDS}"):
        write_records(clips, tmp_path, CONTRACT)
    assert (tmp_path / "train-00000.tfrecord").read_bytes() == b"mine"


def test_clips_that_cannot_be_read_are_left_out_and_named(clips: Path, tmp_path: Path) -> None:
    (clips / "deadlift_0.mp4").write_bytes(b"not a video")
    (clips / "deadlift_4.mp4").unlink()
    report = write_records(clips, tmp_path / "records", CONTRACT)
    assert report.description.unreadable.keys() == {"deadlift_0.mp4", "deadlift_4.mp4"}
    assert report.description.unreadable["deadlift_4.mp4"] == "There is no file 'deadlift_4.mp4'."
    assert {clip.clip for clip in all_clips(tmp_path / "records")} == {f"deadlift_{n}.mp4" for n in (1, 2, 3)}
    assert report.description.splits[Split.TEST].clips == 0
    again = write_records(clips, tmp_path / "records", CONTRACT)
    assert (again.written, again.description) == (0, report.description)


def test_repetitions_without_a_clip_are_counted_and_a_manifest_without_any_is_refused(
    tmp_path: Path, pattern: Path
) -> None:
    uncut = repetition(1).model_copy(update={"clip": None, "frames": None, "seconds": None})
    clips = folder_of(tmp_path / "clips", [repetition(0)], pattern)
    Manifest.of([repetition(0), uncut]).write(clips)
    assert write_records(clips, tmp_path / "records", CONTRACT).description.uncut == 1
    Manifest.of([uncut]).write(clips)
    with pytest.raises(ValueError, match="names no clip"):
        write_records(clips, tmp_path / "other", CONTRACT)


def test_a_folder_without_records_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="movements data records"):
        read_description(tmp_path)


def test_a_file_that_is_not_a_shard_is_named(tmp_path: Path) -> None:
    path = tmp_path / "train-00000.tfrecord"
    path.write_bytes(b"something else that is long enough to be a record")
    with pytest.raises(ValueError, match="damaged or not a shard"):
        list(read_records(path))


def test_records_are_far_smaller_than_the_thesis_float32_form_of_the_same_clips(clips: Path, tmp_path: Path) -> None:
    write_records(clips, tmp_path / "records", CONTRACT)
    compared = compare_with_float32(clips, tmp_path / "records", CONTRACT)
    (shard,) = record_paths(tmp_path / "records", Split.TRAIN)
    assert compared.clips == 3
    assert compared.bytes_per_clip == shard.stat().st_size / 3
    assert compared.float32_bytes_per_clip < 10 * 224 * 224 * 3 * 4
    assert compared.ratio > 50


def test_the_float32_form_is_ten_whole_frames_in_0_to_1(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_records(clips, tmp_path / "records", CONTRACT)
    read: list[tf.Tensor] = []
    original = comparison._float32

    def spy(path: Path) -> tf.data.Dataset:
        read.extend(original(path))
        return original(path)

    monkeypatch.setattr(comparison, "_float32", spy)
    compare_with_float32(clips, tmp_path / "records", CONTRACT)
    assert len(read) == 3
    assert (read[0].shape, read[0].dtype) == ((10, 224, 224, 3), tf.float32)
    assert 0.3 < float(tf.reduce_max(read[0])) <= 1


def test_records_without_any_clip_cannot_be_measured(tmp_path: Path) -> None:
    clips = folder_of(tmp_path / "clips", [repetition(0)], plain_clip(tmp_path / "plain.mp4", (9, 9, 9)))
    (clips / "deadlift_0.mp4").unlink()
    write_records(clips, tmp_path / "records", CONTRACT)
    with pytest.raises(ValueError, match="hold no clip"):
        clips_per_second(tmp_path / "records")


def test_the_command_records_and_compares_and_refuses_other_settings(clips: Path, tmp_path: Path) -> None:
    (clips / "deadlift_0.mp4").write_bytes(b"not a video")
    arguments = ["data", "records", str(clips), "--out", str(tmp_path / "records"), "--frames", "4"]
    done = CliRunner().invoke(app, [*arguments, "--size", "32", "--compare"])
    assert done.exit_code == 0, done.output
    assert "deadlift_0.mp4:" in done.stderr
    assert "4 clips (train 2, validation 1, test 1)" in done.stdout
    assert "as float32, gzip" in done.stdout
    refused = CliRunner().invoke(app, [*arguments, "--size", "48"])
    assert refused.exit_code == 1
    assert "holds records with size 32, not 48" in " ".join(refused.stderr.split())
