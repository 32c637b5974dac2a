"""A whole workout as in AWS: page -> S3 and Step Functions (moto) -> the state machine of the stack -> the function."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from flask.testing import FlaskClient
from moto.core.config import default_user_config

from app.main import create_app
from app.scratch import Scratch
from app.services.aws import LambdaClassifier, S3UploadStore
from app.services.aws_workouts import MachineWorkouts
from app.services.protocols import Services
from app.settings import Settings
from classify.service import Service
from classify.settings import Settings as FunctionSettings
from classify.storage import Results, Uploads
from classify.workouts import Analyst, Step
from infra.constructs.workout_machine import definition
from model.answers.job import JobFiles
from model.bundle import Bundle
from model.defaults import DEFAULT_BUNDLE
from model.pose import weights
from model.worker.pool import Workers
from tests.e2e.emulator.s3 import REGION, UPLOADS, LocalS3, local_s3, serving
from tests.e2e.emulator.stack import Function, checkout, function, why_not
from tests.films import square_that_moves

pytestmark = [
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
    pytest.mark.skipif(
        not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
        reason="the weights of BlazePose are absent: run `make pose`",
    ),
]

EXAMPLE = Path(__file__).parents[2] / "app" / "assets" / "examples" / "thruster.mp4"
PATIENCE = 150.0


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    before = default_user_config["stepfunctions"]["execute_state_machine"]
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    with local_s3() as running:
        yield running
    default_user_config["stepfunctions"]["execute_state_machine"] = before


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return square_that_moves(tmp_path_factory.mktemp("film"))


@dataclass(frozen=True)
class Visitor:
    """Somebody who uses the page's interface."""

    page: FlaskClient
    s3: LocalS3

    def upload(self, content: bytes) -> str:
        """The key of an upload, posted to S3 as a browser does."""
        ticket: dict[str, Any] = self.page.post("/api/workouts/uploads").get_json()
        answer = requests.post(ticket["url"], data=ticket["fields"], files={"file": io.BytesIO(content)}, timeout=30)
        assert answer.ok, answer.text
        return str(ticket["key"])

    def submit(self, key: str, **more: object) -> dict[str, Any]:
        answer = self.page.post("/api/workouts", json={"key": key, **more})
        assert answer.status_code == 202, answer.text
        job: dict[str, Any] = answer.get_json()
        assert answer.headers["Location"] == f"/api/workouts/{job['id']}"
        return job

    def wait(self, name: str, until: Callable[[dict[str, Any]], bool] | None = None) -> dict[str, Any]:
        """The job once it is over, or as soon as something holds of it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            job: dict[str, Any] = self.page.get(f"/api/workouts/{name}").get_json()
            if job["state"] in ("done", "failed") or (until is not None and until(job)):
                return job
            time.sleep(0.1)
        raise AssertionError(f"the job did not end: {job}")

    def kept(self, name: str, wanted: set[str]) -> set[str]:
        """What there is of a job, as soon as it is what is wanted: tidying up goes on after the result is there."""
        end = time.monotonic() + 20
        while (found := {key for key in self.s3.listing() if name in key}) != wanted and time.monotonic() < end:
            time.sleep(0.05)
        return found


@contextmanager
def visitor(s3: LocalS3, address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """A visitor of a page whose state machine reaches a function at an address."""
    monkeypatch.setenv("MOTO_PORT", address.rpartition(":")[2])  # where moto's state machines look for functions
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    machines = boto3.client("stepfunctions", endpoint_url=s3.address, region_name=REGION, **keys)
    machine = machines.create_state_machine(
        name=f"workouts-{time.monotonic_ns()}",
        definition=json.dumps(definition(f"arn:aws:lambda:{REGION}:123456789012:function:workouts:live")),
        roleArn="arn:aws:iam::123456789012:role/machine",
    )["stateMachineArn"]
    films = S3UploadStore(UPLOADS, s3.client, max_bytes=10**7)
    workouts = MachineWorkouts(machine, films, s3.client, machines)
    functions = boto3.client("lambda", endpoint_url=address, region_name=REGION, **keys)
    classifier = LambdaClassifier("classify", UPLOADS, functions)
    services = Services(uploads=films, classifier=classifier, scratch=Scratch(), workouts=workouts)
    yield Visitor(create_app(Settings(), services).server.test_client(), s3)


@contextmanager
def emulated(s3: LocalS3, folder: Path) -> Iterator[Function]:
    handler = partial(checkout, handler="classify.workouts.handler")
    with function(folder, s3.address, bundle=str(DEFAULT_BUNDLE), timeout=120, program=handler) as running:
        yield running


def test_a_film_is_analysed_told_corrected_and_deleted(
    s3: LocalS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with emulated(s3, tmp_path) as running, visitor(s3, running.address, monkeypatch) as person:
        key = person.upload(EXAMPLE.read_bytes())
        name = person.submit(key)["id"]
        job = person.wait(name)
        assert job["state"] == "done", (job, running.log.read_text()[-3000:])
        (segment,) = job["workout"]["segments"]
        assert segment["movement"] == "thruster" and len(segment["repetitions"]) == 1
        assert time.time() + 22 * 3600 < job["expires"] < time.time() + 25 * 3600
        assert person.submit(key)["state"] == "done", "the same film twice is the same job"
        rows = person.page.get(f"/api/workouts/{name}/workout.csv?corrections={segment['start']:.1f}n").text
        assert "thruster" in rows and "no rep" in rows
        files = JobFiles(name)
        wanted = {files.order, files.plan, files.result}
        assert person.kept(name, wanted) == wanted
        assert list(running.scratch.iterdir()) == []
        assert person.page.delete(f"/api/workouts/{name}").status_code == 204
        assert person.page.get(f"/api/workouts/{name}").status_code == 404
        assert person.kept(name, set()) == set()

        text = person.wait(person.submit(person.upload(b"no film at all, but text"))["id"])
        assert (text["state"], text["error"]["code"]) == ("failed", "not_a_video")
        refused = JobFiles(text["id"])
        assert person.kept(text["id"], {refused.order, refused.error}) == {refused.order, refused.error}
        gone = person.wait(person.submit(f"uploads/{'0' * 32}.mp4")["id"])
        assert (gone["state"], gone["error"]["code"]) == ("failed", "not_found")


def test_a_function_that_is_killed_is_asked_again(
    s3: LocalS3, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with emulated(s3, tmp_path) as running, visitor(s3, running.address, monkeypatch) as person:
        name = person.submit(person.upload(film.read_bytes()))["id"]
        assert person.wait(name, lambda job: job["state"] == "working")["state"] == "working"
        found = subprocess.run(["pgrep", "-f", "awslambdaric classify.workouts"], capture_output=True, text=True)
        for pid in map(int, found.stdout.split()):
            if pid != running.emulator:
                os.kill(pid, signal.SIGKILL)
        job = person.wait(name)
        assert job["state"] == "done", (job, running.log.read_text()[-3000:])
        assert job["workout"]["segments"] == [] and job["workout"]["seconds"] == pytest.approx(20)


@contextmanager
def in_this_process(take: Callable[[dict[str, Any]], Any]) -> Iterator[str]:
    """The Invoke API in front of a Python function; one that raises is a function that failed."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                said, failed = take(event), False
            except Exception as error:
                said, failed = {"errorType": type(error).__name__, "errorMessage": str(error)}, True
            body = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            if failed:
                self.send_header("X-Amz-Function-Error", "Unhandled")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    with serving(Handler) as address:
        yield address


