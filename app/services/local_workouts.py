"""Workouts on this machine: films wait in a queue, one process looks at them, results are kept for a while."""

from __future__ import annotations

import contextlib
import logging
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread

from app.services.local_uploads import LocalUploadStore
from model.answers.error import ErrorDetail
from model.answers.upload import UploadTicket
from model.answers.workout import JobAnswer, JobState, Progress, WorkoutAnswer, seconds_left
from model.bundle import Bundle
from model.defaults import EngineName
from model.errors import InternalError, ModelUnavailable, MovementsError, NotFound
from model.worker.pool import Workers

FORM_PATH = "/uploads/workouts"
"""Where browsers post a film."""

MAX_WAITING = 16
"""Films that may wait for their turn."""

MAX_WAITING_FILMS = 4
"""Films of the largest size for which there may be room on this machine together."""

MAX_KEPT = 256
"""Results that are kept; of more, the oldest are deleted before their time."""

DEADLINE_SECONDS = 4 * 3600.0
"""How long an analysis may take: two hours of film on a slow machine."""

logger = logging.getLogger(__name__)


@dataclass
class _Job:
    """An analysis.

    Attributes:
        id: names it.
        key: of the upload.
        athlete: where somebody pointed the athlete out.
        state: what it is doing.
        begun: instant of `time.monotonic()` at which work on it began.
        progress: how far it is.
        expires: second since 1970 at which it is forgotten.
        workout, error: what came out.
        dropped: somebody deleted it.
    """

    id: str
    key: str
    athlete: tuple[float, float] | None = None
    state: JobState = JobState.WAITING
    begun: float = 0.0
    progress: Progress | None = None
    expires: float | None = None
    workout: WorkoutAnswer | None = None
    error: MovementsError | None = None
    dropped: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in (JobState.DONE, JobState.FAILED)


class LocalWorkouts:
    """A queue of films with one worker process, started with the first film.

    Args:
        uploads: where the films are; a store of its own, for they are larger than clips and wait longer.
        bundle: directory of the model.
        engine: what runs the graph.
        threads: of the engine.
        hours: for how long results are kept.
    """

    def __init__(
        self, uploads: LocalUploadStore, bundle: Path, *, engine: EngineName, threads: int, hours: float = 24.0
    ) -> None:
        self._uploads = uploads
        self._bundle, self._engine, self._threads = bundle, engine, threads
        self._seconds = hours * 3600
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._changed = Condition()
        self._workers: Workers | None = None
        self._thread: Thread | None = None
        self._closed = False

    @property
    def max_bytes(self) -> int:
        """The largest film that is taken."""
        return self._uploads.max_bytes

    def ticket(self) -> UploadTicket:
        """Permission to upload one film."""
        return self._uploads.ticket(self._uploads.max_bytes)

    def put(self, film: Path) -> str:
        """Take over a film that this server received itself; its key."""
        return self._uploads.put(film)

    def submit(self, key: str, *, athlete: tuple[float, float] | None = None) -> JobAnswer:
        """Have an uploaded film analysed, perhaps with the athlete pointed out in its first picture.

        Raises:
            BadRequest: this is no key.
            NotFound: there is no film under it.
            ModelUnavailable: too many films are waiting.
        """
        self._uploads.path(key)
        with self._changed:
            if sum(not job.over for job in self._jobs.values()) >= MAX_WAITING:
                self._uploads.discard(key)
                raise ModelUnavailable("Too many films are waiting.", hint="Send the film again later.")
            job = _Job(uuid.uuid4().hex, key, athlete)
            self._jobs[job.id] = job
            self._forget()
            if self._thread is None:
                self._thread = Thread(target=self._work, name="workouts", daemon=True)
                self._thread.start()
            self._changed.notify()
            return self._told(job)

    def job(self, name: str) -> JobAnswer:
        """What has become of a job; raises `NotFound` for one that is not known, or was deleted."""
        with self._changed:
            self._forget()
            return self._told(self._known(name))

    def delete(self, name: str) -> None:
        """Forget a job, its film and its result; one that is worked on is given up. Raises as `job` does."""
        with self._changed:
            job = self._jobs.pop(self._known(name).id)
            job.dropped = True
            workers = self._workers if job.state is JobState.WORKING else None
        self._uploads.discard(job.key)
        if workers is not None:
            workers.close()

    def close(self) -> None:
        """Give up everything."""
        with self._changed:
            self._closed = True
            workers, self._workers = self._workers, None
            self._changed.notify()
        if workers is not None:
            workers.close()
        self._uploads.close()

    def _known(self, name: str) -> _Job:
        if name not in self._jobs:
            raise NotFound(
                "There is no such workout.", hint="Results are deleted after a day, and when the server starts anew."
            )
        return self._jobs[name]

    def _told(self, job: _Job) -> JobAnswer:
        waiting = [one.id for one in self._jobs.values() if not one.over]
        progress = job.progress if job.state is JobState.WORKING else None
        return JobAnswer(
            id=job.id,
            state=job.state,
            before=waiting.index(job.id) if job.state is JobState.WAITING else 0,
            progress=progress,
            seconds_left=seconds_left(time.monotonic() - job.begun, progress),
            expires=job.expires,
            workout=job.workout,
            error=None if job.error is None else ErrorDetail.of(job.error),
        )

    def _forget(self) -> None:
        """Drop results whose time is over, and the oldest where there are too many."""
        now = time.time()
        over = [name for name, job in self._jobs.items() if job.over]
        many = max(0, len(over) - MAX_KEPT)
        for place, name in enumerate(over):
            if place < many or (self._jobs[name].expires or now) < now:
                del self._jobs[name]

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                workout = self._analysed(job)
                self._end(job, workout=workout)
            except MovementsError as error:
                self._end(job, error=error)
            except Exception:
                logger.exception("a workout could not be analysed")
                self._end(job, error=InternalError())

    def _next(self) -> _Job | None:
        """The job that has waited longest, as soon as there is one; None if this is closed."""
        with self._changed:
            while True:
                if self._closed:
                    return None
                job = next((one for one in self._jobs.values() if one.state is JobState.WAITING), None)
                if job is not None:
                    job.state, job.begun = JobState.WORKING, time.monotonic()
                    return job
                self._changed.wait()

    def _analysed(self, job: _Job) -> WorkoutAnswer:
        workers = self._ready()

        def report(progress: Progress) -> None:
            job.progress = progress

        path = self._uploads.path(job.key)
        deadline = time.monotonic() + DEADLINE_SECONDS
        return workers.workout(path, athlete=job.athlete, deadline=deadline, report=report)

    def _ready(self) -> Workers:
        with self._changed:
            if self._workers is not None:
                return self._workers
        try:
            workers = Workers(Bundle.load(self._bundle), engine=self._engine, threads=self._threads)
        except Exception as error:  # whatever the reason, it names files of this machine: for the log only
            logger.exception("the model cannot be loaded")
            raise ModelUnavailable() from error
        with self._changed:
            self._workers = workers
        return workers

    def _end(self, job: _Job, *, workout: WorkoutAnswer | None = None, error: MovementsError | None = None) -> None:
        """Note what came out, and delete the film."""
        with self._changed:
            if job.dropped:  # its worker was ended with it
                self._workers = None
            job.workout = None if workout is None else workout.model_copy(update={"file": None})
            job.error = error
            job.state = JobState.FAILED if workout is None else JobState.DONE
            job.expires = round(time.time() + self._seconds)
        with contextlib.suppress(MovementsError):
            self._uploads.discard(job.key)
