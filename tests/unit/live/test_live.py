from __future__ import annotations

import itertools
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from model.cli.commands import app
from model.contract import MOVEMENTS, Contract
from model.defaults import DEFAULT_BUNDLE
from model.errors import NotAVideo, NotFound
from model.live.counter import Counted, LiveCounter
from model.live.source import LARGEST, frames
from model.pose import weights
from model.predict import Predictor
from model.rendering.mp4 import write_mp4

EXAMPLES = Path(__file__).parents[3] / "app" / "assets" / "examples"

needs_weights = pytest.mark.skipif(
    not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
    reason="the weights of BlazePose are absent: run `make pose`",
)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Two seconds, sixteen frames a second, in each its number as a grey level."""
    pictures = np.repeat(np.arange(0, 192, 6, dtype=np.uint8)[:, None, None, None], 64, axis=1)
    write_mp4(tmp_path / "film.mp4", np.broadcast_to(pictures, (32, 64, 48, 3)).copy(), fps=16)
    return tmp_path / "film.mp4"


CONTRACT = Contract(name="live", version="1", architecture="none", movements=MOVEMENTS)


def numbers(film: Path, rate: float) -> list[int]:
    return [round(float(frame.mean()) / 6) for _, frame in frames(str(film), CONTRACT, rate=rate, wait=False)]


def test_a_film_gives_as_many_frames_a_second_as_are_wanted(film: Path) -> None:
    assert numbers(film, 20) == list(range(32))
    assert 14 <= len(numbers(film, 8)) <= 17
    seconds = [second for second, _ in frames(str(film), CONTRACT, rate=8, wait=False)]
    assert np.diff(seconds) == pytest.approx(1 / 8, abs=1 / 16 + 1e-6)


def test_a_film_lasts_as_long_as_it_lasts_and_what_comes_too_late_is_left_out(film: Path) -> None:
    begun = time.monotonic()
    seen = []
    for second, _ in frames(str(film), CONTRACT, rate=16):
        seen.append(second)
        if len(seen) == 3:
            time.sleep(0.6)
    assert time.monotonic() - begun >= 1.9
    assert max(after - before for before, after in itertools.pairwise(seen)) > 0.4


def test_what_is_no_film_or_no_camera_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        frames(str(tmp_path / "nothing.mp4"), CONTRACT, rate=10)
    (tmp_path / "text.mp4").write_text("text")
    with pytest.raises(NotAVideo):
        frames(str(tmp_path / "text.mp4"), CONTRACT, rate=10)
    with pytest.raises(NotFound, match="no camera 97"):
        next(frames("97", CONTRACT, rate=10))


def test_of_a_camera_the_newest_frame_counts_and_large_ones_are_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    class Camera:
        """Gives a frame every ten milliseconds, twelve in all, the sixth damaged."""

        def __init__(self, number: int) -> None:
            self.grabbed, self.released = 0, False

        def isOpened(self) -> bool:
            return True

        def grab(self) -> bool:
            time.sleep(0.01)
            self.grabbed += 1
            return self.grabbed <= 12

        def retrieve(self) -> tuple[bool, np.ndarray]:
            return self.grabbed != 6, np.full((96, 1920, 3), (10, 20, self.grabbed), np.uint8)

        def release(self) -> None:
            self.released = True

    made: list[Camera] = []
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: made.append(Camera(number)) or made[-1])
    found = list(frames("0", CONTRACT, rate=1000))
    assert [int(frame[0, 0, 0]) for _, frame in found] == [1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12]
    assert {frame.shape for _, frame in found} == {(48, LARGEST, 3)} and found[0][1][0, 0].tolist() == [1, 20, 10]
    assert 3 <= len(list(frames("0", CONTRACT, rate=40))) <= 7
    assert all(camera.released for camera in made)


@needs_weights
def test_a_set_is_counted_while_it_is_done() -> None:
    predictor = Predictor.load(DEFAULT_BUNDLE, threads=2)
    assert predictor.watcher is not None and predictor.contract.body is not None
    counter = LiveCounter(predictor.watcher, predictor.contract.body)
    pictures = [frame for _, frame in frames(str(EXAMPLES / "thruster.mp4"), CONTRACT, rate=12, wait=False)]
    told: list[tuple[float, Counted]] = []
    for number, frame in enumerate([*pictures * 3, *[pictures[-1]] * 24]):
        told += [(number / 12, counted) for counted in counter.see(frame, number / 12)]
    thruster = [movement.label for movement in predictor.contract.movements].index("thruster")
    assert [(counted.movement, counted.number) for _, counted in told] == [(thruster, 1), (thruster, 2), (thruster, 3)]
    assert all(0.2 < second - counted.span.end < 1.6 for second, counted in told), "soon, and once"
    assert all(one.span.end <= other.span.start + 0.2 for (_, one), (_, other) in itertools.pairwise(told))


@needs_weights
def test_on_the_command_line_every_repetition_is_a_line_and_the_end_a_total(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["live", str(EXAMPLES / "deadlift.mp4"), "--no-wait"])
    assert run.exit_code == 0, run.output
    *lines, total = run.output.strip().splitlines()
    assert len(lines) <= 1 and "frames:" in total
    refused = CliRunner().invoke(app, ["live", str(tmp_path / "nothing.mp4")])
    assert refused.exit_code == 1 and "There is no file" in refused.output.replace("\n", " ")
