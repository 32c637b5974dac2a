from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from model.answers.report import Report, Unanswered
from model.contract import MOVEMENTS, NONE, Contract, NoneOfThese
from model.evaluation import measure
from model.evaluation.evaluate import Evaluation, Judged
from model.evaluation.report import MAX_STEPS, read_history, report_of, report_of_arrays

CONTRACT = Contract(
    name="fake", version="7", architecture="fake", movements=MOVEMENTS[:3], none_of_these=NoneOfThese(threshold=0.5)
)
BURPEE, CHEST, DEADLIFT = CONTRACT.labels
HEADER = "step,clips,minutes,loss,top1,rate,held_out_loss,held_out_top1\n"

# Two right, one taken for another movement, one for none; one stranger rejected and one taken for a movement.
PROBABILITIES = np.array(
    [
        [0.9, 0.05, 0.05, 0.0],
        [0.7, 0.2, 0.1, 0.0],
        [0.1, 0.8, 0.1, 0.0],
        [0.0, 0.3, 0.1, 0.6],
        [0.1, 0.1, 0.1, 0.7],
        [0.1, 0.1, 0.6, 0.2],
    ]
)
TRUTH = np.array([0, 0, 0, 1, 3, 3])


def report(**more: Any) -> Report:
    return report_of_arrays(CONTRACT, PROBABILITIES, TRUTH, test_set="6 clips", **more)


def test_movements_count_by_their_rank_among_the_labels_and_others_only_for_the_rule() -> None:
    made = report()
    assert (made.clips, made.top1, made.top5) == (6, 0.75, 1.0)
    assert made.none_of_these is not None
    assert made.none_of_these.model_dump() == {
        "threshold": 0.5, "movements": 4, "movements_rejected": 0.25, "others": 2, "others_rejected": 0.5,
        "near_relatives": 0, "near_relatives_rejected": None,
    }  # fmt: skip


def test_every_output_with_clips_has_precision_recall_and_the_probability_of_the_truth() -> None:
    rows = report().per_class
    assert list(rows) == [BURPEE, CHEST, NONE]
    assert (rows[BURPEE].precision, rows[BURPEE].recall, rows[BURPEE].f1) == (1.0, pytest.approx(2 / 3, abs=1e-5), 0.8)
    assert (rows[CHEST].precision, rows[CHEST].recall, rows[CHEST].f1) == (0.0, 0.0, 0.0)
    assert (rows[NONE].precision, rows[NONE].recall, rows[NONE].top1) == (0.5, 0.5, 0.5)
    assert rows[BURPEE].mean_probability == pytest.approx(np.mean([0.9, 0.7, 0.1]), abs=1e-4)
    assert rows[BURPEE].sd_probability == pytest.approx(np.std([0.9, 0.7, 0.1]), abs=1e-4)
    assert report().macro.recall == pytest.approx(np.mean([2 / 3, 0, 0.5]), abs=1e-4)
    assert [name for name, _ in report().by_mean()] == [BURPEE, NONE, CHEST]


def test_the_tables_are_those_of_the_metrics() -> None:
    made = report()
    assert np.array(made.confusion).tolist() == measure.confusion(PROBABILITIES, TRUTH, 4).tolist()
    given = np.array([[np.nan if value is None else value for value in row] for row in made.correlation])
    np.testing.assert_allclose(given, measure.correlation_map(PROBABILITIES, TRUTH, 4), atol=5e-5)
    assert made.ece == pytest.approx(measure.calibration_error(PROBABILITIES, TRUTH), abs=1e-4)
    assert sum(row.clips for row in made.calibration) == 6


def test_confused_pairs_name_their_clips_the_surest_error_first() -> None:
    made = report(names=[f"c_{i}.mp4" for i in range(6)])
    told = [(pair.truth, pair.predicted, [made.name_of(clip) for clip in pair.clips]) for pair in made.confused]
    assert told == [(BURPEE, CHEST, ["c_2.mp4"]), (CHEST, NONE, ["c_3.mp4"]), (NONE, DEADLIFT, ["c_5.mp4"])]
    assert report().name_of(2) == "clip 3", "clips without names are told by their number"


def test_athletes_have_scores_of_their_own_and_unknown_ones_none() -> None:
    rows = report(athletes=["bob", "ann", "bob", "ann", None, None]).per_athlete
    assert list(rows) == ["ann", "bob"]
    assert (rows["bob"].clips, rows["bob"].top1, rows["bob"].mean_probability) == (2, 0.5, 0.5)


def test_what_could_not_be_read_counts_as_wrong_whatever_the_number_of_labels() -> None:
    unread = [Unanswered(clip="a_1.mp4", shows=DEADLIFT, reason="corrupt_video")]
    made = report(unanswered=unread)
    assert (made.clips, made.top1, made.top5) == (7, 0.6, 0.8)
    assert (made.per_class[DEADLIFT].clips, made.per_class[DEADLIFT].top5) == (1, 0.0)
    assert made.per_class[DEADLIFT].mean_probability is None


