from __future__ import annotations

import numpy as np
import pytest

from model.body.course import Stretch, stretches
from model.body.repetitions import repetitions

MOVEMENTS = 3


def told(turn: np.ndarray, movement: int, *, sure: float = 0.9, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """What a network says of a movement at some turns."""
    rng = np.random.default_rng(0)
    probabilities = np.full((len(turn), MOVEMENTS + 1), (1 - sure) / MOVEMENTS)
    probabilities[:, movement] = sure
    angle = 2 * np.pi * (turn + rng.normal(0, noise, len(turn)))
    return probabilities, np.stack([np.sin(angle), np.cos(angle)], axis=-1) * 0.9


def together(*parts: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def counts(probabilities: np.ndarray, direction: np.ndarray, share: float = 0.5) -> list[tuple[int, int]]:
    return [(stretch.movement, len(repetitions(stretch, share))) for stretch in stretches(probabilities, direction)]


@pytest.mark.parametrize("count", [1, 2, 5, 12])
@pytest.mark.parametrize("instants", [6, 14, 40])
def test_repetitions_are_counted_at_any_speed(count: int, instants: int) -> None:
    assert counts(*told(np.linspace(0, count, count * instants), 1)) == [(1, count)]


def test_a_labelled_repetition_without_the_way_back_is_one() -> None:
    assert counts(*told(np.linspace(0, 0.5, 10), 1)) == [(1, 1)]
    assert counts(*told(np.linspace(0.05, 0.45, 10), 1)) == [(1, 1)]


@pytest.mark.parametrize("reached", [0.1, 0.2, 0.35])
def test_half_a_repetition_is_none(reached: float) -> None:
    there = np.linspace(0, reached, 10)
    assert counts(*told(np.concatenate([there, there[::-1]]), 1)) == [(1, 0)]


def test_the_way_down_alone_is_none() -> None:
    assert counts(*told(np.linspace(0.55, 0.97, 10), 1)) == [(1, 0)]


def test_pauses_at_either_end_count_nothing() -> None:
    turn = np.concatenate([np.zeros(20), np.linspace(0, 0.5, 8), np.full(30, 0.5), np.linspace(0.5, 1.5, 16)])
    assert counts(*told(turn, 2)) == [(2, 2)]


def test_single_instants_that_say_something_else_change_nothing() -> None:
    probabilities, direction = told(np.linspace(0, 4, 60), 0, noise=0.05)
    for instant in (7, 20, 33, 44):
        probabilities[instant] = [0.04, 0.8, 0.1, 0.06]
        direction[instant] *= -1
    assert counts(probabilities, direction) == [(0, 4)]


def test_movements_one_after_the_other_with_something_between() -> None:
    parts = told(np.linspace(0, 2, 30), 0), told(np.zeros(20), MOVEMENTS), told(np.linspace(0, 3, 40), 2)
    assert counts(*together(*parts)) == [(0, 2), (2, 3)]


def test_where_nothing_is_a_movement_there_is_none() -> None:
    assert stretches(*told(np.zeros(30), MOVEMENTS)) == []
    assert stretches(*told(np.zeros(1), MOVEMENTS)) == []


def test_a_repetition_says_when_it_begins_and_ends() -> None:
    turn = np.concatenate([np.zeros(10), np.linspace(0, 0.5, 12), np.full(10, 0.5), np.linspace(0.5, 1, 12)])
    (stretch,) = stretches(*told(turn, 1))
    (one,) = repetitions(stretch, 0.5)
    assert 8 <= one.first <= 11
    assert 19 <= one.last <= 23


def test_a_rest_where_a_repetition_begins_is_not_a_part_of_it() -> None:
    turn = np.concatenate([np.linspace(0, 1, 24), np.full(60, 1.04), np.linspace(1.04, 1.5, 12)])
    first, second = repetitions(Stretch(0, 100, 100 + len(turn), turn), 0.5)
    assert (first.first, first.last) == (100, 112)
    assert abs(second.first - (100 + 24 + 60)) <= 1
    assert second.last == 100 + len(turn) - 1


def test_a_cycle_that_is_all_repetition_counts_at_its_end() -> None:
    assert counts(*told(np.linspace(0, 1, 20), 0), share=1.0) == [(0, 1)]
    assert counts(*told(np.linspace(0, 3, 60), 0), share=1.0) == [(0, 3)]
    assert counts(*told(np.linspace(0, 0.6, 20), 0), share=1.0) == [(0, 0)]
    assert counts(*told(np.linspace(0.5, 1.4, 20), 0), share=1.0) == [(0, 1)]
