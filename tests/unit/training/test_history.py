from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework.summary_pb2 import DATA_CLASS_SCALAR

from model.defaults import RUN_LOG
from model.training import history as history_module
from model.training.history import TENSORBOARD, History, Row


def add(history: History, *figures: tuple[float, float]) -> None:
    for loss, top1 in figures:
        history.add(tf.constant(loss), tf.constant(top1))


def stored(folder: Path) -> list[dict[str, str]]:
    with (folder / RUN_LOG).open(newline="") as file:
        return list(csv.DictReader(file))


def row(step: int, loss: float | None, top1: float | None) -> Row:
    return Row(step, step * 8, 0.0, 1.0, 0.5, 0.01, loss, top1)


def test_a_row_holds_the_means_of_the_steps_since_the_last_one(tmp_path: Path) -> None:
    history = History(tmp_path, 0)
    add(history, (4.0, 0.0), (2.0, 0.5))
    first = history.close(2, 16, 0.25, None)
    add(history, (1.2345678, 0.8765432))
    second = history.close(3, 24, 0.125, (0.123456, 0.654321))

    assert (first.step, first.clips, first.loss, first.top1, first.rate) == (2, 16, 3.0, 0.25, 0.25)
    assert (first.held_out_loss, first.held_out_top1) == (None, None)
    assert (second.loss, second.top1, second.held_out_loss, second.held_out_top1) == (
        1.23457,
        0.87654,
        0.12346,
        0.65432,
    )
    assert [(r["step"], r["loss"], r["held_out_loss"]) for r in stored(tmp_path)] == [
        ("2", "3.0", ""),
        ("3", "1.23457", "0.12346"),
    ]


def test_an_open_row_goes_on_in_another_history_as_if_nothing_had_happened(tmp_path: Path) -> None:
    figures = [(4.1, 0.0), (2.2, 0.5), (1.3, 0.25)]
    (tmp_path / "parts").mkdir()
    whole, first = History(tmp_path, 0), History(tmp_path / "parts", 0)
    assert not whole.is_open
    add(whole, *figures)
    add(first, *figures[:2])
    assert first.is_open
    second = History(tmp_path / "parts", 2, first.open_row())
    assert second.is_open
    add(second, figures[2])

    expected, given = whole.close(3, 24, 0.1, None), second.close(3, 24, 0.1, None)
    assert (given.loss, given.top1) == (expected.loss, expected.top1)
    assert not second.is_open


def test_a_row_without_steps_can_be_kept_too(tmp_path: Path) -> None:
    begun = History(tmp_path, 0).open_row()
    assert begun["loss"].shape == begun["top1"].shape == (0,)
    assert begun["loss"].dtype == begun["top1"].dtype == np.float32
    assert not History(tmp_path, 0, begun).is_open


def test_time_is_in_minutes_and_adds_up_over_all_resumptions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([1000.0, 1090.0, 1120.0, 5000.0, 5060.0, 9000.0, 9030.0])
    monkeypatch.setattr(history_module.time, "monotonic", lambda: next(clock))
    first = History(tmp_path, 0)
    add(first, (1.0, 1.0))
    assert first.close(1, 8, 0.1, None).minutes == 1.5
    add(first, (1.0, 1.0))
    begun = first.open_row()
    assert begun["minutes"] == 2.0
    second = History(tmp_path, 2, begun)
    assert second.close(2, 16, 0.1, None).minutes == 3.0
    third = History(tmp_path, 2)
    add(third, (1.0, 1.0))
    assert third.close(3, 24, 0.1, None).minutes == 3.5


def test_rows_of_steps_that_a_kill_undid_are_dropped(tmp_path: Path) -> None:
    history = History(tmp_path, 0)
    for step in (4, 8, 12):
        add(history, (1.0, 1.0))
        history.close(step, step * 8, 0.1, (1.0 / step, 0.5))
    resumed = History(tmp_path, 8)
    assert [r["step"] for r in stored(tmp_path)] == ["4", "8"]
    assert resumed.is_best(row(8, 0.125, 0.5)), "the dropped row no longer counts"


