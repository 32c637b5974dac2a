from __future__ import annotations

import numpy as np

from model.pose.track import INSTANTS
from model.sequences.counting import EXERCISE, OTHERWISE, counting_sequence
from model.sequences.dataset import Sequences


def test_the_same_seed_gives_the_same_sequence() -> None:
    one, same, other = counting_sequence((1, 7)), counting_sequence((1, 7)), counting_sequence((1, 8))
    np.testing.assert_array_equal(one.points, same.points)
    np.testing.assert_array_equal(one.turn, same.turn)
    assert one.points.shape != other.points.shape or not np.array_equal(one.points, other.points)


def test_there_are_repetitions_and_what_is_between_them() -> None:
    some = [counting_sequence((2, number)) for number in range(60)]
    labels = np.concatenate([one.label for one in some])
    assert set(labels.tolist()) == {EXERCISE, OTHERWISE}
    assert 0.35 < (labels == EXERCISE).mean() < 0.8
    assert all(2 <= len(one) <= INSTANTS and np.isfinite(one.points).all() for one in some)
    # Where something is repeated, the turn goes on; elsewhere it says nothing.
    turning = [np.ptp(one.turn[one.label == EXERCISE]) for one in some if (one.label == EXERCISE).sum() > 30]
    assert np.median(turning) > 0.8
    assert not np.concatenate([one.turn[one.label == OTHERWISE] for one in some]).any()


def test_they_become_features_as_others_do() -> None:
    made = Sequences.made(3, range(8), counting_sequence)
    assert np.isfinite(made.features).all()
    assert made.label.max() <= OTHERWISE