def test_a_judged_folder_becomes_the_same_report() -> None:
    names = (*CONTRACT.labels, "pull-up")
    clips = [
        Judged(f"{names[t]}_{i}.mp4", names[t], int(t), p, rejected=bool(p[3] >= 0.5), athlete="ann")
        for i, (t, p) in enumerate(zip(TRUTH, PROBABILITIES, strict=True))
    ]
    broken = Judged("thruster_1.mp4", "thruster", 3, None, error="too_long")
    evaluation = Evaluation(CONTRACT.labels, True, (*clips[:3], broken, *clips[3:]), "7 clips")
    made = report_of(CONTRACT, evaluation)
    assert made.names == tuple(clip.file for clip in clips)
    assert made.none_of_these is not None
    assert (made.none_of_these.near_relatives, made.none_of_these.near_relatives_rejected) == (2, 0.5)
    assert made.per_athlete["ann"].clips == 6
    assert made.unanswered == (Unanswered(clip="thruster_1.mp4", shows="thruster", reason="too_long"),)
    assert made.per_class[NONE].top1 == pytest.approx(1 / 3, abs=1e-4)
    assert made.confusion == report().confusion


def test_without_a_rule_clips_of_something_else_are_told_and_judged_by_nothing() -> None:
    plain = CONTRACT.model_copy(update={"none_of_these": None})
    clips = (
        Judged("deadlift_1.mp4", DEADLIFT, 2, np.array([0.1, 0.1, 0.8])),
        Judged("walking_1.mp4", "walking", 3, np.array([0.4, 0.3, 0.3])),
    )
    made = report_of(plain, Evaluation(plain.labels, False, clips, "2 clips"))
    assert (made.top1, made.none_of_these, made.outputs) == (1.0, None, plain.labels)
    assert made.unanswered == (Unanswered(clip="walking_1.mp4", shows="walking", reason="no_outcome"),)


def test_a_test_set_of_which_nothing_could_be_read_is_still_a_report() -> None:
    broken = Judged("deadlift_1.mp4", DEADLIFT, 2, None, error="too_long")
    made = report_of(CONTRACT, Evaluation(CONTRACT.labels, True, (broken,), "1 clip"))
    assert (made.top1, made.ece, made.truth) == (0.0, None, ())
    assert made.per_class[DEADLIFT].recall == 0.0


@pytest.mark.parametrize(
    ("more", "message"),
    [({"names": ["a"]}, "names"), ({"athletes": ["a"] * 7}, "athletes"), ({"near_relatives": [True]}, "near")],
)
def test_what_does_not_fit_the_clips_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        report(**more)


def test_probabilities_of_another_models_outputs_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\[6, 4\], got \[6, 3\]"):
        report_of_arrays(CONTRACT, PROBABILITIES[:, :3], TRUTH, test_set="6 clips")


def test_a_thousand_clips_take_less_than_200_kilobytes() -> None:
    contract = CONTRACT.model_copy(update={"movements": MOVEMENTS})
    rng = np.random.default_rng(0)
    truth = np.arange(1000) % 10
    names = [f"bar-facing burpee_{i}.mp4" for i in range(1000)]
    big = report_of_arrays(contract, rng.dirichlet(np.ones(10), 1000), truth, test_set="many", names=names)
    assert len(big.model_dump_json()) < 200_000


@pytest.mark.parametrize(
    "change",
    [
        {"confusion": [[1]]},
        {"probabilities": [[1.0, 0, 0, 0]]},
        {"truth": [9] * 6},
        {"names": ["a"]},
        {"confused": [{"truth": "a", "predicted": "b", "clips": [6]}]},
    ],
)
def test_tables_that_do_not_fit_each_other_are_no_report(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"must (be|have)"):
        Report.model_validate({**report().model_dump(mode="json"), **change})


def test_a_long_history_is_thinned_and_keeps_its_ends_and_what_was_held_out(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    rows = [f"{i},{i},1,{3 - i / 1000},0.5,0.1,{'0.5,0.75' if i % 100 == 0 else ','}\n" for i in range(1, 2001)]
    log.write_text(HEADER + "".join(rows))
    steps = read_history(log)
    assert len(steps) <= MAX_STEPS
    assert (steps[0].step, steps[-1].step) == (1, 2000)
    assert [step.step for step in steps if step.held_out_top1] == list(range(100, 2001, 100))


def test_a_short_history_is_kept_whole(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEADER + "25,400,0.9,2.15,0.25,0.0005,,\n50,800,1.5,2.05,0.5,0.001,0.9,0.875\n")
    first, second = read_history(log)
    assert (first.step, first.loss, first.held_out_top1) == (25, 2.15, None)
    assert (second.held_out_loss, second.held_out_top1) == (0.9, 0.875)
    log.write_text(HEADER)
    assert read_history(log) == ()


def test_a_file_that_is_no_log_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"log\.csv"):
        read_history(tmp_path / "log.csv")
    (tmp_path / "log.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="not the log of a training run"):
        read_history(tmp_path / "log.csv")