@pytest.mark.parametrize("athlete", [None, [0.5, 0.5]])
def test_a_long_film_is_followed_in_pieces_and_joined(
    athlete: list[float] | None, s3: LocalS3, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(FunctionSettings(upload_bucket=UPLOADS, bundle=str(DEFAULT_BUNDLE)))
    workers = Workers(Bundle.load(DEFAULT_BUNDLE), threads=1, count=2)
    monkeypatch.setattr(service, "workers", lambda: workers)
    monkeypatch.setattr(service, "uploads", lambda: Uploads(UPLOADS, s3.client))
    monkeypatch.setattr(workers, "pieces", lambda path, *, deadline: ((0.0, 6.0), (6.0, 12.0), (12.0, 20.0)))
    analyst = Analyst(service, Results(UPLOADS, s3.client))
    steps: list[Step] = []
    failed: list[Step] = []

    def take(event: dict[str, Any]) -> Any:
        step = Step.model_validate(event)
        if step.piece == 1 and not failed:
            failed.append(step)
            raise RuntimeError("this container broke")
        steps.append(step)
        return analyst.take(step, deadline=time.monotonic() + 60)

    try:
        with in_this_process(take) as address, visitor(s3, address, monkeypatch) as person:
            more = {} if athlete is None else {"athlete": athlete}
            name = person.submit(person.upload(film.read_bytes()), **more)["id"]
            job = person.wait(name)
            assert job["state"] == "done", job
            files = JobFiles(name)
            wanted = {files.order, files.plan, files.result}
            assert person.kept(name, wanted) == wanted
        assert job["workout"]["seconds"] == pytest.approx(20)
        assert sorted((step.step.value, step.piece) for step in steps) == [
            ("begin", 0), ("finish", 0), ("follow", 0), ("follow", 1), ("follow", 2),
        ]  # fmt: skip
        if athlete is not None:
            assert [step.piece for step in steps if step.step == "follow"] == [0, 1, 2]
    finally:
        workers.close()
