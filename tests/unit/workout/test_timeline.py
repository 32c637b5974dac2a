from __future__ import annotations

import math
from itertools import pairwise

import pytest

from model.workout.timeline import Run, Span, beside, doubted, filled, merged, sets, without


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
    assert len(merged([first, Run(None, spans(2, start=35), posture=(0.0, 0.0))], apart=1)) == 1
    assert len(merged([first, Run(None, spans(2, start=45), posture=(0.0, 0.0))], apart=math.inf)) == 2


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


def without_some(count: int, *missing: int) -> Run:
    return Run(3, tuple(span for number, span in enumerate(spans(count)) if number not in missing))


@pytest.mark.parametrize("missing", [(4,), (3, 4), (2, 6), (3, 4, 5)])
def test_what_another_network_counts_in_a_gap_fills_it(missing: tuple[int, ...]) -> None:
    other = Run(None, spans(10, start=0.2, lasting=0.6))
    run = filled(without_some(10, *missing), [other])
    assert len(run.spans) == 10
    assert all(one.end <= after.start for one, after in pairwise(run.spans))


def test_what_does_not_fit_into_a_gap_is_left_out() -> None:
    run = without_some(10, 4)
    assert filled(run, []) == run
    hasty = Run(None, (Span(8.0, 8.2), Span(8.3, 8.5), Span(8.6, 8.8)))
    assert len(filled(run, [hasty]).spans) <= 10
    # A rest is no gap: what is done in it has another pace.
    rested = Run(3, (*spans(4), *spans(4, start=30)))
    assert filled(rested, [Run(None, (Span(18.0, 19.0),))]) == rested
    # Of a gap whose middle nobody counts, its ends are filled.
    partly = Run(None, (Span(8.0, 9.0), Span(26.0, 27.0)))
    assert len(filled(Run(3, (*spans(4), *spans(4, start=28))), [partly]).spans) == 10


def test_two_repetitions_do_not_say_how_long_one_takes() -> None:
    run = Run(3, spans(2, every=6))
    assert filled(run, [Run(None, (Span(2.0, 3.0),))]) == run


def test_an_exercise_without_a_name_goes_on_the_run_beside_it_at_the_same_pace() -> None:
    run = Run(3, spans(5))
    assert beside(Run(None, spans(4, start=10)), [run]) == run
    assert beside(Run(None, spans(4, start=-8)), [run]) == run
    assert beside(Run(None, spans(4, start=40)), [run]) is None
    assert beside(Run(None, spans(4, start=10, every=0.5, lasting=0.2)), [run]) is None
    # A single one has the pace at which it follows the others, or they follow it.
    assert beside(Run(None, spans(1, start=10)), [run]) == run
    assert beside(Run(None, spans(1, start=-2)), [run]) == run
    assert beside(Run(None, spans(1, start=13)), [run]) is None
    assert beside(Run(None, spans(1, start=-5)), [run]) is None
    assert beside(Run(None, spans(4, start=10)), [run, Run(4, spans(5, start=18))]) is None
    assert beside(Run(None, spans(4, start=10)), [run, Run(3, spans(5, start=18))]) == run


def test_sets_end_where_somebody_rests() -> None:
    assert sets(spans(5)) == [(0, 4)]
    assert sets((*spans(5), *spans(3, start=20))) == [(0, 4), (5, 7)]
    assert sets(spans(1)) == [(0, 0)]
    # Slow repetitions are no rests.
    assert sets(spans(4, every=8.0, lasting=2.0)) == [(0, 3)]
