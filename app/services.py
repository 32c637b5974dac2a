"""What the page needs from elsewhere: somewhere to put a clip, and someone to classify it.

Two protocols, and the one place that chooses between the machine the app runs on and AWS.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.answer import Answer
from app.settings import Settings
from model.answers.report import Report
from model.contract import Contract
from model.errors import BadRequest

CONTENT_TYPE = "video/mp4"
"""The type every upload is stored under; what a file really is, the model's preflight finds out."""

TICKET_SECONDS = 300
"""How long an upload ticket is valid."""

_KEY = re.compile(r"uploads/[0-9a-f]{32}\.mp4")


@dataclass(frozen=True)
class Ticket:
    """Permission to upload one clip: a form to post, with the file as its last field, named `file`.

    Attributes:
        key: what to submit once the clip is there.
        url: where to post the form.
        fields: name and value of the form's other fields, to be sent unchanged.
        max_bytes: the largest file the store accepts.
    """

    key: str
    url: str
    fields: dict[str, str]
    max_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON that the browser gets."""
        return {
            "key": self.key,
            "url": self.url,
            "fields": self.fields,
            "max_bytes": self.max_bytes,
            "expires_seconds": TICKET_SECONDS,
        }


class UploadStore(Protocol):
    """Where clips wait for their answer."""

    @property
    def origin(self) -> str | None:
        """The origin that browsers post to, where it is not the page's own: the security policy must allow it."""
        ...

    def ticket(self) -> Ticket:
        """Permission for a browser to upload one clip, for five minutes."""
        ...

    def put(self, clip: Path) -> str:
        """Store a clip that this server received itself, and return its key; the file may be moved away."""
        ...

    def close(self) -> None:
        """Remove whatever the store keeps on this machine."""
        ...


class Classifier(Protocol):
    """Whoever turns a stored clip into probabilities; called from many threads."""

    def classify(self, key: str, *, top_k: int, stills: bool) -> Answer:
        """The answer to the clip under a key; the upload is deleted with it.

        Raises:
            MovementsError: whatever is wrong with the clip, the key or the model.
        """
        ...

    def contract(self) -> Contract:
        """The contract of the model that answers; raises `ModelUnavailable` if no model does."""
        ...

    def report(self) -> Report | None:
        """How good that model is, if its bundle says so; raises `ModelUnavailable` if no model answers."""
        ...

    def warm(self) -> None:
        """Begin to make ready what the first request would otherwise wait for, without waiting for it."""
        ...


@dataclass(frozen=True)
class Services:
    """The two, together.

    `routes` adds the routes that a store itself needs, if it is this server that browsers upload to.
    """

    uploads: UploadStore
    classifier: Classifier
    routes: Callable[[Any], None] | None = None


def new_key() -> str:
    """A key that nobody can guess (122 random bits)."""
    return f"uploads/{uuid.uuid4().hex}.mp4"


def checked_key(key: object) -> str:
    """The key, if it has the form of one that `new_key` gave out; raises `BadRequest` otherwise."""
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:
        raise BadRequest("The key is not one of an upload.", hint="Choose the clip again and submit it.")
    return key


def open_services(settings: Settings) -> Services:
    """The services that the settings ask for; nothing is loaded and nobody is called before the first request."""
    if settings.classifier_function is not None and settings.upload_bucket is not None:
        from app.aws import LambdaClassifier, S3UploadStore, lambda_client, s3_client

        return Services(
            uploads=S3UploadStore(settings.upload_bucket, s3_client(), max_bytes=settings.max_upload_bytes),
            classifier=LambdaClassifier(
                settings.classifier_function, settings.upload_bucket, lambda_client(settings.deadline_seconds)
            ),
        )
    from app.local_classifier import LocalClassifier
    from app.local_uploads import LocalUploadStore, form_route

    uploads = LocalUploadStore(max_bytes=settings.max_upload_bytes, minutes=settings.upload_minutes)
    classifier = LocalClassifier(
        uploads,
        settings.bundle,
        engine=settings.engine,
        threads=settings.threads,
        deadline_seconds=settings.deadline_seconds,
    )
    return Services(uploads=uploads, classifier=classifier, routes=form_route(uploads))
