from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.answers.workout import RepetitionAnswer, SegmentAnswer, SetSpan, Verdict, WorkoutAnswer
from model.body.reading import Reading
from model.body.stream import BodyView
from model.evaluation.counting import by_angle, by_similarity, crossings
from model.evaluation.workouts import OURS, Tally, as_told, count_metrics, overlap, verdict_metrics
from model.pose.read import Followed
from model.pose.track import RATE, Track
from model.workout.timeline import Span


def segment(movement: str | None, *starts: float, sets: int = 1, kind: str | None = None) -> SegmentAnswer:
    """Repetitions of one second."""
    repetitions = tuple(RepetitionAnswer(start=start, end=start + 1, verdict=Verdict.REP) for start in starts)
    edges = np.array_split(np.arange(len(starts)), sets)
    return SegmentAnswer(
        movement=movement, kind=kind, start=starts[0], end=starts[-1] + 1, probability=1.0, repetitions=repetitions,
        sets=tuple(SetSpan(first=int(part[0]), last=int(part[-1])) for part in edges),
    )  # fmt: skip


def film(*segments: SegmentAnswer, seconds: float = 100.0) -> WorkoutAnswer:
    return WorkoutAnswer(seconds=seconds, width=8, height=8, segments=segments)


def test_what_is_said_rightly_is_right() -> None:
    truth = film(segment("deadlift", 0, 3, 6, 20, 23, sets=2), segment(None, 40, 42, kind="push-up"))
    tally = Tally()
    tally.add(truth, truth)
    result = tally.evaluation(1, 100.0, 50.0)
    assert result.counts[OURS].sets == 3 and result.counts[OURS].exact == 1.0
    assert result.segments.f1 == 1.0 and result.segments.start_seconds == 0.0
    assert result.false_per_hour == 0.0 and result.named_per_hour == 0.0
    assert result.verdicts["deadlift"].right == 1.0
    assert result.cpu_seconds_per_minute == 30.0


def test_what_is_said_wrongly_is_counted_where_it_belongs() -> None:
    truth = film(segment("deadlift", 0, 3, 6), segment(None, 40, 42, kind="push-up"))
    answer = film(segment("deadlift", 0.2, 3.2), segment("ghd", 40, 42), segment(None, 70, 72))
    tally = Tally()
    tally.add(truth, answer)
    result = tally.evaluation(1, 100.0, 1.0)
    assert result.counts[OURS].exact == 0.5 and result.counts[OURS].within_one == 1.0
    assert (result.segments.true, result.segments.found, result.segments.recall) == (2, 3, 0.5)
    assert result.segments.start_seconds == pytest.approx(0.2)
    assert tally.idle == 2 and tally.named == 2
    assert result.false_per_hour == pytest.approx(2 * 3600 / (100 - 7 - 1 - 3 - 1))


def test_shots_of_one_exercise_are_one_segment() -> None:
    told = as_told(
        film(segment("ghd", 0, 2), segment("ghd", 10), segment(None, 20, kind="a"), segment(None, 22, kind="b"))
    )
    assert [(one.movement, one.kind, one.count) for one in told.segments] == [
        ("ghd", None, 3),
        (None, "a", 1),
        (None, "b", 1),
    ]
    assert [(one.first, one.last) for one in told.segments[0].sets] == [(0, 1), (2, 2)]


def test_figures_of_counts_and_verdicts() -> None:
    counts = count_metrics([(10, 10), (10, 11), (4, 2)])
    assert (counts.exact, counts.within_one) == (pytest.approx(1 / 3, abs=1e-4), pytest.approx(2 / 3, abs=1e-4))
    assert counts.error == pytest.approx((0.1 + 0.5) / 3, abs=1e-4)
    good, bad = Verdict.REP, Verdict.NO_REP
    verdicts = verdict_metrics([(good, good), (good, bad), (bad, bad), (bad, Verdict.LOOK), (good, Verdict.UNCLEAR)])
    assert (verdicts.given, verdicts.right) == (3, pytest.approx(2 / 3, abs=1e-4))
    assert verdicts.faulty_found == 1.0 and verdicts.unclear == 0.2
    assert verdicts.good_refused == pytest.approx(1 / 3, abs=1e-4)
    assert count_metrics([]).exact is None


def test_overlaps() -> None:
    assert overlap(segment("ghd", 0, 9), segment("ghd", 5, 14)) == pytest.approx(5 / 15)
    assert overlap(segment("ghd", 0), segment("ghd", 5)) == 0


def squats(count: int) -> BodyView:
    """Somebody who bends the knees so many times in so many two seconds."""
    instants = 2 * RATE * count
    turn = 2 * np.pi * np.arange(instants) / (2 * RATE)
    points = np.zeros((instants, 13, 2), np.float32)
    points[:, :2, 1], points[:, 10:12, 1] = -100, 100
    bend = 50 * (1 - np.cos(turn))
    points[:, 8:10, 0] = bend[:, None]
    points[:, 8:10, 1] = 50
    reading = Reading(np.zeros((instants, 2)), np.zeros((instants, 2)))
    return BodyView(Followed((), (), ()), Track(0.0, points, np.ones(instants, np.float32)), reading, ())


@pytest.mark.parametrize("count", [3, 8])
def test_the_other_ways_count_what_is_easy_to_count(count: int) -> None:
    span = Span(0.0, 2.0 * count)
    assert by_angle(Path("x"), squats(count))(span) == count
    assert by_similarity(Path("x"), squats(count))(span) == count
    assert by_angle(Path("x"), None)(span) == by_similarity(Path("x"), None)(span) == 0


def test_a_value_that_trembles_at_a_threshold_counts_once() -> None:
    series = np.concatenate([np.zeros(5), 0.65 + 0.02 * (-1.0) ** np.arange(20), np.ones(5), np.zeros(5)])
    assert crossings(series) == 1
    assert crossings(np.zeros(10)) == 0
