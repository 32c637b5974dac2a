"""The upload store on this machine: a private directory behind the same form that S3's presigned POST takes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from flask import Flask, Response, request

from app.forms import ClipFile, read_form
from app.scratch import Scratch
from app.services.uploads import CONTENT_TYPE, checked_key, new_key
from model.answers.upload import TICKET_SECONDS, UploadTicket
from model.errors import BadRequest, ModelUnavailable, NotFound

FORM_PATH = "/uploads"
"""Where browsers post the form of a local ticket."""

MAX_WAITING = 256
"""How many clips may wait for their answer."""

MAX_WAITING_BYTES = 4 * 2**30
"""How many bytes they may have together where nothing else is said; one that is on its way counts as large as it may
become."""

_ALGORITHM = "HMAC-SHA256"


@dataclass
class _Upload:
    """A clip that waits.

    Attributes:
        size: bytes, or how many it may have while it is on its way.
        timer: removes it after its time.
        whole: it is there.
        asked: its answer is being worked on.
    """

    size: int
    timer: Timer
    whole: bool = False
    asked: bool = False


class LocalUploadStore:
    """Clips in a folder of this process.

    A ticket is a policy (expiry, exact key, exact type, length range) signed with a secret of this process. A clip is
    deleted when it is discarded, at latest `minutes` after it came. Where there is no room for another, the one that
    has waited longest without being asked about makes room: people who upload and go away are in nobody's way.

    Args:
        scratch: the folder.
        max_bytes: the largest clip that is taken.
        minutes: how long a clip may wait.
        waiting_bytes: how many bytes those that wait may have together.
        form_path: where browsers post the form of a ticket.
    """

    origin: str | None = None

    def __init__(
        self,
        scratch: Scratch,
        *,
        max_bytes: int,
        minutes: float,
        waiting_bytes: int = MAX_WAITING_BYTES,
        form_path: str = FORM_PATH,
    ) -> None:
        self.max_bytes = max_bytes
        self.form_path = form_path
        self._waiting_bytes = waiting_bytes
        self._scratch = scratch  # as long as it lives, so does the folder
        self._seconds = minutes * 60
        self._secret = secrets.token_bytes(32)
        self._uploads: dict[str, _Upload] = {}
        self._lock = Lock()

    @property
    def directory(self) -> Path:
        """Where the clips are."""
        return self._scratch.directory

    def ticket(self, max_bytes: int) -> UploadTicket:
        """A signed form for one clip of at most so many bytes."""
        key, now = new_key(), datetime.now(UTC)
        fields = {
            "key": key,
            "Content-Type": CONTENT_TYPE,
            "x-amz-algorithm": _ALGORITHM,
            "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
        }
        policy = {
            "expiration": (now + timedelta(seconds=TICKET_SECONDS)).isoformat(timespec="seconds"),
            "conditions": [{name: value} for name, value in fields.items()] + [["content-length-range", 1, max_bytes]],
        }
        encoded = base64.b64encode(json.dumps(policy).encode()).decode("ascii")
        fields |= {"policy": encoded, "x-amz-signature": self._signature(encoded)}
        return UploadTicket(key=key, url=self.form_path, fields=fields, max_bytes=max_bytes)

    def redeem(self, fields: Mapping[str, str]) -> ClipFile:
        """The file that a ticket's form may write, exactly as its policy says.

        Raises:
            BadRequest: the form is not one that this store signed, was changed, has expired or was used.
            ModelUnavailable: too many clips are on their way or being answered.
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
        key = fields["key"]
        with self._lock:
            if key in self._uploads:
                raise BadRequest("The upload's ticket has been used.", hint="Submit the clip again.")
            self._admit(key, max_bytes)
        return ClipFile(self._path(key), max_bytes=max_bytes)

    def arrived(self, key: str) -> None:
        """The clip under a key is whole; raises `NotFound` if its time was over before."""
        with self._lock:
            upload = self._uploads.get(key)
            if upload is None:
                self._drop(key)
                raise NotFound(hint="It took longer than an upload may wait: send a smaller clip.")
            upload.size = self._path(key).stat().st_size
            upload.whole = True

    def put(self, clip: Path) -> str:
        """Take over a clip that this server received itself; raises `ModelUnavailable` if too many are waiting."""
        key = new_key()
        with self._lock:
            self._admit(key, clip.stat().st_size)
        shutil.move(clip, self._path(key))
        self.arrived(key)
        return key

    def path(self, key: str) -> Path:
        """Where the clip under a key is, which stays until it is discarded.

        Raises:
            BadRequest: this is no key.
            NotFound: there is no clip under it.
        """
        path = self._path(key)
        with self._lock:
            if key not in self._uploads or not self._uploads[key].whole:
                raise NotFound(
                    hint="Uploads are deleted once answered, and after a few minutes anyway: send the clip again."
                )
            self._uploads[key].asked = True
        return path

    def discard(self, key: str) -> None:
        """Delete the clip under a key, if it is there."""
        with self._lock:
            self._drop(key)

    def key_of(self, reference: str) -> str:
        """The key, if it is one; nothing is in S3 here."""
        if reference.startswith("s3://"):
            raise NotFound("Uploads are kept on this machine, not in S3.")
        return checked_key(reference)

    def close(self) -> None:
        """Remove all clips."""
        with self._lock:
            for key in list(self._uploads):
                self._drop(key)

    def _admit(self, key: str, size: int) -> None:
        """Make room for a clip, and note that it comes."""
        while len(self._uploads) >= MAX_WAITING or self._bytes() + size > self._waiting_bytes:
            idle = next((key for key, upload in self._uploads.items() if upload.whole and not upload.asked), None)
            if idle is None:
                raise ModelUnavailable("Too many clips are waiting.", hint="Submit the clip again in a minute.")
            self._drop(idle)
        timer = Timer(self._seconds, self.discard, (key,))
        timer.daemon = True
        self._uploads[key] = _Upload(size, timer)
        timer.start()

    def _bytes(self) -> int:
        return sum(upload.size for upload in self._uploads.values())

    def _drop(self, key: str) -> None:
        path = self._path(key)
        upload = self._uploads.pop(key, None)
        if upload is not None:
            upload.timer.cancel()
        path.unlink(missing_ok=True)

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
        for key in opened:
            store.arrived(key)
        return Response(status=204)

    def add(server: Any) -> None:
        server.add_url_rule(store.form_path, store.form_path, receive, methods=["POST"])

    return add
