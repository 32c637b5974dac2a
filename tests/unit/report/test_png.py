from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from model.contract import MOVEMENTS, Contract, NoneOfThese
from model.evaluation.report import report_of_arrays, with_history
from model.report.png import write_plots

CONTRACT = Contract(name="fake", version="1", architecture="fake", movements=MOVEMENTS[:3], none_of_these=NoneOfThese())
PLAIN = CONTRACT.model_copy(update={"none_of_these": None})
BURPEE, CHEST, DEADLIFT = CONTRACT.labels


def test_every_plot_of_a_test_set_is_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], 4)
    probabilities = rng.dirichlet(np.ones(4), 12) * 0.5 + 0.5 * np.eye(4)[truth]
    files = write_plots(tmp_path / "new", report_of_arrays(CONTRACT, probabilities, truth, test_set="12 clips"))
    assert sorted(file.name for file in files) == [
        "calibration.png", "confusion.png", "correlation.png", "probabilities.png", "true-class.csv", "true-class.png",
    ]  # fmt: skip
    for file in files:
        if file.suffix == ".png":
            assert file.read_bytes().startswith(b"\x89PNG")


def test_the_table_is_sorted_by_mean_and_leaves_out_what_has_no_clips(tmp_path: Path) -> None:
    probabilities = np.array([[0.6, 0.4, 0.0], [0.8, 0.2, 0.0], [0.05, 0.95, 0.0]])
    write_plots(tmp_path, report_of_arrays(PLAIN, probabilities, np.array([0, 0, 1]), test_set="3 clips"))
    with (tmp_path / "true-class.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["output"] for row in rows] == [CHEST, BURPEE]
    assert float(rows[1]["mean"]) == pytest.approx(0.7)
    assert float(rows[1]["sd"]) == pytest.approx(0.1)


def test_the_history_of_a_run_is_drawn_also_before_anything_was_held_out(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("step,clips,minutes,loss,top1,rate,held_out_loss,held_out_top1\n4,32,0.1,1.2,0.3,0.01,,\n")
    report = report_of_arrays(PLAIN, np.array([[0.6, 0.4, 0.0]]), np.array([0]), test_set="1 clip")
    assert tmp_path / "history.png" in write_plots(tmp_path, with_history(report, log))
    assert (tmp_path / "history.png").read_bytes().startswith(b"\x89PNG")


def test_a_test_set_of_which_nothing_could_be_read_has_no_plots(tmp_path: Path) -> None:
    report = report_of_arrays(CONTRACT, np.empty((0, 4)), np.empty(0, int), test_set="nothing")
    assert write_plots(tmp_path / "new", report) == []
    assert not (tmp_path / "new").exists()
