from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from model.bundle import Bundle
from model.contract import Contract
from model.depth.network import Depth
from model.depth.view import SIZE, View
from model.pose.body import INDEX, NAMES, Body
from model.pose.read import Followed
from model.rendering.mp4 import write_mp4
from model.video import ClipReader
from model.workout.depth import FRAMES, DepthSight

RATE = 10
WIDTH, HEIGHT = 160, 120


class Told:
    """A network that says what it is told to, and keeps what it was shown."""

    def __init__(self, *values: float) -> None:
        self.values, self.shown = values, []  # type: ignore[var-annotated]

    def read(self, views: Sequence[View]) -> list[Depth]:
        self.shown = list(views)
        return [Depth(value, 0.05) for value in self.values[: len(views)]]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds that grow brighter, a red square where the body is."""
    frames = np.zeros((2 * RATE, HEIGHT, WIDTH, 3), np.uint8)
    frames += (10 * np.arange(2 * RATE, dtype=np.uint8))[:, None, None, None]
    frames[:, 50:70, 70:90] = (200, 20, 20)
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_mp4(path, frames, fps=RATE, crf=10)
    return path


def at(hips: float) -> Body:
    """Somebody whose hips are at some height, in the middle of the red square."""
    points = np.full((len(NAMES), 2), 80.0, np.float32)
    for joint, height in (("shoulder", hips - 15), ("hip", hips), ("knee", 60.0), ("ankle", 75.0)):
        points[INDEX[f"left_{joint}"], 1] = points[INDEX[f"right_{joint}"], 1] = height
    ones = np.ones(len(NAMES), np.float32)
    return Body(points, 0 * ones, ones, 1.0, np.zeros((len(NAMES), 3), np.float32))


def sight(network: Told, film: Path, contract: Contract) -> DepthSight:
    """Somebody who is lowest after a second; nobody is followed in the last half second."""
    seconds = tuple(number / RATE for number in range(2 * RATE))
    bodies = tuple(at(60 - 20 * abs(second - 1.0)) if second < 1.5 else None for second in seconds)
    followed = Followed(bodies, seconds, (), (WIDTH, HEIGHT))
    return DepthSight(network, 3.0, ClipReader(film, contract), followed)  # type: ignore[arg-type]


@pytest.fixture
def contract(tiny_bundle: Path) -> Contract:
    return Bundle.load(tiny_bundle).contract


def test_the_frames_about_the_lowest_instant_are_read(film: Path, contract: Contract) -> None:
    network = Told(0.2, -0.3, -0.1, 0.1, 0.4)
    found = sight(network, film, contract).lowest(0.4, 1.6)
    assert found is not None
    # Of five frames from .8 to 1.2 s, the second deepest counts: the one at 1.0 s.
    assert (found.value, found.moment) == (-0.1, pytest.approx(1.0))
    assert found.error == found.margin == pytest.approx(0.15)
    assert len(network.shown) == FRAMES
    for view in network.shown:
        red, green, blue = view.picture[SIZE // 2, SIZE // 2].tolist()
        assert red > 150 > 60 > max(green, blue)
    brightness = [float(view.picture[2, 2].mean()) for view in network.shown]
    assert brightness == pytest.approx([80, 90, 100, 110, 120], abs=4)


def test_only_what_is_between_two_seconds_is_looked_at(film: Path, contract: Contract) -> None:
    network = Told(0.2, 0.3)
    found = sight(network, film, contract).lowest(0.0, 0.1)
    assert found is not None and found.value == 0.3 and len(network.shown) == 2
    alone = sight(Told(0.25), film, contract).lowest(0.3, 0.3)
    assert alone is not None and alone.value == 0.25


def test_where_nobody_is_followed_nothing_is_read(film: Path, contract: Contract) -> None:
    assert sight(Told(), film, contract).lowest(1.6, 1.9) is None


def test_a_bundle_without_the_network_reads_nothing(film: Path, tiny_bundle: Path, contract: Contract) -> None:
    bundle = Bundle.load(tiny_bundle)
    assert bundle.depth_path is None
    assert DepthSight.of(bundle, ClipReader(film, contract), Followed((), (), ())) is None
