"""What the page asks of a store and of a classifier of clips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from flask import Blueprint

from app.device.routes import OnDevice
from app.scratch import Scratch
from model.answers.clip import ClipAnswer, Part
from model.answers.report import Report
from model.answers.upload import UploadTicket
from model.answers.workout import JobAnswer
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

    def key_of(self, reference: str) -> str:
        """The key that somebody names an upload by, or by where the store has it; raises `BadRequest` for another."""
        ...

    def close(self) -> None:
        """Remove everything that the store keeps on this machine."""
        ...


class Classifier(Protocol):
    """Turns a stored clip into an answer; called from many threads."""

    def classify(self, key: str, *, top_k: int, stills: bool, part: Part | None = None) -> ClipAnswer:
        """The answer to the clip under a key, or to a part of it; the upload is deleted with it.

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


class Workouts(Protocol):
    """Analyses whole films, one after the other; called from many threads."""

    @property
    def max_bytes(self) -> int:
        """The largest film that is taken."""
        ...

    def ticket(self) -> UploadTicket:
        """Permission for a browser to upload one film."""
        ...

    def put(self, film: Path) -> str:
        """Store a film that this server received itself, and return its key; the file may be moved away."""
        ...

    def submit(self, key: str, *, athlete: tuple[float, float] | None = None) -> JobAnswer:
        """Have an uploaded film analysed, perhaps with the athlete pointed out in its first picture.

        Raises:
            BadRequest: this is no key.
            NotFound: there is no such film; a store that cannot tell at once has the job fail.
            ModelUnavailable: too many wait.
        """
        ...

    def job(self, name: str) -> JobAnswer:
        """What has become of a job; raises `NotFound` for one that is not known."""
        ...

    def delete(self, name: str) -> None:
        """Forget a job, its film and its result; raises `NotFound` for one that is not known."""
        ...

    def close(self) -> None:
        """Give up everything."""
        ...


@dataclass(frozen=True)
class Services:
    """All of them, together.

    Attributes:
        uploads: where clips wait.
        classifier: who answers.
        workouts: who analyses whole films; None where nobody does.
        device: what browsers answer clips with themselves; None where they cannot.
        own: adds the routes of a person's own clips and model; None where there are none.
        scratch: where this server keeps a clip that it receives itself.
        routes: adds the routes that a store itself needs, if it is this server that browsers upload to.
    """

    uploads: UploadStore
    classifier: Classifier
    scratch: Scratch
    routes: Callable[[Any], None] | None = None
    workouts: Workouts | None = None
    device: OnDevice | None = None
    own: Blueprint | None = None

    @property
    def max_bytes(self) -> int:
        """The largest clip that is accepted: the smaller of what the store takes and, once it is known, the model."""
        contract = self.classifier.known_contract()
        return min(self.uploads.max_bytes, contract.limits.max_bytes) if contract else self.uploads.max_bytes
