from __future__ import annotations

import numpy as np
import pytest

from model.contract import NONE_LABEL
from model.pose.track import POINTS
from model.rendering.motion.skeleton import Proportions
from model.sequences.course import CYCLES
from model.sequences.scene import Stretch, joined, movement, other

HIPS = slice(6, 8)


@pytest.mark.parametrize("label", CYCLES)
@pytest.mark.parametrize("seed", range(5))
def test_a_stretch_is_a_body_that_moves_without_a_jump(label: str, seed: int) -> None:
    rng = np.random.default_rng((3, seed))
    stretch = movement(rng, label, Proportions.random(rng), 96)
    assert stretch.joints.shape == (96, len(POINTS), 3)
    assert np.isfinite(stretch.joints).all()
    hips = stretch.joints[:, HIPS].mean(axis=1)
    assert np.linalg.norm(np.diff(hips, axis=0), axis=-1).max() < 0.6
    thigh = np.linalg.norm(stretch.joints[:, 6] - stretch.joints[:, 8], axis=-1)
    assert thigh.max() - thigh.min() < 1e-6


@pytest.mark.parametrize("label", CYCLES)
def test_its_repetitions_go_from_their_begin_to_their_end(label: str) -> None:
    share = CYCLES[label].share
    spans = 0
    for seed in range(20):
        rng = np.random.default_rng((5, seed))
        stretch = movement(rng, label, Proportions.random(rng), 96)
        for first, after in stretch.spans:
            spans += 1
            assert 0 <= first < after <= 96
            number = np.floor(stretch.turn[first] + 0.05)
            assert stretch.turn[first] == pytest.approx(number, abs=0.03)
            assert number + share - 0.01 <= stretch.turn[after - 1] < number + share + 0.3
    assert spans > 20


def test_a_bar_facing_burpee_is_done_to_and_fro() -> None:
    for seed in range(40):
        rng = np.random.default_rng((9, seed))
        stretch = movement(rng, "bar-facing burpee", Proportions.random(rng), 96)
        numbers = np.floor(stretch.turn + 0.32)
        if numbers.max() >= 2:
            break
    places = [stretch.joints[numbers == number][:, HIPS].mean(axis=(0, 1))[:2] for number in (0, 1, 2)]
    assert np.linalg.norm(places[2] - places[0]) < 3.0


def test_one_thing_after_the_other_is_one_film() -> None:
    rng = np.random.default_rng(1)
    body = Proportions.random(rng)
    parts = [other(rng, body, 30), movement(rng, "deadlift", body, 40), other(rng, body, 26)]
    whole = joined(rng, parts)
    assert len(whole) == 96
    assert whole.label == "deadlift"
    assert all(30 <= first < after <= 70 for first, after in whole.spans)
    hips = whole.joints[:, HIPS].mean(axis=1)[:, :2]
    assert np.linalg.norm(np.diff(hips, axis=0), axis=-1).max() < 0.5
    assert joined(rng, [other(rng, body, 10)]).label == NONE_LABEL


def test_a_stretch_knows_its_length() -> None:
    assert len(Stretch(NONE_LABEL, np.zeros((4, 13, 3)), np.zeros(4))) == 4
