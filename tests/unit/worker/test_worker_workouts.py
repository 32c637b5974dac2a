"""A whole workout in a worker: its answer, how far it is, and what happens when somebody ends the worker."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.answers.workout import Progress
from model.bundle import Bundle
from model.defaults import DEFAULT_BUNDLE
from model.errors import NotAVideo
from model.pose import weights
from model.pose.read import Followed
from model.worker.pool import Workers
from tests.films import square_that_moves
from tests.unit.worker.watching import only

pytestmark = pytest.mark.skipif(
    not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
    reason="the weights of BlazePose are absent: run `make pose`",
)


@pytest.fixture(scope="module")
def analysts() -> Iterator[Workers]:
    started = Workers(Bundle.load(DEFAULT_BUNDLE), threads=1)
    yield started
    started.close()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return square_that_moves(tmp_path_factory.mktemp("film"))


def test_a_workout_is_answered_and_says_how_far_it_is(analysts: Workers, film: Path) -> None:
    heard: list[Progress] = []
    answer = analysts.workout(film, deadline=time.monotonic() + 60, report=heard.append)
    assert answer.segments == () and answer.seconds == pytest.approx(20)
    shares = [one.share for one in heard]
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_a_workout_is_followed_in_pieces(analysts: Workers, film: Path, tmp_path: Path) -> None:
    later = time.monotonic() + 60
    pieces = analysts.pieces(film, deadline=later)
    assert pieces == ((0.0, pytest.approx(19.9)),)
    heard: list[Progress] = []
    stored = tmp_path / "piece"
    stored.write_bytes(analysts.follow(film, pieces[0], deadline=later, report=heard.append))
    assert len(Followed.from_bytes(stored.read_bytes()).seconds) > 100 and heard[-1].share == 1.0
    again = analysts.follow(film, pieces[0], athlete=(0.5, 0.5), before=stored, deadline=later)
    assert Followed.from_bytes(again).seconds == Followed.from_bytes(stored.read_bytes()).seconds
    assert analysts.workout(film, followed=[stored], deadline=later).segments == ()


def test_what_is_no_film_is_refused(analysts: Workers, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("text")
    with pytest.raises(NotAVideo):
        analysts.workout(tmp_path / "text.mp4", deadline=time.monotonic() + 60)


def test_a_film_whose_worker_is_killed_is_looked_at_again(analysts: Workers, film: Path) -> None:
    killed: list[int] = []

    def kill_once(progress: Progress) -> None:
        if not killed:
            killed.append(working)
            os.kill(working, signal.SIGKILL)

    working = only(analysts).pid
    answer = analysts.workout(film, deadline=time.monotonic() + 60, report=kill_once)
    assert answer.seconds == pytest.approx(20) and only(analysts).pid != working
