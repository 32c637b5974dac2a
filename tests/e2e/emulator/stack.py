"""A Lambda and an S3 on this machine: boto3 -> shim -> Runtime Interface Emulator -> our handler -> moto's server.

The handler is the checkout's, or, for `tests.image`, the one in an image.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.e2e.emulator.s3 import CREDENTIALS, REGION, UPLOADS
from tests.e2e.emulator.shim import lambda_service
from tests.e2e.emulator.unpack import EMULATOR, ROOT

FUNCTION = "classify"


@dataclass(frozen=True)
class Program:
    """What the emulator starts as the function: its command, and the variables that it brings along."""

    command: Sequence[str]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Function:
    """A running function.

    Attributes:
        client: a boto3 Lambda client that reaches it.
        address: of the Invoke API that the client reaches it by.
        scratch: its `/tmp`.
        log: the file with what it and the emulator wrote.
        emulator: process id of the emulator, which starts the function when it is first asked.
    """

    client: Any
    address: str
    scratch: Path
    log: Path
    emulator: int

    def invoke(self, event: object) -> dict[str, Any]:
        """The function's answer to an event, which must not be a failure of the function itself."""
        answer = self.client.invoke(FunctionName=FUNCTION, Qualifier="live", Payload=json.dumps(event))
        payload: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, (payload, self.log.read_text()[-4000:])
        return payload


def why_not() -> str | None:
    """Why the emulator cannot run here, or None."""
    if platform.system() != "Linux":
        return "the Runtime Interface Emulator runs on Linux only"
    if not EMULATOR.is_file():
        return f"{EMULATOR.relative_to(ROOT)} is absent: run `make build/emulator/aws-lambda-rie`"
    return None


def checkout(scratch: Path, handler: str = "classify.handler.handler") -> Program:
    """A handler of this checkout, in the interpreter of the tests."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'lambda'}",
        "TMPDIR": str(scratch),
    }
    return Program((sys.executable, "-m", "awslambdaric", handler), environment)


@contextlib.contextmanager
def function(
    folder: Path,
    s3: str,
    *,
    bundle: str | None = None,
    timeout: int = 30,
    program: Callable[[Path], Program] = checkout,
) -> Iterator[Function]:
    """Run a handler in the emulator.

    Args:
        folder: for its `/tmp` and its log.
        s3: address of the S3 it uses.
        bundle: its BUNDLE; None for the one that the program's own environment names.
        timeout: the function's timeout in seconds, which the emulator enforces.
        program: gives what is run, for the folder that is its `/tmp`.
    """
    scratch, log = folder / "tmp", folder / "function.log"
    scratch.mkdir()
    invoke_port, runtime_port = free_port(), free_port()
    command = [str(EMULATOR), "--runtime-interface-emulator-address", f"127.0.0.1:{invoke_port}"]
    command += ["--runtime-api-address", f"127.0.0.1:{runtime_port}"]
    started = program(scratch)
    command += started.command
    environment = {
        **started.environment,
        "AWS_ENDPOINT_URL_S3": s3,
        "AWS_REGION": REGION,
        **CREDENTIALS,
        "AWS_LAMBDA_FUNCTION_NAME": FUNCTION,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",  # Lambda sets it, the emulator does not
        "UPLOAD_BUCKET": UPLOADS,
        "THREADS": "1",
        **({} if bundle is None else {"BUNDLE": bundle}),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=folder, start_new_session=True
        )
    try:
        _wait_for(invoke_port, process, log)
        with lambda_service(f"http://127.0.0.1:{invoke_port}") as address:
            config = Config(retries={"total_max_attempts": 1}, read_timeout=120)
            client = boto3.client(
                "lambda",
                endpoint_url=address,
                config=config,
                region_name=REGION,
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
            )
            yield Function(client, address, scratch, log, process.pid)
    finally:
        process.terminate()  # the emulator ends the function it started
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(500):
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"the emulator did not start: {log.read_text()[-2000:]}")
