from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.data.manifest import Split
from model.data.records import read_records
from model.rendering.dataset import FRAMES
from model.training.dataset import (
    Clips,
    held_out_batches,
    judged_paths,
    labels_of,
    record_size,
    training_batches,
    training_paths,
)
from tests.unit.training.recorded import write_colour_records
from tests.unit.training.small_run import GENTLE, LABELS, SIZE


@pytest.fixture(scope="module")
def clips(shards: list[Path]) -> Clips:
    return Clips.load(shards, LABELS)


def batches(clips: Clips, count: int, **changes: object) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    settings = {"size": SIZE, "batch": 8, "seed": 3, "augmentation": GENTLE, "near_weight": 0.25, "threads": 1}
    dataset = training_batches(clips, **{**settings, **changes})  # type: ignore[arg-type]
    return [(f.numpy(), y.numpy(), w.numpy()) for f, y, w in dataset.take(count)]


def test_clips_come_from_all_shards_with_none_behind_the_labels(clips: Clips) -> None:
    assert len(clips) == 128
    assert clips.jpegs.shape == (128, FRAMES)
    assert np.bincount(clips.labels).tolist() == [32, 32, 32, 32]
    assert clips.near.sum() == 4


def test_a_label_that_is_not_among_the_outputs_is_refused(shards: list[Path]) -> None:
    with pytest.raises(ValueError, match="'blue'"):
        Clips.load(shards, LABELS[:2])


def test_no_clips_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="no clips"):
        Clips.load([], LABELS)


def test_held_out_clips_are_of_every_label_and_never_trained_on(clips: Clips) -> None:
    trained_on, held_out = clips.split()
    assert len(trained_on) + len(held_out) == len(clips)
    assert set(held_out.labels) == {0, 1, 2, 3}
    assert not {clip[0] for clip in held_out.jpegs} & {clip[0] for clip in trained_on.jpegs}


def test_each_twentieth_rendered_clip_of_every_label_is_held_out(clips: Clips) -> None:
    places = np.flatnonzero(clips.labels == 2)
    numbered = replace(clips, names=np.arange(len(clips)).astype(object))
    held_out = numbered.split()[1]
    assert [name for name, label in zip(held_out.names, held_out.labels, strict=True) if label == 2] == [places[19]]


def test_a_clip_held_out_stays_so_when_more_clips_are_rendered(shards: list[Path], clips: Clips) -> None:
    before = Clips.load(shards[:1], LABELS).split()[1]
    after = clips.split()[1]
    assert {clip[0] for clip in before.jpegs} <= {clip[0] for clip in after.jpegs}


def test_every_clip_is_seen_once_before_any_is_seen_again(clips: Clips) -> None:
    seen = np.concatenate([labels for _, labels, _ in batches(clips, 16)])
    assert np.bincount(seen).tolist() == [32, 32, 32, 32]


def test_another_seed_is_another_order_and_another_variation(clips: Clips) -> None:
    some = clips.take(np.arange(8))
    (first,), (second,) = batches(some, 1), batches(some, 1, seed=4)
    assert not np.array_equal(first[1], second[1])
    one = clips.take(np.arange(1))
    (first,), (second,) = batches(one, 1, batch=1), batches(one, 1, batch=1, seed=4)
    assert not np.array_equal(first[0], second[0])


def test_without_variation_clips_are_as_validation_sees_them(clips: Clips) -> None:
    one = clips.take(np.arange(1))
    ((varied, _, _),) = batches(one, 1, batch=1, augmentation=None)
    ((frames, _),) = held_out_batches(one, size=SIZE, threads=1)
    np.testing.assert_array_equal(varied, frames)


def test_clips_of_different_lengths_are_not_trained_on_together(shards: list[Path], tmp_path: Path) -> None:
    records = write_colour_records(tmp_path, frames=6)
    with pytest.raises(ValueError, match=r"same number of frames, not \[6, 10\]"):
        Clips.load([*shards, *training_paths(records)], LABELS)


def test_epochs_differ_in_order_and_in_variation(clips: Clips) -> None:
    some = clips.take(np.arange(8))
    (first, first_labels, _), (second, second_labels, _) = batches(some, 2)
    assert not np.array_equal(first_labels, second_labels)
    assert not np.array_equal(np.sort(first.mean((1, 2, 3, 4))), np.sort(second.mean((1, 2, 3, 4))))


def test_a_run_that_starts_later_sees_what_the_first_would_have_seen(clips: Clips) -> None:
    whole, rest = batches(clips, 5), batches(clips, 2, first_step=3)
    for expected, given in zip(whole[3:], rest, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(expected, given, strict=True))


