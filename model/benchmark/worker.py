"""Fresh processes that do one thing, say what came of it in lines of JSON, and may die without taking us along."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

SECONDS = 1800
"""A worker that takes longer is ended."""

MESSAGE = 200
"""Characters of an error that are kept."""

_ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""All is measured on the processor, and silently."""


class WorkerFailed(Exception):
    """A worker ended without its answer; the message says why in one sentence."""


@dataclass(frozen=True)
class Line:
    """A line of a worker's answer, and the seconds from before its process was started until it came."""

    seconds: float
    value: dict[str, Any]


def work(module: str, arguments: BaseModel, *, seconds: float = SECONDS) -> list[Line]:
    """Run `python -m module` with its arguments as JSON and wait for it.

    Raises:
        WorkerFailed: it failed, was killed, or took longer than `seconds`.
    """
    return run([sys.executable, "-m", module, arguments.model_dump_json()], seconds=seconds)


def run(command: Sequence[str], *, seconds: float = SECONDS) -> list[Line]:
    """Run a command whose output is lines of JSON; see `work`."""
    lines: list[Line] = []
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        start = time.perf_counter()
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=complaints, text=True, env={**os.environ, **_ENVIRONMENT}
        ) as process:
            assert process.stdout is not None
            timer = threading.Timer(seconds, process.kill)
            timer.start()
            for text in process.stdout:
                now = time.perf_counter() - start
                if text.startswith("{"):  # TensorFlow's converter prints, too
                    lines.append(Line(now, json.loads(text)))
        in_time = timer.is_alive()
        timer.cancel()
        complaints.seek(0)
        said = complaints.read()
    if not in_time:
        raise WorkerFailed(f"The process took longer than {seconds:g} s and was ended.")
    if process.returncode < 0:
        name = signal.Signals(-process.returncode).name
        hint = ", as happens without memory" if name == "SIGKILL" else ""
        raise WorkerFailed(f"The process was ended by {name}{hint}.")
    if process.returncode > 0:
        raise WorkerFailed(_error(said) or f"The process ended with status {process.returncode}.")
    return lines


def _error(said: str) -> str:
    """The first line of the error that a traceback ends with, `ValueError: ...`; nothing without a traceback."""
    traceback = said.rpartition("Traceback (most recent call last):\n")[2]
    line = next((line for line in traceback.splitlines() if line[:1].strip()), "")
    return textwrap.shorten(line, MESSAGE, placeholder=" ...")


def say(value: BaseModel) -> None:
    """Write one line of a worker's answer, without buffering it."""
    sys.stdout.write(value.model_dump_json() + "\n")
    sys.stdout.flush()


def peak_memory() -> int:
    """In a worker: the most bytes of memory that the process has held so far.

    On Linux a process begins with its parent's figure, so what starts workers must stay small: no TensorFlow there.
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
