"""The queue of films, with workers that a test holds in its hands."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from app.scratch import Scratch
from app.services import local_workouts
from app.services.local_uploads import LocalUploadStore
from app.services.local_workouts import LocalWorkouts
from model.answers.workout import JobAnswer, JobState, Progress, WorkoutAnswer
from model.defaults import EngineName
from model.errors import CorruptVideo, ModelUnavailable, NotFound
from tests.unit.workout.conftest import made_workout


class Held:
    """Stands for `Workers`: answers when it is let go, or as it is told."""

    def __init__(self) -> None:
        self.go, self.closed = Event(), False
        self.error: Exception | None = None
        self.seen: list[bytes] = []

    def workout(
        self, path: Path, *, athlete: tuple[float, float] | None, deadline: float, report: Callable[[Progress], None]
    ) -> WorkoutAnswer:
        assert deadline > time.monotonic()
        self.seen.append(path.read_bytes())
        report(Progress(stage="following", share=0.5))
        assert self.go.wait(10)
        if self.closed:
            raise ModelUnavailable
        if self.error is not None:
            raise self.error
        return made_workout().model_copy(update={"file": str(path)})

    def close(self) -> None:
        self.closed = True
        self.go.set()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[Held]:
    """The workers that were started."""
    started: list[Held] = []

    def start(bundle: Any, **options: Any) -> Held:
        started.append(Held())
        return started[-1]

    monkeypatch.setattr(local_workouts, "Workers", start)
    return started


@pytest.fixture
def workouts(tiny_bundle: Path) -> Iterator[LocalWorkouts]:
    scratch = Scratch()
    uploads = LocalUploadStore(scratch, max_bytes=2**20, minutes=1)
    made = LocalWorkouts(uploads, tiny_bundle, engine=EngineName.AUTO, threads=1, hours=1)
    yield made
    made.close()
    scratch.close()


def film(workouts: LocalWorkouts, tmp_path: Path, content: bytes = b"film") -> str:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    return workouts.put(path)


def until(workouts: LocalWorkouts, name: str, state: JobState) -> JobAnswer:
    for _ in range(500):
        job = workouts.job(name)
        if job.state is state and (state is not JobState.WORKING or job.progress):
            return job
        time.sleep(0.01)
    raise AssertionError(f"the job is {job}")


def test_films_are_analysed_one_after_the_other(workouts: LocalWorkouts, tmp_path: Path, held: list[Held]) -> None:
    first, second = (workouts.submit(film(workouts, tmp_path, name)) for name in (b"one", b"two"))
    working = until(workouts, first.id, JobState.WORKING)
    assert working.progress == Progress(stage="following", share=0.5)
    assert working.seconds_left is not None and working.seconds_left >= 0
    assert workouts.job(second.id).before == 1
    held[0].go.set()
    done = until(workouts, first.id, JobState.DONE)
    assert done.workout == made_workout() and done.expires is not None and done.expires > time.time() + 3000
    assert until(workouts, second.id, JobState.DONE).error is None
    assert held[0].seen == [b"one", b"two"] and len(held) == 1


def test_a_film_is_deleted_with_its_answer(workouts: LocalWorkouts, tmp_path: Path, held: list[Held]) -> None:
    key = film(workouts, tmp_path)
    job = workouts.submit(key)
    until(workouts, job.id, JobState.WORKING)
    held[0].error = CorruptVideo()
    held[0].go.set()
    failed = until(workouts, job.id, JobState.FAILED)
    assert failed.error is not None and failed.error.code == "corrupt_video"
    with pytest.raises(NotFound):
        workouts.submit(key)


def test_a_defect_is_said_without_its_details(workouts: LocalWorkouts, tmp_path: Path, held: list[Held]) -> None:
    job = workouts.submit(film(workouts, tmp_path))
    until(workouts, job.id, JobState.WORKING)
    held[0].error = RuntimeError("/a/secret/path")
    held[0].go.set()
    error = until(workouts, job.id, JobState.FAILED).error
    assert error is not None and error.code == "internal" and "secret" not in error.message


def test_a_job_that_is_deleted_is_given_up_and_the_next_goes_on(
    workouts: LocalWorkouts, tmp_path: Path, held: list[Held]
) -> None:
    first, second = (workouts.submit(film(workouts, tmp_path)) for _ in range(2))
    until(workouts, first.id, JobState.WORKING)
    workouts.delete(first.id)
    with pytest.raises(NotFound):
        workouts.job(first.id)
    until(workouts, second.id, JobState.WORKING)
    assert held[0].closed and len(held) == 2
    held[1].go.set()
    until(workouts, second.id, JobState.DONE)


def test_too_many_films_are_refused(
    workouts: LocalWorkouts, tmp_path: Path, held: list[Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_workouts, "MAX_WAITING", 1)
    workouts.submit(film(workouts, tmp_path))
    with pytest.raises(ModelUnavailable, match="Too many films"):
        workouts.submit(film(workouts, tmp_path))


def test_results_are_forgotten_after_their_time(
    workouts: LocalWorkouts, tmp_path: Path, held: list[Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = workouts.submit(film(workouts, tmp_path))
    until(workouts, job.id, JobState.WORKING)
    held[0].go.set()
    until(workouts, job.id, JobState.DONE)
    now = time.time()
    monkeypatch.setattr(local_workouts.time, "time", lambda: now + 3700)
    with pytest.raises(NotFound, match="no such workout"):
        workouts.job(job.id)


def test_a_model_that_cannot_be_loaded_is_said(tmp_path: Path, tiny_bundle: Path, workouts: LocalWorkouts) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tiny_bundle, broken)
    (broken / "MANIFEST.json").unlink()
    scratch = Scratch()
    other = LocalWorkouts(
        LocalUploadStore(scratch, max_bytes=2**20, minutes=1), broken, engine=EngineName.AUTO, threads=1
    )
    job = other.submit(film(other, tmp_path))
    error = until(other, job.id, JobState.FAILED).error
    assert error is not None and error.code == "model_unavailable"
    other.close()
    scratch.close()
