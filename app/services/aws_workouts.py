"""Workouts in AWS: a state machine has the function analyse them, and the bucket of uploads holds what comes out."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ValidationError

from app.services.aws import S3UploadStore
from app.services.uploads import checked_key
from model.answers.error import ErrorAnswer, ErrorDetail
from model.answers.job import JobFiles, JobOrder, JobPlan
from model.answers.upload import UploadTicket
from model.answers.workout import JobAnswer, JobState, Progress, WorkoutAnswer, seconds_left
from model.errors import InternalError, ModelUnavailable, NotFound, StoreUnavailable, TimedOut

POST_BYTES = 5 * 10**9
"""The largest file that S3 takes in one POST (Amazon S3 user guide, "Uploading objects": 5 GB)."""

_GONE = frozenset({"403", "404", "AccessDenied", "NoSuchKey", "NotFound"})
"""Without permission to list a bucket, S3 answers 403 for a key that does not exist."""

_ENDED = {"FAILED": InternalError, "ABORTED": InternalError, "TIMED_OUT": TimedOut, "SUCCEEDED": InternalError}
"""What it means that an execution ended and left neither a result nor a reason."""

Said = TypeVar("Said", bound=BaseModel)


def machine_client() -> Any:
    """A Step Functions client."""
    config = Config(connect_timeout=2, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client("stepfunctions", config=config)


class MachineWorkouts:
    """Analyses films; nothing about them is kept on this machine, so any server of the page can be asked.

    Args:
        machine: ARN of the state machine.
        films: the bucket of uploads, for films.
        s3: a boto3 S3 client.
        machines: a boto3 Step Functions client, see `machine_client`.
        hours: for how long the bucket keeps results.
    """

    def __init__(self, machine: str, films: S3UploadStore, s3: Any, machines: Any, *, hours: float = 24.0) -> None:
        self._machine, self._films, self._bucket = machine, films, films.bucket
        self._s3, self._machines = s3, machines
        self._seconds = hours * 3600

    @property
    def max_bytes(self) -> int:
        """The largest film that is taken."""
        return self._films.max_bytes

    def ticket(self) -> UploadTicket:
        """Permission for a browser to upload one film."""
        return self._films.ticket(self._films.max_bytes)

    def put(self, film: Path) -> str:
        """Upload a film that this server received itself; its key."""
        return self._films.put(film)

    def submit(self, key: str, *, athlete: tuple[float, float] | None = None) -> JobAnswer:
        """Have an uploaded film analysed, perhaps with the athlete pointed out in its first picture.

        A film that is submitted again is the same job. One that is not there makes the job fail.

        Raises:
            BadRequest: this is no key.
            ModelUnavailable: the state machine cannot be reached, or takes no more.
            StoreUnavailable: the bucket cannot.
        """
        files = JobFiles.of_upload(checked_key(key))
        if self._read(files.order, JobOrder) is None:
            order = JobOrder(begun=round(time.time(), 3), athlete=athlete)
            self._write(files.order, order.model_dump_json(exclude_unset=True).encode())
        try:
            self._machines.start_execution(
                stateMachineArn=self._machine,
                name=files.name,
                input=json.dumps({"job": files.name, "step": "begin"}),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise ModelUnavailable() from error
        except BotoCoreError as error:
            raise ModelUnavailable() from error
        return self.job(files.name)

    def job(self, name: str) -> JobAnswer:
        """What has become of a job; raises `NotFound` for one that is not known, or was deleted."""
        files = JobFiles(name)
        order = self._read(files.order, JobOrder)
        if order is None:
            raise NotFound("There is no such workout.", hint="Results are deleted after about a day.")
        ended = self._ended(files, order)
        if ended is not None:
            return ended
        status = self._status(name)
        if status in _ENDED:  # it may have ended since the result was looked for
            return self._ended(files, order) or self._failed(files, order, ErrorDetail.of(_ENDED[status]()))
        plan = self._read(files.plan, JobPlan)
        if plan is None:
            return JobAnswer(id=name, state=JobState.WAITING)
        progress = plan.progress([self._read(files.progress(piece), Progress) for piece in range(plan.pieces)])
        left = seconds_left(time.time() - order.begun, progress)
        return JobAnswer(id=name, state=JobState.WORKING, progress=progress, seconds_left=left)

    def delete(self, name: str) -> None:
        """Forget a job, its film and its result; one that is worked on is given up. Raises as `job` does."""
        files = JobFiles(name)
        if self._read(files.order, JobOrder) is None:
            raise NotFound("There is no such workout.", hint="Results are deleted after about a day.")
        try:
            self._machines.stop_execution(executionArn=self._execution(name))
        except (ClientError, BotoCoreError) as error:
            if not _says(error, "ExecutionDoesNotExist"):
                raise ModelUnavailable() from error
        plan = self._read(files.plan, JobPlan)
        for key in files.everything(1 if plan is None else plan.pieces):
            try:
                self._s3.delete_object(Bucket=self._bucket, Key=key)
            except (ClientError, BotoCoreError) as error:
                raise StoreUnavailable() from error

    def close(self) -> None:
        """Nothing is kept on this machine."""

    def _ended(self, files: JobFiles, order: JobOrder) -> JobAnswer | None:
        """The answer about a job with a result, or a reason why there is none."""
        workout = self._read(files.result, WorkoutAnswer)
        if workout is not None:
            return JobAnswer(id=files.name, state=JobState.DONE, expires=self._expires(order), workout=workout)
        refusal = self._read(files.error, ErrorAnswer)
        return None if refusal is None else self._failed(files, order, refusal.error)

    def _failed(self, files: JobFiles, order: JobOrder, error: ErrorDetail) -> JobAnswer:
        return JobAnswer(id=files.name, state=JobState.FAILED, expires=self._expires(order), error=error)

    def _expires(self, order: JobOrder) -> float:
        return round(order.begun + self._seconds)

    def _execution(self, name: str) -> str:
        return f"{self._machine.replace(':stateMachine:', ':execution:')}:{name}"

    def _status(self, name: str) -> str:
        """The state of an execution; RUNNING also for one that does not show yet."""
        try:
            status: str = self._machines.describe_execution(executionArn=self._execution(name))["status"]
        except (ClientError, BotoCoreError) as error:
            if _says(error, "ExecutionDoesNotExist"):
                return "RUNNING"
            raise ModelUnavailable() from error
        return status

    def _read(self, key: str, form: type[Said]) -> Said | None:
        """What an object says; None if there is none."""
        try:
            content = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            return form.model_validate_json(content)
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return None
            raise StoreUnavailable() from error
        except BotoCoreError as error:
            raise StoreUnavailable() from error
        except ValidationError as error:
            raise InternalError() from error

    def _write(self, key: str, content: bytes) -> None:
        try:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content)
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable() from error


def _says(error: Exception, code: str) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == code
