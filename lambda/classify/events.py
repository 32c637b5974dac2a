"""What may be asked of the function, and how a request is read.

    {"bucket": "...", "key": "..."}     a clip uploaded to the bucket of uploads, under a key that the page gives out
    {"video": "<base64>"}               a small clip inside the request
    {"describe": true}                  no clip: what the model is, which movements it knows, how good it is

The first two take `top_k` (how many rows, default 5), `stills` (also the sampled frames as JPEG, default false), and
`part` (first and last second of what is looked at, default all).
"""

from __future__ import annotations

import base64
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError, field_validator

from model.answers.clip import Part
from model.defaults import TOP_K, UPLOAD_KEY_FORM
from model.errors import BadRequest, EmptyFile, TooLarge

MAX_INLINE = 6 * 2**20
"""Characters of base64 in one request: Lambda's own limit for the payload of a synchronous invocation."""

_HINT = (
    'Send {"bucket", "key"} of an uploaded clip, or {"video"} with a small clip in base64; '
    '"top_k" (1 or more), "stills" (true or false) and "part" ([first, last] second) are optional.'
)


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    top_k: StrictInt = Field(TOP_K, ge=1)
    stills: StrictBool = False
    part: Part | None = None


class UploadedClip(_Request):
    """A clip in the bucket of uploads."""

    bucket: str = Field(min_length=3, max_length=63)
    key: str = Field(pattern=UPLOAD_KEY_FORM)


class InlineClip(_Request):
    """A small clip inside the request; `video` holds its bytes, decoded."""

    video: bytes

    @field_validator("video", mode="before")
    @classmethod
    def _decode(cls, value: object) -> bytes:
        if not isinstance(value, str):
            raise ValueError("a string of base64 is expected")
        if len(value) > MAX_INLINE:
            raise TooLarge(
                f"The clip takes {len(value)} characters of base64; a request holds at most {MAX_INLINE}.",
                hint="Upload the clip and send its bucket and key, or cut it to one repetition.",
            )
        try:
            video = base64.b64decode(value, validate=True)
        except ValueError as error:
            raise ValueError(f"this is not base64 ({error})") from error
        if not video:
            raise EmptyFile()
        return video


class DescribeRequest(BaseModel):
    """No clip; contract and report of the model are asked for, which also shows that it is loaded and verified."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    describe: Literal[True]


ClipRequest = UploadedClip | InlineClip
Request = ClipRequest | DescribeRequest


def parse(event: object) -> Request:
    """The request in an event.

    Raises:
        BadRequest: the event is none of the three forms; the message names the field, never its content.
        EmptyFile, TooLarge: the clip inside the request is empty or larger than a request may be.
    """
    form: type[Request] = UploadedClip
    if isinstance(event, dict) and "video" in event:
        form = InlineClip
    elif isinstance(event, dict) and "describe" in event:
        form = DescribeRequest
    try:
        return form.model_validate(event)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        where = f"The request's field {field!r}" if field else "The request"
        raise BadRequest(f"{where} is not accepted: {first['msg']}.", hint=_HINT) from None
