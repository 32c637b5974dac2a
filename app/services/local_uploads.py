"""The upload store on this machine: a private directory behind the same form that S3's presigned POST takes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from flask import Flask, Response, request

from app.forms import ClipFile, read_form
from app.services.uploads import CONTENT_TYPE, checked_key, new_key
from model.answers.upload import TICKET_SECONDS, UploadTicket
from model.errors import BadRequest, ModelUnavailable, NotFound

FORM_PATH = "/uploads"
"""Where browsers post the form of a local ticket."""

MAX_WAITING = 32
"""How many clips may wait for their answer; with the size limit this bounds the disk."""

_ALGORITHM = "HMAC-SHA256"


class LocalUploadStore:
    """Clips in a private temporary directory, for one process.

    A ticket is a policy (expiry, exact key, exact type, length range) signed with a secret of this process. A clip is
    deleted when it is discarded, at latest `minutes` after it came; the directory when the process ends.

    Args:
        max_bytes: the largest clip that a ticket allows.
        minutes: how long a clip may wait.
    """

    origin: str | None = None

    def __init__(self, *, max_bytes: int, minutes: float) -> None:
        self.max_bytes = max_bytes
        self._seconds = minutes * 60
        self._secret = secrets.token_bytes(32)
        self.directory = Path(tempfile.mkdtemp(prefix="movements-uploads-"))
        self._timers: dict[str, Timer] = {}
        self._lock = Lock()
        self._remove_directory = weakref.finalize(self, shutil.rmtree, self.directory, True)

    def ticket(self) -> UploadTicket:
        """A signed form for one clip."""
        key, now = new_key(), datetime.now(UTC)
        fields = {
            "key": key,
            "Content-Type": CONTENT_TYPE,
            "x-amz-algorithm": _ALGORITHM,
            "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
        }
        policy = {
            "expiration": (now + timedelta(seconds=TICKET_SECONDS)).isoformat(timespec="seconds"),
            "conditions": [{name: value} for name, value in fields.items()]
            + [["content-length-range", 1, self.max_bytes]],
        }
        encoded = base64.b64encode(json.dumps(policy).encode()).decode("ascii")
        fields |= {"policy": encoded, "x-amz-signature": self._signature(encoded)}
        return UploadTicket(key=key, url=FORM_PATH, fields=fields, max_bytes=self.max_bytes)

    def redeem(self, fields: Mapping[str, str]) -> ClipFile:
        """The file that a ticket's form may write, exactly as its policy says.

        Raises:
            BadRequest: the form is not one that this store signed, was changed, has expired or was used.
            ModelUnavailable: too many clips are waiting.
        """
        encoded = fields.get("policy", "")
        if not hmac.compare_digest(self._signature(encoded).encode(), fields.get("x-amz-signature", "").encode()):
            raise BadRequest("The upload has no valid ticket.", hint="Choose the clip again and submit it.")
        policy = json.loads(base64.b64decode(encoded))
        if datetime.fromisoformat(policy["expiration"]) <= datetime.now(UTC):
            raise BadRequest("The upload's ticket has expired.", hint="Submit the clip again.")
        max_bytes = 0
        for condition in policy["conditions"]:
            if isinstance(condition, list):
                max_bytes = int(condition[2])
            elif any(fields.get(name) != value for name, value in condition.items()):
                raise BadRequest(f"The upload's {next(iter(condition))!r} is not the one of its ticket.")
        path = self._path(fields["key"])
        if path.exists():
            raise BadRequest("The upload's ticket has been used.", hint="Submit the clip again.")
        with self._lock:
            if len(self._timers) >= MAX_WAITING:
                raise ModelUnavailable("Too many clips are waiting.", hint="Submit the clip again in a minute.")
            self._expire(fields["key"])
        return ClipFile(path, max_bytes=max_bytes)

    def put(self, clip: Path) -> str:
        """Take over a clip that this server received itself."""
        key = new_key()
        shutil.move(clip, self._path(key))
        with self._lock:
            self._expire(key)
        return key

    def path(self, key: str) -> Path:
        """Where the clip under a key is; raises `BadRequest` for what is no key, `NotFound` for what is not there."""
        path = self._path(key)
        if not path.is_file():
            raise NotFound(
                hint="Uploads are deleted once answered, and after a few minutes anyway: send the clip again."
            )
        return path

    def discard(self, key: str) -> None:
        """Delete the clip under a key, if it is there."""
        with self._lock:
            timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        self._path(key).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the directory with everything in it; also happens when the process ends."""
        with self._lock:
            timers = list(self._timers.values())
            self._timers.clear()
        for timer in timers:
            timer.cancel()
        self._remove_directory()

    def _expire(self, key: str) -> None:
        timer = Timer(self._seconds, self.discard, (key,))
        timer.daemon = True
        self._timers[key] = timer
        timer.start()

    def _path(self, key: str) -> Path:
        return self.directory / checked_key(key).rpartition("/")[2]

    def _signature(self, policy: str) -> str:
        return hmac.new(self._secret, policy.encode(), hashlib.sha256).hexdigest()


def form_route(store: LocalUploadStore) -> Callable[[Flask], None]:
    """Adds to a server the route that takes the form of a local ticket, and answers 204 as S3 does."""

    def receive() -> Response:
        opened: list[str] = []

        def open_file(fields: Mapping[str, str]) -> ClipFile:
            file = store.redeem(fields)
            opened.append(fields["key"])
            return file

        try:
            read_form(request, file_field="file", max_bytes=store.max_bytes, open_file=open_file)
        except Exception:
            for key in opened:
                store.discard(key)
            raise
        return Response(status=204)

    def add(server: Any) -> None:
        server.add_url_rule(FORM_PATH, "uploads", receive, methods=["POST"])

    return add