def test_the_number_of_threads_changes_nothing(clips: Clips) -> None:
    (one,), (three,) = batches(clips, 1), batches(clips, 1, threads=3)
    assert np.array_equal(one[0], three[0])


def test_near_movements_weigh_less_or_are_left_out(clips: Clips) -> None:
    weights = np.concatenate([w for _, _, w in batches(clips, 16)])
    assert sorted(set(weights.tolist())) == [0.25, 1.0]
    without = np.concatenate([w for _, _, w in batches(clips, 15, near_weight=0.0)])
    assert (without == 1.0).all()


def test_frames_are_rgb_bytes_of_the_size_asked_for(clips: Clips) -> None:
    (frames, labels, weights), *_ = batches(clips, 1)
    assert frames.shape == (8, FRAMES, SIZE, SIZE, 3)
    assert (frames.dtype, labels.dtype, weights.dtype) == (np.uint8, np.int32, np.float32)
    for clip, label in zip(frames, labels, strict=True):
        if label < 3:
            assert clip.mean((0, 1, 2)).argmax() == label


def test_held_out_batches_hold_every_clip_once_in_order(clips: Clips) -> None:
    held_out = clips.split()[1]
    labels = np.concatenate([y.numpy() for _, y in held_out_batches(held_out, size=SIZE, batch=4, threads=1)])
    assert labels.tolist() == held_out.labels.tolist()


class TestRecords:
    @pytest.fixture(scope="class")
    @classmethod
    def records(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return write_colour_records(tmp_path_factory.mktemp("recorded"))

    def test_splits_decide_what_is_trained_on_held_out_and_judged(self, records: Path) -> None:
        labels = labels_of([records], ())
        trained_on, held_out = Clips.load(training_paths(records), labels).split()
        judged = Clips.load(judged_paths(records), labels)

        assert labels == ("green", "red")
        assert [set(clips.athletes) for clips in (trained_on, held_out, judged)] == [
            {"athlete 0"},
            {"athlete 1"},
            {"athlete 2"},
        ]
        assert sorted(trained_on.names) == ["green_1.mp4", "red_1.mp4"]

    def test_records_of_different_sizes_are_not_trained_on_together(self, records: Path, tmp_path: Path) -> None:
        (tmp_path / "rendered").mkdir()
        assert record_size([tmp_path / "rendered"]) is None
        assert record_size([records, tmp_path / "rendered", records]) == (10, 32)
        other = write_colour_records(tmp_path, size=48)
        with pytest.raises(ValueError, match="differ in frames and size"):
            record_size([records, other])

    def test_labels_are_those_of_records_and_of_rendered_clips_and_none_is_not_one(
        self, records: Path, tmp_path: Path
    ) -> None:
        assert labels_of([records, tmp_path], ("thruster", "none", "burpee")) == ("burpee", "green", "red", "thruster")

    def test_one_movement_alone_is_refused_before_hours_are_spent_on_it(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"has clips of burpee only: .* at least two are needed"):
            labels_of([tmp_path], ("burpee", "none"))

    def test_a_record_reaches_the_network_as_it_was_written(self, records: Path) -> None:
        clips = Clips.load(training_paths(records), ("green", "red"))
        ((frames, _),) = held_out_batches(clips, size=SIZE, batch=8, threads=1)
        written = [clip.frames for path in training_paths(records) for clip in read_records(path)]

        np.testing.assert_array_equal(frames, np.stack(written))

    def test_without_a_side_for_validation_nothing_is_trained(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="movements data split"):
            training_paths(write_colour_records(tmp_path, sides=(Split.TRAIN,)))

    def test_records_and_rendered_clips_are_trained_on_together(self, records: Path, shards: list[Path]) -> None:
        clips = Clips.load([*shards, *training_paths(records)], LABELS)
        seen = batches(clips, 66, augmentation=GENTLE)
        labels = np.concatenate([label for _, label, _ in seen])
        colours = np.concatenate([frames.mean((1, 2, 3)) for frames, _, _ in seen])

        np.testing.assert_array_equal(np.bincount(labels[: len(clips)]), np.bincount(clips.labels))
        for index in range(3):  # red, green, blue
            assert (colours[labels == index].argmax(1) == index).all()

    def test_a_folder_without_clips_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="movements render"):
            training_paths(tmp_path)
        with pytest.raises(FileNotFoundError, match="movements render"):
            judged_paths(tmp_path)
