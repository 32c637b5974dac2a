"""The page as a process of its own, and questions to it over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Running:
    """A server process, its address, and the directory it may write temporary files to."""

    process: subprocess.Popen[str]
    port: int
    temporary: Path
    log: Path

    def ask(self, path: str, body: bytes | None = None, content_type: str = "") -> Answer:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body)
        request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return Answer(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def post_form(self, path: str, fields: dict[str, str], name: str, file: bytes) -> Answer:
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()
        ]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="clip.mp4"\r\n\r\n'
        body = ("".join(parts) + head).encode() + file + f"\r\n--{boundary}--\r\n".encode()
        return self.ask(path, body, f"multipart/form-data; boundary={boundary}")

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def start(command: list[str], bundle: Path, directory: Path, **environment: str) -> Running:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    temporary = directory / "tmp"
    temporary.mkdir()
    log = directory / "log"
    with log.open("w") as lines:
        process = subprocess.Popen(
            [part.replace("{port}", str(port)) for part in command],
            cwd=ROOT,
            env={**os.environ, "PORT": str(port), "BUNDLE": str(bundle), "TMPDIR": str(temporary), "THREADS": "1"}
            | environment,
            stderr=lines,
            text=True,
        )
    running = Running(process, port, temporary, log)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            running.ask("/api/model")
            return running
        except OSError:
            time.sleep(0.1)
    running.stop()
    raise AssertionError(f"the server did not start:\n{log.read_text()}")
