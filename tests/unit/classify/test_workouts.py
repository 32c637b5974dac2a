"""The steps of analysing a workout, one by one: what is read, what is written, what is worth another attempt."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from classify import workouts as module
from classify.service import Service
from classify.settings import Settings
from classify.storage import Results
from classify.workouts import Analyst, Step, handler
from model.answers.job import JobFiles, JobOrder, JobPlan
from model.answers.workout import FOLLOWING, NAMING, Progress, WorkoutAnswer
from model.errors import CorruptVideo, ModelUnavailable, MovementsError, NotFound, StoreUnavailable, TimedOut
from tests.integration.test_handler import Context
from tests.unit.workout.conftest import made_workout

JOB = "0123456789abcdef" * 2
FILES = JobFiles(JOB)


class FakeResults(Results):
    """Objects in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.written: list[str] = []
        self.broken = False

    def read(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def write(self, key: str, content: bytes) -> None:
        if self.broken and "progress" in key:
            raise StoreUnavailable()
        self.objects[key] = content
        self.written.append(key)

    def delete(self, keys: Any) -> None:
        for key in keys:
            self.objects.pop(key, None)


class FakeUploads:
    """A bucket of uploads with every film in it."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    def download(self, key: str, target: Any, *, max_bytes: int, deadline: float) -> None:
        target.write(b"film")

    def delete(self, key: str) -> None:
        self.deleted.append(key)


class FakeWorkers:
    """Say what they are told to say, and remember what they were asked."""

    def __init__(self) -> None:
        self.cut: tuple[tuple[float, float], ...] = ((0.0, 20.0),)
        self.error: Exception | None = None
        self.asked: list[dict[str, Any]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def pieces(self, path: Path, *, deadline: float) -> tuple[tuple[float, float], ...]:
        if self.error is not None:
            raise self.error
        return self.cut

    def follow(self, path: Path, piece: tuple[float, float], **more: Any) -> bytes:
        before = more["before"]
        self.asked.append({"piece": piece, "before": None if before is None else before.read_bytes()})
        for share in (0.1, 0.2, 1.0):
            more["report"](Progress(stage=FOLLOWING, share=share))
        return b"followed"

    def workout(self, path: Path, **more: Any) -> WorkoutAnswer:
        if self.error is not None:
            raise self.error
        followed = more["followed"]
        self.asked.append({"followed": None if followed is None else [one.read_bytes() for one in followed]})
        more["report"](Progress(stage=NAMING, share=0.5))
        self.meanwhile()
        return made_workout().model_copy(update={"file": "/tmp/secret"})


@pytest.fixture
def results() -> FakeResults:
    made = FakeResults()
    made.write(FILES.order, JobOrder(begun=1.0).model_dump_json().encode())
    return made


@pytest.fixture
def workers() -> FakeWorkers:
    return FakeWorkers()


@pytest.fixture
def uploads() -> FakeUploads:
    return FakeUploads()


@pytest.fixture
def analyst(
    results: FakeResults,
    workers: FakeWorkers,
    uploads: FakeUploads,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Analyst:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    service = Service(Settings(upload_bucket="uploads", bundle="/bundle"))
    monkeypatch.setattr(service, "workers", lambda: workers)
    monkeypatch.setattr(service, "uploads", lambda: uploads)
    return Analyst(service, results)


def take(analyst: Analyst, step: str = "begin", **more: Any) -> dict[str, Any]:
    return analyst.take(Step.model_validate({"job": JOB, "step": step, **more}), deadline=time.monotonic() + 60)


def test_a_short_film_is_done_at_once(
    analyst: Analyst, results: FakeResults, workers: FakeWorkers, uploads: FakeUploads, tmp_path: Path
) -> None:
    assert take(analyst) == {"done": True}
    assert json.loads(results.objects[FILES.result])["segments"] and workers.asked == [{"followed": None}]
    assert b"secret" not in results.objects[FILES.result]
    assert results.objects.keys() == {FILES.order, FILES.plan, FILES.result}
    assert uploads.deleted == [FILES.film] and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("athlete", "at_once"), [(None, module.AT_ONCE), ((0.2, 0.5), 1)])
def test_a_long_film_is_followed_in_pieces_one_after_the_other_where_an_athlete_is_handed_on(
    athlete: tuple[float, float] | None,
    at_once: int,
    analyst: Analyst,
    results: FakeResults,
    workers: FakeWorkers,
) -> None:
    results.write(FILES.order, JobOrder(begun=1.0, athlete=athlete).model_dump_json(exclude_unset=True).encode())
    workers.cut = ((0.0, 600.0), (600.0, 900.0))
    said = take(analyst)
    assert (said["done"], said["at_once"], said["job"]) == (False, at_once, JOB)
    for step in said["pieces"]:
        assert take(analyst, **step) == {"done": False}
    assert [asked["piece"] for asked in workers.asked] == list(workers.cut)
    assert [asked["before"] for asked in workers.asked] == [None, None if athlete is None else b"followed"]
    assert take(analyst, "finish") == {"done": True}
    assert workers.asked[-1] == {"followed": [b"followed", b"followed"]}
    assert results.objects.keys() == {FILES.order, FILES.plan, FILES.result}


def test_what_nobody_wants_or_was_done_before_is_not_done(
    analyst: Analyst, results: FakeResults, workers: FakeWorkers
) -> None:
    results.objects[FILES.result] = b"{}"
    assert take(analyst) == {"done": True}
    del results.objects[FILES.result], results.objects[FILES.order]
    assert take(analyst, "finish") == {"done": True}
    assert workers.asked == []


def test_what_is_deleted_while_it_is_analysed_leaves_no_result(
    analyst: Analyst, results: FakeResults, workers: FakeWorkers
) -> None:
    workers.meanwhile = lambda: results.delete([FILES.order])
    assert take(analyst) == {"done": True}
    assert FILES.result not in results.objects


def test_what_is_deleted_while_it_is_analysed_leaves_no_reason_either(
    analyst: Analyst, results: FakeResults, workers: FakeWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(path: Path, *, deadline: float) -> Any:
        results.delete([FILES.order])
        raise NotFound

    monkeypatch.setattr(workers, "pieces", gone)
    assert take(analyst) == {"done": True}
    assert results.objects == {}


@pytest.mark.parametrize("error", [CorruptVideo(), NotFound(), TimedOut()])
def test_a_film_that_cannot_be_analysed_is_told_and_deleted(
    error: MovementsError, analyst: Analyst, results: FakeResults, workers: FakeWorkers, uploads: FakeUploads
) -> None:
    workers.error = error
    assert take(analyst) == {"done": True}
    assert json.loads(results.objects[FILES.error])["error"]["code"] == error.code
    assert uploads.deleted == [FILES.film]
    assert take(analyst, "finish") == {"done": True}


@pytest.mark.parametrize("error", [ModelUnavailable(), RuntimeError("a defect")])
def test_what_failed_through_us_is_raised_and_the_film_stays(
    error: Exception, analyst: Analyst, results: FakeResults, workers: FakeWorkers, uploads: FakeUploads
) -> None:
    workers.error = error
    with pytest.raises(MovementsError):
        take(analyst)
    assert FILES.error not in results.objects and uploads.deleted == []


def test_progress_is_written_now_and_then_and_its_loss_is_none(
    analyst: Analyst, results: FakeResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(analyst, "follow", piece=3, end=1.0)
    assert results.written.count(FILES.progress(3)) == 2  # the first and the last of three
    assert json.loads(results.objects[FILES.progress(3)])["share"] == 1.0
    results.broken = True
    assert take(analyst, "follow", piece=4, end=1.0) == {"done": False}
    assert FILES.followed(4) in results.objects


def test_a_piece_that_was_deleted_ends_the_job(analyst: Analyst, results: FakeResults) -> None:
    results.write(FILES.plan, JobPlan(pieces=2).model_dump_json().encode())
    assert take(analyst, "finish") == {"done": True}
    assert json.loads(results.objects[FILES.error])["error"]["code"] == "not_found"


def test_the_entry_gives_a_step_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[Step, float]] = []

    class Told:
        def take(self, step: Step, *, deadline: float) -> dict[str, Any]:
            taken.append((step, deadline - time.monotonic()))
            return {"done": True}

    monkeypatch.setattr(module, "analyst", Told)
    monkeypatch.setattr(module, "service", lambda: Service(Settings(upload_bucket="uploads", bundle="/bundle")))
    context: Any = Context(remaining_ms=900_000)
    assert handler({"job": JOB, "step": "begin"}, context) == {"done": True}
    assert taken[0][0].job == JOB and taken[0][1] == pytest.approx(899, abs=0.5)
    for wrong in ({"job": "../../x", "step": "begin"}, {"job": JOB, "step": "dance"}, {"job": JOB}):
        with pytest.raises(ValidationError):
            handler(wrong, context)


def test_progress_of_pieces_is_their_mean_until_all_were_followed() -> None:
    half, whole = Progress(stage=FOLLOWING, share=0.5), Progress(stage=FOLLOWING, share=1.0)
    assert JobPlan(pieces=4).progress([whole, half, None, None]) == Progress(stage=FOLLOWING, share=0.375)
    naming = Progress(stage=NAMING, share=0.25)
    assert JobPlan(pieces=4, naming=True).progress([naming, whole, whole, whole]) == naming
    assert JobPlan(pieces=1).progress([None]) == Progress(stage=FOLLOWING, share=0.0)


def test_a_key_of_something_else_has_no_job() -> None:
    assert JobFiles.of_upload(f"uploads/{JOB}.mp4") == FILES
    with pytest.raises(ValueError, match="not the key of an upload"):
        JobFiles.of_upload("uploads/../secret.mp4")
