"""Check that a page's model answers, and answers a golden clip correctly: `check_page.py ADDRESS --golden FOLDER`.

With `--alive` in place of the folder, only that the page itself answers.

It runs on the instance with the system's Python, and so uses only the standard library.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import ssl
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

REQUEST_SECONDS = 45
"""The timeout of one request; the page itself waits 30 seconds for the function."""


class NotReadyError(Exception):
    """The page does not answer yet; asking again may help."""


class WrongAnswerError(Exception):
    """The page's answer is wrong; asking again does not help."""


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=REQUEST_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(REQUEST_SECONDS)
        self.sock.connect(self._path)


def check(address: str, golden: Path) -> str:
    """Ask for the page's health and for the golden clip, and return a sentence about the answers.

    Args:
        address: `unix:/path` or `https://host`; a certificate of the instance's own is accepted.
        golden: a folder with `clip.mp4` and `expected.json`, the `label` that a `model` must answer. Another model that
            an operator made live must answer, but may answer another label.

    Raises:
        NotReadyError: there is no answer, or its status is an error.
        WrongAnswerError: the expected model answers another label, or the answer is no prediction.
    """
    expected = json.loads((golden / "expected.json").read_text(encoding="utf-8"))
    model = _ask(address, "GET", "/health")["model"]
    kind, form = _form((golden / "clip.mp4").read_bytes())
    answer = _ask(address, "POST", "/api/classify", form, {"Content-Type": kind})
    try:
        label, probability = str(answer["prediction"][0][0]), float(answer["prediction"][0][1])
    except (KeyError, IndexError, TypeError, ValueError):
        raise WrongAnswerError(f"the golden clip got no prediction: {str(answer)[:500]}") from None
    if model["name"] == expected["model"] and label != expected["label"]:
        raise WrongAnswerError(f"{model['name']} sees {label} ({probability}) in a clip of {expected['label']}")
    return f"{model['name']} {model['version']} sees {label} ({probability}) in the golden clip"


def check_alive(address: str) -> str:
    """Ask whether the page's process answers, and return a sentence; `NotReadyError` if it does not."""
    status = _ask(address, "GET", "/health/live").get("status")
    if status != "ok":
        raise NotReadyError(f"GET /health/live: {status}")
    return "the page lives; nobody was asked for a prediction"


def wait(address: str, golden: Path | None, *, unit: str, seconds: float) -> str:
    """Repeat `check`, or without a golden clip `check_alive`, until the page is ready.

    It is asked while the unit runs, and for at most `seconds`.

    Raises:
        NotReadyError: the page was not ready in time, or the unit's process ended.
        WrongAnswerError: as for `check`, at once.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            return check_alive(address) if golden is None else check(address, golden)
        except NotReadyError as error:
            if died := _died(unit):
                raise NotReadyError(f"{unit} {died}; before that: {error}") from error
            if time.monotonic() > end:
                raise NotReadyError(f"not ready after {seconds:g} seconds: {error}") from error
        time.sleep(0.5)


def _ask(address: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    connection = _connection(address)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        text = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise NotReadyError(f"{method} {path}: {error!r}") from error
    finally:
        connection.close()
    if response.status != 200:
        raise NotReadyError(f"{method} {path}: {response.status} {text[:500].decode(errors='replace')}")
    try:
        return json.loads(text)
    except ValueError:
        raise WrongAnswerError(f"{method} {path}: no JSON but {text[:200].decode(errors='replace')}") from None


def _connection(address: str) -> http.client.HTTPConnection:
    scheme, _, rest = address.partition(":")
    if scheme == "unix":
        return _UnixConnection(rest)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(rest.removeprefix("//"), timeout=REQUEST_SECONDS, context=context)


def _form(clip: bytes) -> tuple[str, bytes]:
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="clip"; filename="clip.mp4"\r\n\r\n'
    return f"multipart/form-data; boundary={boundary}", head.encode() + clip + f"\r\n--{boundary}--\r\n".encode()


def _died(unit: str) -> str | None:
    """The state of a unit that does not run or was restarted, else None."""
    command = ["systemctl", "show", "--property=ActiveState", "--property=NRestarts", unit]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    state = dict(line.partition("=")[::2] for line in lines)
    if state["ActiveState"] != "active" or state["NRestarts"] != "0":
        return f"is {state['ActiveState']} after {state['NRestarts']} restarts"
    return None


def main() -> None:
    """Print what the page answered; exit with 1 and the reason if the check fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--golden", type=Path)
    asked.add_argument("--alive", action="store_true")
    parser.add_argument("--unit", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    given = parser.parse_args()
    try:
        sentence = wait(given.address, given.golden, unit=given.unit, seconds=given.seconds)
    except (NotReadyError, WrongAnswerError) as error:
        sys.exit(f"{given.address}: {error}")
    sys.stdout.write(f"{given.address}: {sentence}\n")


if __name__ == "__main__":
    main()
