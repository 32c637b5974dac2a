"""The entry of the function's second configuration: the steps of analysing a whole workout, one at a time.

    {"job": "...", "step": "begin"}                                         a short film; of a long one, its pieces
    {"job": "...", "step": "follow", "piece": 0, "start": 0, "end": 600}    the athlete through one of them
    {"job": "...", "step": "finish"}                                        the result, once all were followed

A state machine asks for them (`infra.constructs.workout_machine`), and for one again that failed through us. What they
know of each other is in the bucket of uploads (`model.answers.job`). A film that cannot be analysed is no failure: why
not is written where the result would be.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ConfigDict, Field

from classify.service import Service, clip_file, service
from classify.settings import Runtime
from classify.storage import Results, connect, write
from classify.telemetry import logger, metrics, record_error
from model.answers.error import ErrorAnswer
from model.answers.job import JOB_FORM, JobFiles, JobOrder, JobPlan
from model.answers.workout import FOLLOWING, NAMING, Progress, WorkoutAnswer
from model.defaults import WORKOUT_BYTES
from model.errors import InternalError, MovementsError, NotFound, TimedOut
from model.worker.pool import Workers

ATTEMPTS = 4
"""How often an object beside the upload is asked for."""

AT_ONCE = 4
"""Pieces that are followed at the same time: two hours take ten minutes, and one film does not use an account up."""

REPORT_SECONDS = 5.0
"""How often it is written how far a step is."""


class StepName(StrEnum):
    """What is to be done."""

    BEGIN = "begin"
    FOLLOW = "follow"
    FINISH = "finish"


class Step(BaseModel):
    """One step of a job.

    Attributes:
        job: its name.
        step: which.
        piece, start, end: of a film's piece that is to be followed, its number and its seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    job: str = Field(pattern=JOB_FORM)
    step: StepName
    piece: int = Field(0, ge=0)
    start: float = 0.0
    end: float = 0.0


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Do one step, and say what comes next; raises what is worth another attempt."""
    step = Step.model_validate(event)
    logger.append_keys(job=step.job, step=step.step.value)
    usable = context.get_remaining_time_in_millis() / 1e3 - service().settings.deadline_margin_seconds
    return analyst().take(step, deadline=time.monotonic() + usable)


class Analyst:
    """One per container.

    Args:
        service: the model's worker, and the uploads.
        results: what is known of jobs.
    """

    def __init__(self, service: Service, results: Results) -> None:
        self._service, self._results = service, results

    def take(self, step: Step, *, deadline: float) -> dict[str, Any]:
        """Do a step.

        Returns:
            `done`, whether nothing is left to do; otherwise the `job`, `pieces`, steps to take next, and `at_once`, how
            many of them at the same time.

        Raises:
            MovementsError: it failed through us, and may succeed another time.
        """
        files = JobFiles(step.job)
        order = self._results.read(files.order)
        if order is None or self._results.read(files.result) or self._results.read(files.error):
            return {"done": True}  # nobody wants it any more, or it was done before
        do = {StepName.BEGIN: self._begin, StepName.FOLLOW: self._follow, StepName.FINISH: self._finish}[step.step]
        try:
            return do(step, files, JobOrder.model_validate_json(order), deadline)
        except MovementsError as error:
            record_error(error)
            if error.status >= 500 and not isinstance(error, TimedOut):
                raise
            self._refuse(files, error)
            return {"done": True}
        except Exception as error:
            unforeseen = InternalError()
            unforeseen.__cause__ = error
            record_error(unforeseen)
            raise unforeseen from error

    def _begin(self, step: Step, files: JobFiles, order: JobOrder, deadline: float) -> dict[str, Any]:
        workers = self._service.workers()
        with self._film(files, deadline) as film:
            pieces = workers.pieces(film, deadline=deadline)
            self._write(files.plan, JobPlan(pieces=len(pieces)))
            if len(pieces) > 1:
                steps = [
                    Step(job=step.job, step=StepName.FOLLOW, piece=number, start=start, end=end)
                    for number, (start, end) in enumerate(pieces)
                ]
                # An athlete who was pointed out is handed on from piece to piece.
                at_once = AT_ONCE if order.athlete is None else 1
                next_steps = [one.model_dump(mode="json") for one in steps]
                return {"done": False, "job": step.job, "at_once": at_once, "pieces": next_steps}
            self._analyse(workers, film, files, order, deadline, None)
        return {"done": True}

    def _follow(self, step: Step, files: JobFiles, order: JobOrder, deadline: float) -> dict[str, Any]:
        workers = self._service.workers()
        with ExitStack() as stack:
            film = stack.enter_context(self._film(files, deadline))
            before = None
            if order.athlete is not None and step.piece > 0:
                before = stack.enter_context(self._followed(files, step.piece - 1))
            followed = workers.follow(
                film,
                (step.start, step.end),
                athlete=order.athlete,
                before=before,
                deadline=deadline,
                report=self._report(files.progress(step.piece)),
            )
        self._results.write(files.followed(step.piece), followed)
        return {"done": False}

    def _finish(self, step: Step, files: JobFiles, order: JobOrder, deadline: float) -> dict[str, Any]:
        plan = JobPlan.model_validate_json(self._results.read(files.plan) or b"")
        self._write(files.progress(0), Progress(stage=NAMING, share=0.0))
        self._write(files.plan, plan.model_copy(update={"naming": True}))
        with ExitStack() as stack:
            film = stack.enter_context(self._film(files, deadline))
            followed = [stack.enter_context(self._followed(files, piece)) for piece in range(plan.pieces)]
            self._analyse(self._service.workers(), film, files, order, deadline, followed)
        return {"done": True}

    def _analyse(
        self,
        workers: Workers,
        film: Path,
        files: JobFiles,
        order: JobOrder,
        deadline: float,
        followed: list[Path] | None,
    ) -> None:
        answer = workers.workout(
            film, athlete=order.athlete, followed=followed, deadline=deadline, report=self._report(files.progress(0))
        )
        if self._results.read(files.order) is None:
            return  # it was deleted meanwhile
        self._write(files.result, answer.model_copy(update={"file": None}))
        self._service.uploads().delete(files.film)
        self._results.delete(files.of_pieces(1 if followed is None else len(followed)))

    def _refuse(self, files: JobFiles, error: MovementsError) -> None:
        """Say why nothing comes out, to whoever still asks, and delete the film."""
        if self._results.read(files.order) is not None:
            self._write(files.error, ErrorAnswer.of(error))
        self._service.uploads().delete(files.film)

    @contextmanager
    def _film(self, files: JobFiles, deadline: float) -> Iterator[Path]:
        """The film as a file, for a while."""
        with clip_file() as file:
            self._service.uploads().download(files.film, file, max_bytes=WORKOUT_BYTES, deadline=deadline)
            yield Path(file.name)

    @contextmanager
    def _followed(self, files: JobFiles, piece: int) -> Iterator[Path]:
        """What a piece gave, as a file, for a while."""
        content = self._results.read(files.followed(piece))
        if content is None:
            raise NotFound("The workout was deleted while it was analysed.")
        with clip_file() as file:
            write(file, content)
            yield Path(file.name)

    def _report(self, key: str) -> Callable[[Progress], None]:
        """Writes how far a step is, now and then; where that fails, nothing is lost."""
        last = 0.0

        def told(progress: Progress) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last < REPORT_SECONDS and not (progress.stage == FOLLOWING and progress.share >= 1):
                return
            last = now
            try:
                self._write(key, progress)
            except MovementsError as error:
                logger.warning("progress cannot be written", reason=repr(error.__cause__))

        return told

    def _write(self, key: str, said: JobPlan | Progress | WorkoutAnswer | ErrorAnswer) -> None:
        self._results.write(key, said.model_dump_json(exclude_unset=True).encode())


@cache
def analyst() -> Analyst:
    """The container's."""
    return Analyst(service(), Results(service().settings.upload_bucket, connect(ATTEMPTS)))


if Runtime().is_lambda:
    service().warm()
