"""Workouts in AWS, with S3 and Step Functions as moto has them: nothing is executed, only asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from app.services.aws import S3UploadStore, s3_client
from app.services.aws_workouts import MachineWorkouts, machine_client
from app.services.uploads import new_key
from model.answers.error import ErrorAnswer
from model.answers.job import JobFiles, JobPlan
from model.answers.workout import FOLLOWING, JobState, Progress
from model.errors import BadRequest, InternalError, ModelUnavailable, NotAVideo, NotFound, StoreUnavailable
from tests.unit.workout.conftest import made_workout

BUCKET = "uploads"


@pytest.fixture
def workouts(monkeypatch: pytest.MonkeyPatch) -> Iterator[MachineWorkouts]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        s3, machines = s3_client(), machine_client()
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        machine = machines.create_state_machine(
            name="workouts",
            definition=json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}),
            roleArn="arn:aws:iam::123456789012:role/machine",
        )["stateMachineArn"]
        yield MachineWorkouts(machine, S3UploadStore(BUCKET, s3, max_bytes=1000), s3, machines)


def put(key: str, content: str) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content.encode())


def keys() -> set[str]:
    return {item["Key"] for item in boto3.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])}


def asked_for(workouts: MachineWorkouts) -> JobFiles:
    return JobFiles(workouts.submit(new_key()).id)


def test_a_film_is_uploaded_by_a_ticket_or_by_the_page_itself(workouts: MachineWorkouts, tmp_path: Path) -> None:
    ticket = workouts.ticket()
    assert ticket.max_bytes == workouts.max_bytes == 1000
    (tmp_path / "film").write_bytes(b"film")
    key = workouts.put(tmp_path / "film")
    assert key in keys() and key != ticket.key
    workouts.close()


def test_a_job_is_named_by_its_upload_and_asked_for_once(workouts: MachineWorkouts) -> None:
    key = new_key()
    job = workouts.submit(key, athlete=(0.25, 0.5))
    assert job.state is JobState.WAITING and key == JobFiles(job.id).film
    order = json.loads(boto3.client("s3").get_object(Bucket=BUCKET, Key=JobFiles(job.id).order)["Body"].read())
    assert order["athlete"] == [0.25, 0.5] and order["begun"] == pytest.approx(time.time(), abs=10)
    assert workouts.submit(key).id == job.id
    (execution,) = boto3.client("stepfunctions").list_executions(stateMachineArn=workouts._machine)["executions"]
    assert execution["name"] == job.id


def test_what_is_no_key_is_refused(workouts: MachineWorkouts) -> None:
    with pytest.raises(BadRequest):
        workouts.submit("../secret")


def test_a_job_that_is_worked_on_says_how_far_it_is(workouts: MachineWorkouts) -> None:
    files = asked_for(workouts)
    put(files.plan, JobPlan(pieces=2).model_dump_json())
    put(files.progress(0), Progress(stage=FOLLOWING, share=1.0).model_dump_json())
    job = workouts.job(files.name)
    assert (job.state, job.progress) == (JobState.WORKING, Progress(stage=FOLLOWING, share=0.5))
    assert job.seconds_left is not None and job.seconds_left < 10


def test_a_job_that_is_over_has_a_result_or_a_reason(workouts: MachineWorkouts) -> None:
    files = asked_for(workouts)
    put(files.error, ErrorAnswer.of(NotAVideo()).model_dump_json())
    failed = workouts.job(files.name)
    assert failed.state is JobState.FAILED and failed.error is not None and failed.error.code == "not_a_video"
    put(files.result, made_workout().model_dump_json(exclude_unset=True))
    done = workouts.job(files.name)
    assert done.state is JobState.DONE and done.workout == made_workout()
    assert done.expires == pytest.approx(time.time() + 24 * 3600, abs=20)


@pytest.mark.parametrize(
    ("status", "code"),
    [("FAILED", "internal"), ("ABORTED", "internal"), ("TIMED_OUT", "timed_out"), ("SUCCEEDED", "internal")],
)
def test_an_execution_that_ended_without_a_word_is_a_failure_of_ours(
    status: str, code: str, workouts: MachineWorkouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = asked_for(workouts)
    monkeypatch.setattr(workouts._machines, "describe_execution", lambda executionArn: {"status": status})
    job = workouts.job(files.name)
    assert job.state is JobState.FAILED and job.error is not None and job.error.code == code


def test_a_deleted_job_leaves_nothing_and_is_stopped(workouts: MachineWorkouts) -> None:
    files = asked_for(workouts)
    put(files.film, "film")
    put(files.plan, JobPlan(pieces=3).model_dump_json())
    for key in files.of_pieces(3):
        put(key, "{}")
    workouts.delete(files.name)
    assert keys() == set()
    execution = workouts._execution(files.name)
    assert boto3.client("stepfunctions").describe_execution(executionArn=execution)["status"] == "ABORTED"
    for ask in (workouts.job, workouts.delete):
        with pytest.raises(NotFound, match="no such workout"):
            ask(files.name)


def test_a_job_that_never_began_can_be_deleted_and_waits_until_then(workouts: MachineWorkouts) -> None:
    files = JobFiles("0" * 32)
    put(files.order, '{"begun": 1.0}')
    assert workouts.job(files.name).state is JobState.WAITING
    workouts.delete(files.name)
    assert keys() == set()


def unreachable(*args: object, **more: object) -> Any:
    raise EndpointConnectionError(endpoint_url="https://aws")


def refused(*args: object, **more: object) -> Any:
    raise ClientError({"Error": {"Code": "SlowDown"}}, "operation")


@pytest.mark.parametrize("fault", [unreachable, refused])
def test_faults_of_aws_are_said_as_ours(fault: Any, workouts: MachineWorkouts, monkeypatch: pytest.MonkeyPatch) -> None:
    files = asked_for(workouts)
    for operation, ask in (
        ("start_execution", lambda: workouts.submit(files.film)),
        ("describe_execution", lambda: workouts.job(files.name)),
        ("stop_execution", lambda: workouts.delete(files.name)),
    ):
        with monkeypatch.context() as patch, pytest.raises(ModelUnavailable):
            patch.setattr(workouts._machines, operation, fault)
            ask()
    for operation, ask in (
        ("get_object", lambda: workouts.job(files.name)),
        ("delete_object", lambda: workouts.delete(files.name)),
        ("put_object", lambda: workouts.submit(new_key())),
    ):
        with monkeypatch.context() as patch, pytest.raises(StoreUnavailable):
            patch.setattr(workouts._s3, operation, fault)
            ask()


def test_a_result_that_cannot_be_read_is_a_defect(workouts: MachineWorkouts) -> None:
    files = asked_for(workouts)
    put(files.result, "no workout")
    with pytest.raises(InternalError):
        workouts.job(files.name)
