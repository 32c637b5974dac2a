"""People who use the page, over TLS, all the time; what each of them got is written down."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

VIEWER = "203.0.113.7"
SECRET = "secret-in-a-query"
_HEADERS = {"X-Viewer-Ip": VIEWER}
_BOUNDARY = "a-boundary-of-the-visitors"


@dataclass(frozen=True)
class Answer:
    """An answer of the page's."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.text)


def connect() -> http.client.HTTPSConnection:
    """A connection to this machine; nobody knows its certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", 443, timeout=60, context=context)


def connect_directly() -> http.client.HTTPConnection:
    """A connection as CloudFront makes it to a server that has no load balancer before it."""
    return http.client.HTTPConnection("127.0.0.1", 80, timeout=60)


def ask(
    path: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] = {},
    connection: http.client.HTTPConnection | None = None,
) -> Answer:
    """Ask the page, on a connection of the question's own if none is given."""
    used = connection or connect()
    try:
        used.request("GET" if body is None else "POST", path, body, {**_HEADERS, **headers})
        got = used.getresponse()
        return Answer(
            got.status, {name.lower(): value for name, value in got.getheaders()}, got.read().decode(errors="replace")
        )
    finally:
        if connection is None:
            used.close()


def form(clip: bytes) -> tuple[dict[str, str], bytes]:
    """Headers and body of a clip's upload."""
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="clip"; filename="c.mp4"\r\n\r\n'.encode()
    kind = f"multipart/form-data; boundary={_BOUNDARY}"
    return {"Content-Type": kind}, head + clip + f"\r\n--{_BOUNDARY}--\r\n".encode()


@dataclass
class Visitors:
    """Ask for the page and for predictions until `leave`.

    Attributes:
        clips: what they send, by the movement it shows.
        releases: the content of `/assets/release.txt` each time it was asked for.
        answered: how many clips and pages were right.
        failures: everything that was not.
    """

    clips: Mapping[str, Path]
    releases: list[str] = field(default_factory=list)
    answered: dict[str, int] = field(default_factory=lambda: {"clip": 0, "page": 0})
    failures: list[str] = field(default_factory=list)
    _gone: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def come(self) -> None:
        """Begin."""
        for visit in (self._send_clips, self._look):
            thread = threading.Thread(target=visit, daemon=True)
            thread.start()
            self._threads.append(thread)

    def leave(self) -> None:
        """End, after the answer to what was asked last."""
        self._gone.set()
        for thread in self._threads:
            thread.join(90)

    def _send_clips(self) -> None:
        """Each clip on a connection of its own."""
        while not self._gone.wait(0.1):
            for label, clip in self.clips.items():
                headers, body = form(clip.read_bytes())
                self._judge("clip", partial(ask, "/api/classify", headers=headers, body=body), label)

    def _look(self) -> None:
        """The page, and what tells its release, on a connection that is kept as the load balancer keeps it.

        A connection that nginx closed while it was idle is opened again, which is what a load balancer does, too.
        """
        connection = connect()
        while not self._gone.wait(0.05):
            for path in (f"/?token={SECRET}", "/assets/release.txt"):
                answer = self._judge("page", partial(_twice, path, connection), None)
                if answer is not None and path.startswith("/assets"):
                    self.releases.append(answer.text.strip())

    def _judge(self, kind: str, question: Any, label: str | None) -> Answer | None:
        try:
            answer: Answer = question()
            if answer.status != 200:
                raise AssertionError(f"{answer.status} {answer.text[:300]}")
            if label is not None and answer.json["prediction"][0][0] != label:
                raise AssertionError(f"{label}: {answer.text[:300]}")
        except (OSError, http.client.HTTPException, AssertionError, KeyError, ValueError) as error:
            self.failures.append(f"{time.time():.2f} {kind}: {error!r}")
            return None
        self.answered[kind] += 1
        return answer


def _twice(path: str, connection: http.client.HTTPSConnection) -> Answer:
    with suppress(http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
        return ask(path, connection=connection)
    connection.close()
    return ask(path, connection=connection)


class SlowUpload:
    """A clip on a thin line: it comes a little at a time until it is told to come to an end."""

    def __init__(self, clip: Path) -> None:
        self._headers, self._body = form(clip.read_bytes())
        self._connection = connect()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self) -> None:
        self._connection.putrequest("POST", "/api/classify")
        headers = {**_HEADERS, **self._headers, "Content-Length": str(len(self._body))}
        for name, value in headers.items():
            self._connection.putheader(name, value)
        self._connection.endheaders()
        sent = 0
        while sent < len(self._body) // 2:
            self._connection.send(self._body[sent : sent + 10])
            sent += 10
            if self._hurry.wait(0.2):
                break
        self._hurry.wait()
        self._connection.send(self._body[sent:])

    def finish(self) -> Answer:
        """Send the rest and wait for the answer."""
        self._hurry.set()
        self._thread.join(60)
        got = self._connection.getresponse()
        return Answer(got.status, dict(got.getheaders()), got.read().decode(errors="replace"))
