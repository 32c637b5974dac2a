from __future__ import annotations

import pytest

from model.answers.workout import Verdict, WorkoutAnswer
from model.errors import BadRequest
from model.workout.corrected import Corrections, corrected


def test_without_a_word_nothing_changes(workout: WorkoutAnswer) -> None:
    assert corrected(workout, Corrections.read("")) is workout


def test_a_person_has_the_last_word(workout: WorkoutAnswer) -> None:
    after = corrected(workout, Corrections.read("0.0n,0.1r"))
    assert [one.verdict for one in after.segments[0].repetitions] == [Verdict.NO_REP, Verdict.REP]
    assert after.segments[0].perhaps == 0
    assert after.segments[1] == workout.segments[1]


def test_what_is_no_repetition_is_left_out_and_so_is_a_segment_without_any(workout: WorkoutAnswer) -> None:
    (deadlift,) = corrected(workout, Corrections.read("0.0x,1.0x")).segments
    assert (deadlift.start, deadlift.end, deadlift.count) == (8.0, 9.0, 1)
    assert [(one.first, one.last) for one in deadlift.sets] == [(0, 0)]


@pytest.mark.parametrize("text", ["0.0", "0.0q", "a.0n", "0.0n;1.0x", "0.0n,", "-1.0n", "99999.0n"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="no correction"):
        Corrections.read(text)
