"""The addresses of a person's own clips and model; there only where the server was started for it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from flask import Blueprint, Response, g
from pydantic import BaseModel, Field, ValidationError

from app.incoming import Incoming
from app.own.studio import Studio
from app.scratch import Scratch
from app.server import said
from model.errors import BadRequest, NotFound


class _Sent(BaseModel):
    movement: str = Field(max_length=200)
    athlete: str = Field("", max_length=200)
    file: str = Field("clip.mp4", max_length=500)


class Uploads(Protocol):
    """What is asked of the store of uploads."""

    @property
    def max_bytes(self) -> int:
        """The largest clip that is taken."""
        ...

    def put(self, clip: Path) -> str:
        """Store a clip, and return its key."""
        ...

    def path(self, key: str) -> Path:
        """Where it is."""
        ...


def own_api(studio: Studio, uploads: Uploads, frames_of: Callable[[str], int], scratch: Scratch) -> Blueprint:
    """The routes.

    Args:
        studio: the clips.
        uploads: where they come in.
        frames_of: has a worker read an upload, which goes with that, and says how many frames it has.
        scratch: where one is kept for a moment.

    `GET /api/own`                  everything: `OwnAnswer`
    `POST /api/own/clips`           a form with `movement`, perhaps `athlete` and the `file`'s name, and `video`
    `DELETE /api/own/clips/ID`      one less; 204
    `POST /api/own/TASK`            check, train, compare, stop, activate, discard: `OwnAnswer`
    """
    routes = Blueprint("own", __name__)
    incoming = Incoming(scratch, uploads.put)
    tasks: dict[str, Callable[[], None]] = {
        "check": studio.check,
        "train": studio.train,
        "compare": studio.compare,
        "stop": studio.stop,
        "activate": studio.activate,
        "discard": studio.discard,
    }

    @routes.get("/api/own")
    def told() -> Response:
        return said(studio.told())

    @routes.post("/api/own/clips")
    def add() -> Response:
        sent, key = incoming.form("video", uploads.max_bytes, _read)
        # What a worker cannot read, nothing can be learned from; the upload goes with its answer.
        kept = scratch.directory / f"{g.request_id}.own"
        shutil.copyfile(uploads.path(key), kept)
        try:
            frames = frames_of(key)
            clip = studio.add(
                kept,
                file=sent.file,
                movement=sent.movement,
                athlete=sent.athlete,
                frames=frames,
                name=uuid.uuid4().hex,
            )
        finally:
            kept.unlink(missing_ok=True)
        return said(clip)

    @routes.delete("/api/own/clips/<name>")
    def remove(name: str) -> Response:
        studio.remove(name)
        return Response(status=204)

    @routes.post("/api/own/<task>")
    def begin(task: str) -> Response:
        if task not in tasks:
            raise NotFound(f"There are {', '.join(tasks)}, and no {task[:50]!r}.")
        tasks[task]()
        return said(studio.told())

    return routes


def _read(fields: dict[str, str]) -> _Sent:
    try:
        return _Sent.model_validate(fields)
    except ValidationError as error:
        raise BadRequest(
            "A clip is sent with the movement that it shows.", hint="Send a form with `movement` and `video`."
        ) from error
