from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from model.pose.track import FEATURES, INSTANTS
from model.sequences.sequence import LABELS, NONE, sequence


@pytest.mark.parametrize("seed", range(150))
def test_a_sequence_says_of_every_instant_what_it_shows(seed: int) -> None:
    made = sequence((11, seed))
    assert 4 <= len(made) <= INSTANTS
    assert made.points.shape == (len(made), 13, 2)
    assert made.seen.shape == made.label.shape == made.turn.shape == (len(made),)
    assert set(np.unique(made.label)) <= set(range(len(LABELS)))
    features = made.features
    assert features.shape == (INSTANTS, FEATURES)
    assert np.isfinite(features).all()


def test_a_seed_gives_the_same_sequence() -> None:
    first, second = sequence((1, 2)), sequence((1, 2))
    np.testing.assert_array_equal(first.points, second.points)
    np.testing.assert_array_equal(first.label, second.label)


def test_every_movement_comes_as_often_and_many_show_something_else() -> None:
    counts: Counter[int] = Counter()
    lengths = []
    for seed in range(500):
        made = sequence((12, seed))
        counts.update(np.unique(made.label).tolist())
        lengths.append(len(made))
    movements = [counts[number] for number in range(NONE)]
    assert min(movements) > 20 and max(movements) < 3 * min(movements)
    assert 150 < counts[NONE] < 420
    assert min(lengths) < 15 and max(lengths) == INSTANTS
