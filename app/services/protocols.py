"""What the page asks of a store and of a classifier of clips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.scratch import Scratch
from model.answers.clip import ClipAnswer
from model.answers.report import Report
from model.answers.upload import UploadTicket
from model.contract import Contract


class UploadStore(Protocol):
    """Where clips wait for their answer."""

    @property
    def origin(self) -> str | None:
        """The origin that browsers post to, where it is not the page's own: the security policy must allow it."""
        ...

    @property
    def max_bytes(self) -> int:
        """The largest clip that is taken."""
        ...

    def ticket(self, max_bytes: int) -> UploadTicket:
        """Permission for a browser to upload one clip of at most so many bytes, for five minutes."""
        ...

    def put(self, clip: Path) -> str:
        """Store a clip that this server received itself, and return its key; the file may be moved away."""
        ...

    def close(self) -> None:
        """Remove everything that the store keeps on this machine."""
        ...


class Classifier(Protocol):
    """Turns a stored clip into an answer; called from many threads."""

    def classify(self, key: str, *, top_k: int, stills: bool) -> ClipAnswer:
        """The answer to the clip under a key; the upload is deleted with it.

        Raises:
            MovementsError: whatever is wrong with the clip, the key or the model.
        """
        ...

    def contract(self) -> Contract:
        """The contract of the model that answers; raises `ModelUnavailable` if no model does."""
        ...

    def check(self) -> None:
        """Raise `ModelUnavailable` unless a model answers, and answers its golden clips as it must."""
        ...

    def known_contract(self) -> Contract | None:
        """The contract, if it is known without waiting for it."""
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

    Attributes:
        uploads: where clips wait.
        classifier: who answers.
        scratch: where this server keeps a clip that it receives itself.
        routes: adds the routes that a store itself needs, if it is this server that browsers upload to.
    """

    uploads: UploadStore
    classifier: Classifier
    scratch: Scratch
    routes: Callable[[Any], None] | None = None

    @property
    def max_bytes(self) -> int:
        """The largest clip that is accepted: the smaller of what the store takes and, once it is known, the model."""
        contract = self.classifier.known_contract()
        return min(self.uploads.max_bytes, contract.limits.max_bytes) if contract else self.uploads.max_bytes
