from __future__ import annotations

import numpy as np

from model.body.repetitions import Repetition, steady


def found(*lasting: int) -> list[Repetition]:
    starts = np.cumsum([0, *(length + 5 for length in lasting)])[:-1]
    return [Repetition(0, int(start), int(start) + length) for start, length in zip(starts, lasting, strict=True)]


def test_what_the_network_is_unsure_of_does_not_count() -> None:
    sure = np.ones(60)
    sure[15:26] = 0.3
    assert [one.first for one in steady(found(10, 10, 10), sure, 0.6)] == [0, 30]


def test_what_is_not_like_the_rest_does_not_count_at_the_ends_of_a_set() -> None:
    sure = np.ones(300)
    assert len(steady(found(3, 10, 10, 10, 40), sure, 0.6)) == 3
    # In the middle of a set, one may take its time.
    assert len(steady(found(10, 10, 40, 10, 10), sure, 0.6)) == 5
    sure[0:11] = 0.65  # much less sure of the first than of the others, though enough alone
    assert len(steady(found(10, 10, 10, 10), sure, 0.6)) == 3
    sure[0:11] = 0.75
    assert len(steady(found(10, 10, 10, 10), sure, 0.6)) == 4
    # Of two, nobody knows which is the usual one.
    assert len(steady(found(3, 10), sure, 0.6)) == 2