def test_a_row_written_after_the_checkpoint_that_holds_its_steps_is_dropped(tmp_path: Path) -> None:
    history = History(tmp_path, 0)
    add(history, (1.0, 1.0))
    history.close(4, 32, 0.1, None)
    add(history, (1.0, 1.0))
    begun = history.open_row()
    history.close(8, 64, 0.1, None)
    resumed = History(tmp_path, 8, begun)
    assert [r["step"] for r in stored(tmp_path)] == ["4"]
    resumed.close(8, 64, 0.1, None)
    assert [r["step"] for r in stored(tmp_path)] == ["4", "8"]


def test_a_row_is_kept_where_the_next_one_has_only_its_first_step(tmp_path: Path) -> None:
    history = History(tmp_path, 0)
    add(history, (1.0, 1.0))
    history.close(4, 32, 0.1, None)
    add(history, (1.0, 1.0))
    History(tmp_path, 5, history.open_row())
    assert [r["step"] for r in stored(tmp_path)] == ["4"]


def test_the_best_row_has_the_best_top1_and_of_equal_ones_the_smaller_loss(tmp_path: Path) -> None:
    history = History(tmp_path, 0)
    for step, (loss, top1) in enumerate([(0.5, 0.6), (0.9, 0.8), (0.7, 0.8)], start=1):
        add(history, (1.0, 1.0))
        history.close(step, 8, 0.1, (loss, top1))
    assert [history.is_best(row(4, loss, top1)) for loss, top1 in [(0.5, 0.6), (0.9, 0.8), (0.7, 0.8)]] == [
        False,
        False,
        True,
    ]
    assert not history.is_best(row(5, None, None)), "a row without an evaluation is none"


@pytest.mark.parametrize(
    ("losses", "patience", "waited"),
    [
        ([], 1, False),
        ([3.0], 1, False),
        ([3.0, 2.0], 1, False),
        ([3.0, 3.0], 1, True),  # equal is no progress
        ([3.0, 4.0], 1, True),
        ([3.0, 4.0], 2, False),  # too few to tell
        ([3.0, 4.0, 3.5], 2, True),
        ([3.0, 4.0, 2.5], 2, False),
        ([3.0, 2.5, 4.0], 2, False),
        ([3.0, 4.0, 5.0], 0, False),  # never
    ],
)
def test_a_run_has_waited_when_the_loss_has_not_fallen_for_so_many_evaluations(
    losses: list[float], patience: int, waited: bool, tmp_path: Path
) -> None:
    history = History(tmp_path, 0)
    for step, loss in enumerate(losses, start=1):
        add(history, (1.0, 1.0))
        history.close(step, 8, 0.1, (loss, 0.5))
    assert history.waited(patience) == waited
    assert History(tmp_path, len(losses)).waited(patience) == waited, "the same when it is read again"


def test_a_row_reads_as_a_line(tmp_path: Path) -> None:
    assert str(Row(20, 160, 1.25, 0.98765, 0.5, 0.00125)) == (
        "step 20 clips 160 1.2 min  loss 0.988 top-1 0.500 rate 1.25e-03"
    )
    assert str(Row(20, 160, 1.25, 0.98765, 0.5, 0.00125, 0.25, 0.0)).endswith("  held out: loss 0.250 top-1 0.000")


def test_tensorboard_gets_the_same_scalars(tmp_path: Path) -> None:
    history = History(tmp_path, 0)
    add(history, (4.0, 0.5))
    history.close(3, 24, 0.25, (0.125, 0.75))
    (events,) = (tmp_path / TENSORBOARD).glob("events*")
    values = [
        (event.step, value)
        for event in tf.compat.v1.train.summary_iterator(str(events))
        for value in event.summary.value
    ]
    found = {value.tag: (step, float(tf.make_ndarray(value.tensor))) for step, value in values}
    kinds = {(value.metadata.plugin_data.plugin_name, value.metadata.data_class) for _, value in values}
    assert kinds == {("scalars", DATA_CLASS_SCALAR)}, "its page of scalars shows them"
    assert found == {
        "loss": (3, 4.0),
        "top1": (3, 0.5),
        "rate": (3, 0.25),
        "held_out_loss": (3, 0.125),
        "held_out_top1": (3, 0.75),
    }
