from __future__ import annotations

import math

import pytest

from model.workout.timeline import Run, Span, doubted, merged, sets, without


def spans(count: int, *, start: float = 0.0, every: float = 2.0, lasting: float = 1.0) -> tuple[Span, ...]:
    return tuple(Span(start + every * number, start + every * number + lasting) for number in range(count))


def test_a_short_rest_stays_within_a_segment_and_a_long_one_ends_it() -> None:
    first = Run(3, spans(5))
    assert [len(run.spans) for run in merged([Run(3, spans(2, start=35)), first], apart=1)] == [7]
    assert [len(run.spans) for run in merged([first, Run(3, spans(2, start=45))], apart=1)] == [5, 2]


def test_another_movement_is_another_segment() -> None:
    found = merged([Run(3, spans(5)), Run(4, spans(2, start=10)), Run(3, spans(1, start=15))], apart=1)
    assert [(run.movement, len(run.spans)) for run in found] == [(3, 5), (4, 2), (3, 1)]


def test_exercises_without_a_name_are_told_apart_by_posture_and_pause() -> None:
    first = Run(None, spans(5), posture=(0.0, 0.0))
    assert len(merged([first, Run(None, spans(2, start=11), posture=(0.5, 0.0))], apart=1)) == 1
    assert len(merged([first, Run(None, spans(2, start=11), posture=(5.0, 0.0))], apart=1)) == 2
    assert len(merged([first, Run(None, spans(2, start=19), posture=(0.0, 0.0))], apart=math.inf)) == 2


def test_probabilities_of_what_is_merged_are_weighed_by_repetitions() -> None:
    (run,) = merged([Run(3, spans(1), 0.5), Run(3, spans(3, start=4), 0.9)], apart=1)
    assert run.probability == pytest.approx(0.8)


def test_what_has_a_name_is_not_counted_twice() -> None:
    named = Run(3, spans(3, start=4))
    (left,) = without([Run(None, spans(8))], [named])
    assert [span.start for span in left.spans] == [0.0, 2.0, 10.0, 12.0, 14.0]
    assert without([Run(None, spans(2, start=5))], [named]) == []


@pytest.mark.parametrize(("counted", "perhaps"), [(5, 0), (6, 1), (4, -1), (9, 0), (0, 0)])
def test_another_count_is_a_doubt_unless_it_is_of_something_else(counted: int, perhaps: int) -> None:
    others = [Run(None, spans(counted, every=10 / counted, lasting=0.5))] if counted else []
    assert doubted(Run(3, spans(5)), others).perhaps == perhaps


def test_sets_end_where_somebody_rests() -> None:
    assert sets(spans(5)) == [(0, 4)]
    assert sets((*spans(5), *spans(3, start=20))) == [(0, 4), (5, 7)]
    assert sets(spans(1)) == [(0, 0)]
    # Slow repetitions are no rests.
    assert sets(spans(4, every=8.0, lasting=2.0)) == [(0, 3)]
