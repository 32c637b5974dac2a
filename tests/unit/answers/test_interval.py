from __future__ import annotations

import pytest

from model.answers.interval import interval_of, interval_of_few


@pytest.mark.parametrize(
    ("hits", "clips", "low", "high"),
    # Of Newcombe 1998, Statistics in Medicine 17, table I, method 3; and by hand for all of ten.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (10, 10, 0.7225, 1.0),
    ],
)
def test_the_interval_is_wilsons(hits: int, clips: int, low: float, high: float) -> None:
    assert interval_of(hits / clips, clips) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_no_clips_has_no_interval() -> None:
    with pytest.raises(ValueError, match="got 0"):
        interval_of(0.5, 0)


def test_few_are_fewer_than_a_hundred() -> None:
    assert interval_of_few(0.5, 99) is not None
    assert interval_of_few(0.5, 100) is None
    assert interval_of_few(0.5, 0) is None
    assert interval_of_few(None, 5) is None


def test_one_clip_has_an_interval() -> None:
    assert interval_of(1.0, 1) == pytest.approx((0.2065, 1.0), abs=5e-5)
    assert interval_of_few(1.0, 1) == interval_of(1.0, 1)
