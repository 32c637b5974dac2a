from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.video import sample_indices


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
