from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from model.answers.report import Report
from model.contract import MOVEMENTS, Contract, Crop
from model.evaluation.report import report_of_arrays
from model.evaluation.strips import CLIPS_OF_A_PAIR, strips_of
from tests.clips import plain_clip

CONTRACT = Contract(
    name="fake", version="1", architecture="fake", movements=MOVEMENTS[:3], frames=4, size=32, crop=Crop.NONE
)


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Path]:
    return {f"{i}.mp4": plain_clip(tmp_path / f"{i}.mp4", (20 * i, 200, 90)) for i in range(6)}


@pytest.fixture
def report() -> Report:
    """Five clips of the first output are taken for the second, the last for the third."""
    probabilities = np.array([[0.4 - i / 100, 0.6 + i / 100, 0] for i in range(5)] + [[0.3, 0.2, 0.5]])
    names = [f"{i}.mp4" for i in range(6)]
    return report_of_arrays(CONTRACT, probabilities, np.zeros(6, int), test_set="6 clips", names=names)


def test_the_surest_errors_of_every_pair_are_shown_in_the_size_of_the_network(
    report: Report, paths: dict[str, Path]
) -> None:
    strips = strips_of(report, paths, CONTRACT)
    assert list(strips) == [4, 5, 3, 2], "the first of every pair, then the second"
    assert len(strips) == CLIPS_OF_A_PAIR + 1
    for clip, jpegs in strips.items():
        frames = [cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) for jpeg in jpegs]
        assert [frame.shape for frame in frames] == [(32, 32, 3)] * 4
        assert frames[0].mean(axis=(0, 1))[::-1] == pytest.approx((20 * clip, 200, 90), abs=12)


def test_when_the_room_is_used_up_every_pair_has_been_shown_before_any_twice(
    report: Report, paths: dict[str, Path]
) -> None:
    one = sum(len(jpeg) for jpeg in strips_of(report, paths, CONTRACT)[4])
    assert list(strips_of(report, paths, CONTRACT, max_bytes=one + 1)) == [4, 5]
    assert strips_of(report, paths, CONTRACT, max_bytes=0) == {}
