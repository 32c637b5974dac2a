"""An archive as in AWS: `movements batch s3://…` -> S3 and Step Functions (moto), Distributed Map -> the function."""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.core.config import default_user_config

from infra.constructs.archive_machine import definition
from tests.e2e.emulator.s3 import REGION, LocalS3, local_s3, serving
from tests.e2e.emulator.stack import Function, Program, checkout, function, why_not
from tests.servers import ROOT

pytestmark = [pytest.mark.skipif(why_not() is not None, reason=str(why_not()))]

CLIPS = 45
BROKEN = "013.mp4"


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    before = default_user_config["stepfunctions"]["execute_state_machine"]
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    with local_s3() as running:
        for bucket in ("films", "answers"):
            place = {"LocationConstraint": REGION}
            running.client.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
        yield running
    default_user_config["stepfunctions"]["execute_state_machine"] = before


@contextmanager
def both(functions: str, others: str) -> Iterator[str]:
    """One address for two services: moto's state machines look for all of AWS at one port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            place = functions if self.path.startswith("/2015-03-31/functions/") else others
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection = http.client.HTTPConnection(place.removeprefix("http://"), timeout=240)
            connection.request(self.command, self.path, body, dict(self.headers))
            told = connection.getresponse()
            content = told.read()
            self.send_response(told.status)
            for name, value in told.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            connection.close()

        do_GET = do_POST = do_PUT = answer  # noqa: N815, http.server's names

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    with serving(Handler) as address:
        yield address


def archiving(scratch: Path) -> Program:
    program = checkout(scratch, handler="classify.archive.handler")
    return Program(program.command, {**program.environment, "ARCHIVES": '["films", "answers"]'})


@contextmanager
def account(
    s3: LocalS3, folder: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Function, dict[str, str]]]:
    """An account with the state machine and the function; gives the environment of a person who uses it."""
    with (
        function(folder, s3.address, bundle=str(bundle), timeout=240, program=archiving) as running,
        both(running.address, s3.address) as address,
    ):
        monkeypatch.setenv("MOTO_PORT", address.rpartition(":")[2])  # where state machines look for AWS
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        states = boto3.client("stepfunctions", endpoint_url=s3.address, region_name=REGION, **keys)
        machine = definition(f"arn:aws:lambda:{REGION}:123456789012:function:archive:live")
        parts = machine["States"]["Parts"]
        # Moto's grammar has no Express executions, and its ResultWriter does not see the state's input.
        parts["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = "STANDARD"
        del parts["ResultWriter"]
        made = states.create_state_machine(
            name="movements-dev-archive", definition=json.dumps(machine), roleArn="arn:aws:iam::123456789012:role/r"
        )["stateMachineArn"]
        yield running, {**os.environ, **s3.environment, "AWS_ENDPOINT_URL": s3.address, "AWS_DEFAULT_REGION": REGION}
        states.delete_state_machine(stateMachineArn=made)


def batch(out: str, *options: str) -> list[str]:
    words = [sys.executable, "-m", "model.cli", "batch", "s3://films/2026", "--out", f"s3://answers/{out}"]
    return [*words, "--at-once", "1", *options]


def objects(s3: LocalS3, prefix: str) -> list[str]:
    return [key for key in s3.listing("answers") if key.startswith(prefix)]


def rows(s3: LocalS3, out: str) -> list[dict[str, Any]]:
    content = s3.client.get_object(Bucket="answers", Key=f"{out}/results.jsonl")["Body"].read()
    return [json.loads(line) for line in content.splitlines()]


def test_an_archive_is_answered_through_a_distributed_map_and_goes_on_where_it_was(
    s3: LocalS3, tiny_bundle: Path, red_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = red_clip.read_bytes()
    for number in range(CLIPS):
        name = f"{number:03d}.mp4"
        s3.client.put_object(Bucket="films", Key=f"2026/{name}", Body=b"no clip" if name == BROKEN else clip)
    with account(s3, tmp_path, tiny_bundle, monkeypatch) as (running, person):

        def told(*options: str) -> str:
            command = batch("all", *options)
            done = subprocess.run(command, cwd=ROOT, env=person, capture_output=True, text=True, timeout=240)
            assert done.returncode == 0, (done.stdout, done.stderr, running.log.read_text()[-3000:])
            return done.stdout

        assert f"{CLIPS} of {CLIPS} clips are left: about 0.00 USD" in told("--dry-run")
        assert objects(s3, "all/") == []

        waiting = subprocess.Popen(batch("all"), cwd=ROOT, env=person, start_new_session=True)
        end = time.monotonic() + 120
        while not objects(s3, "all/rows/") and time.monotonic() < end:
            time.sleep(0.02)
        os.killpg(waiting.pid, signal.SIGKILL)  # whoever waits may die; the run goes on without
        waiting.wait()
        assert f"{CLIPS} clips answered; 1 have none" in told()
        assert len(objects(s3, "all/runs/")) == 1, "one run, although it was waited for twice"

        found = rows(s3, "all")
        assert sorted(row["file"] for row in found) == [f"{number:03d}.mp4" for number in range(CLIPS)]
        assert [(row["file"], row["error"]["code"]) for row in found if "error" in row] == [(BROKEN, "not_a_video")]
        table = s3.client.get_object(Bucket="answers", Key="all/results.csv")["Body"].read().decode()
        assert len(list(csv.DictReader(io.StringIO(table)))) == CLIPS
        assert len([key for key in s3.listing("films") if key.startswith("2026/")]) == CLIPS, "clips are kept"

        s3.client.put_object(Bucket="films", Key="2026/new.mov", Body=clip)
        assert f"1 of {CLIPS + 1} clips are left" in told("--dry-run")
        assert f"{CLIPS + 1} clips answered" in told()
        assert len(objects(s3, "all/rows/")) == 4
        assert list(running.scratch.iterdir()) == []


def test_what_cannot_begin_is_said_in_a_sentence(s3: LocalS3) -> None:
    person = {**os.environ, **s3.environment, "AWS_ENDPOINT_URL": s3.address, "AWS_DEFAULT_REGION": REGION}
    s3.client.put_object(Bucket="films", Key="2026/a.mp4", Body=b"film")

    def refused(command: list[str]) -> str:
        done = subprocess.run(command, cwd=ROOT, env=person, capture_output=True, text=True, timeout=120)
        assert done.returncode in (1, 2) and "Traceback" not in done.stderr, done.stderr
        return " ".join(done.stderr.split())

    assert "no state machine movements-prod-archive" in refused(batch("x", "--environment", "prod"))
    assert "is no place in S3" in refused([sys.executable, "-m", "model.cli", "batch", "s3://films", "--out", "here"])
    nowhere = [sys.executable, "-m", "model.cli", "batch", "s3://nobody-has-this", "--out", "s3://answers/x"]
    assert "there is no such bucket" in refused(nowhere)
