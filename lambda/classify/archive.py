"""The entry of the function's third configuration: some clips of an archive, answered one after the other.

    {"part": {"number": 0, "files": ["a.mp4", "b/c.mp4"]}, "source": {"bucket": "...", "prefix": "films/"},
     "out": {"bucket": "...", "prefix": "answers/rows/1a2b/"}, "top_k": 5}

A state machine asks for each part (`infra.constructs.archive_machine`), many at the same time. The rows go where `out`
says, as JSON Lines, under the part's number. Clips are kept; their buckets and that of the rows must be among
`ARCHIVES`.
"""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from classify.service import Service, clip_file, service
from classify.settings import Runtime
from classify.storage import Results, Uploads, connect
from classify.telemetry import logger, metrics, record_error
from model.answers.base import Answer
from model.answers.error import ErrorAnswer
from model.defaults import TOP_K
from model.errors import BadRequest, InternalError, MovementsError, TimedOut

ATTEMPTS = 4
"""How often the rows are written, until they are."""

CLIP_SECONDS = 30.0
"""What a clip may take; with less time left, the rest of a part is left to another attempt."""


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(_Said):
    """Objects of a bucket, under the beginning of their names."""

    bucket: str = Field(min_length=3, max_length=63)
    prefix: str = Field(max_length=900)


class Clips(_Said):
    """Some clips, by the rest of their names."""

    number: int = Field(ge=0)
    files: tuple[str, ...] = Field(min_length=1, max_length=100)


class PartRequest(_Said):
    """What is asked."""

    part: Clips
    source: Place
    out: Place
    top_k: int = Field(TOP_K, ge=1)


class Settings(BaseSettings):
    """What the operator configures beside `classify.settings`.

    Attributes:
        archives: buckets whose clips may be asked about, and that rows may be written to.
    """

    model_config = SettingsConfigDict(frozen=True)

    archives: tuple[str, ...] = ()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: object, context: LambdaContext) -> dict[str, int]:
    """Answer a part, and say how many rows there are, and how many of them are errors; raises what to try again."""
    request = PartRequest.model_validate(event)
    logger.append_keys(part=request.part.number, prefix=request.out.prefix)
    usable = context.get_remaining_time_in_millis() / 1e3 - service().settings.deadline_margin_seconds
    return archivist().answer(request, deadline=time.monotonic() + usable)


class Archivist:
    """One per container.

    Args:
        service: the model's worker.
        client: of S3.
        archives: the buckets that may be named.
    """

    def __init__(self, service: Service, client: object, archives: tuple[str, ...]) -> None:
        self._service, self._client, self._archives = service, client, archives

    def answer(self, request: PartRequest, *, deadline: float) -> dict[str, int]:
        """Answer the clips of a part, and write their rows.

        Raises:
            BadRequest: a bucket is not among the archives.
            ModelUnavailable, StoreUnavailable: nothing can be answered, or the rows cannot be written.
        """
        for place in (request.source, request.out):
            if place.bucket not in self._archives:
                raise BadRequest(f"The bucket {place.bucket} is not one of the archives.")
        self._service.workers()  # a model that is not there is no fault of any clip
        rows = [self._row(request, file, deadline) for file in request.part.files]
        text = "".join(json.dumps(row.to_json(), ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
        name = f"{request.out.prefix}{request.part.number:06d}.jsonl"
        Results(request.out.bucket, self._client).write(name, text.encode())
        return {"rows": len(rows), "errors": sum(isinstance(row, ErrorAnswer) for row in rows)}

    def _row(self, request: PartRequest, file: str, deadline: float) -> Answer:
        """A clip's answer, or why it has none."""
        try:
            now = time.monotonic()
            if deadline - now < CLIP_SECONDS / 2:
                raise TimedOut("The part took longer than it may; this clip was not looked at.")
            until = min(deadline, now + CLIP_SECONDS)
            uploads = Uploads(request.source.bucket, self._client)
            workers = self._service.workers()
            with clip_file() as clip:
                limit = workers.contract.limits.max_bytes
                uploads.download(request.source.prefix + file, clip, max_bytes=limit, deadline=until)
                return workers.answer(Path(clip.name), top_k=request.top_k, deadline=until).for_file(file)
        except MovementsError as error:
            record_error(error)
            return ErrorAnswer.of(error).for_file(file)
        except Exception as error:  # the other clips of the part have an answer all the same
            unforeseen = InternalError()
            unforeseen.__cause__ = error
            record_error(unforeseen)
            return ErrorAnswer.of(unforeseen).for_file(file)


@cache
def archivist() -> Archivist:
    """The container's."""
    return Archivist(service(), connect(ATTEMPTS), Settings().archives)


if Runtime().is_lambda:
    service().warm()
