from __future__ import annotations

import numpy as np
import pytest

from model.contract import MOVEMENTS
from model.pose.track import RATE
from model.sequences.course import CYCLES, Cycle, course


def test_every_movement_has_a_cycle_that_begins_where_its_labelled_clips_do() -> None:
    assert set(CYCLES) == {movement.label for movement in MOVEMENTS}
    for cycle in CYCLES.values():
        assert cycle.again <= 0 < cycle.share <= 1 <= cycle.back


@pytest.mark.parametrize("label", CYCLES)
@pytest.mark.parametrize("seed", range(12))
def test_a_course_stays_within_the_movement_and_is_continuous(label: str, seed: int) -> None:
    cycle = CYCLES[label]
    way = course(np.random.default_rng(seed), cycle, 1.0, 96)
    assert len(way.phase) == len(way.turn) == len(way.repetition) == 96
    assert way.phase.min() >= min(cycle.again, -0.02) - 1e-9 and way.phase.max() <= cycle.back + 1e-9
    assert np.abs(np.diff(way.turn)).max() < 0.3
    assert (np.diff(way.repetition) >= 0).all()
    np.testing.assert_allclose(way.turn, way.repetition + way.phase / cycle.length)


def test_repetitions_last_about_as_long_as_the_plan_says() -> None:
    cycle = Cycle(1.0)
    paces = []
    for seed in range(200):
        way = course(np.random.default_rng(seed), cycle, 2.0, 240)
        paces.append((way.turn[-1] - way.turn[0]) / (240 / RATE))
    assert 0.25 < np.median(paces) < 0.55


def test_some_attempts_fail_and_go_back_before_the_end() -> None:
    failed = 0
    for seed in range(200):
        way = course(np.random.default_rng(seed), CYCLES["thruster"], 1.0, 96)
        failed += bool((np.diff(way.turn) < -0.01).any())
    assert 20 < failed < 120
