from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.video import sample_indices
from model.video.sampling import sample_frames


@given(total=st.integers(1, 100_000), n=st.integers(2, 256))
def test_indices_are_the_rounded_linspace_with_both_ends(total: int, n: int) -> None:
    indices = sample_indices(total, n)
    assert len(indices) == n
    assert (indices[0], indices[-1]) == (0, total - 1)
    exact = np.linspace(0, total - 1, n)
    assert np.abs(np.array(indices) - exact).max() <= 0.5 + 1e-6
    assert list(indices) == sorted(indices)


@pytest.mark.parametrize("total", [1, 2, 9, 10, 13, 19, 61, 71, 300])
def test_indices_of_ten_frames_equal_numpy(total: int) -> None:
    assert list(sample_indices(total, 10)) == np.linspace(0, total - 1, 10).round().astype(int).tolist()


def test_a_clip_shorter_than_the_sample_repeats_frames() -> None:
    assert sample_indices(3, 10) == (0, 0, 0, 1, 1, 1, 1, 2, 2, 2)


def test_one_index_is_the_middle_frame() -> None:
    assert sample_indices(7, 1) == (3,)


@pytest.mark.parametrize(("total", "n"), [(0, 10), (10, 0), (-1, 1)])
def test_counts_below_one_are_refused(total: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"total={total}, n={n}"):
        sample_indices(total, n)


@given(total=st.integers(2, 500), n=st.integers(1, 40), step=st.integers(8, 5000))
def test_at_a_constant_rate_times_and_numbers_choose_the_same(total: int, n: int, step: int) -> None:
    assert sample_frames(np.arange(total) * step + 77, n) == sample_indices(total, n)


def test_times_that_were_rounded_are_those_of_a_constant_rate() -> None:
    ticks = np.round(np.arange(100) * 1000 / 29.97).astype(np.int64)
    assert sample_frames(ticks, 10) == sample_indices(100, 10)


@pytest.mark.parametrize(("early", "chosen"), [(25, (0, 2, 5)), (26, (0, 3, 5))])
def test_a_frame_may_be_off_its_place_by_a_quarter_of_the_time_between_two(early: int, chosen: tuple[int, ...]) -> None:
    assert sample_indices(6, 3) == (0, 2, 5)
    assert sample_frames(np.array([0, 100, 200, 300 - early, 400, 500]), 3) == chosen


def test_where_frames_are_missing_those_nearest_in_time_are_taken() -> None:
    dense = np.concatenate([np.arange(0, 500, 10), np.arange(500, 1001, 50)])
    chosen = sample_frames(dense, 11)
    assert dense[list(chosen)].tolist() == list(range(0, 1001, 100))


def test_one_frame_of_an_uneven_clip_is_the_one_in_the_middle_of_its_time() -> None:
    assert sample_frames(np.array([0, 10, 20, 30, 100]), 1) == (3,)
    assert sample_frames(np.array([5, 15, 25, 95, 105]), 1) == (2,)


def test_of_two_frames_equally_near_the_even_one_is_taken() -> None:
    assert sample_frames(np.array([0, 40, 60, 61, 100]), 3) == (0, 2, 4)
    assert sample_frames(np.array([0, 10, 40, 60, 100]), 3) == (0, 2, 4)


def test_of_uneven_frames_the_first_and_last_are_taken() -> None:
    assert sample_frames(np.array([0, 1, 2, 1000]), 2) == (0, 3)


@pytest.mark.parametrize(("frames", "n"), [(0, 3), (3, 0)])
def test_without_frames_or_a_wish_there_is_nothing_to_choose(frames: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{frames} frames and n={n}"):
        sample_frames(np.arange(frames), n)
