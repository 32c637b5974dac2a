"""What version 1 says of requests that it does not answer: in its description, and of one that does not fit that."""

from __future__ import annotations

from collections import defaultdict
from http import HTTPStatus
from typing import Any, NoReturn

from pydantic import ValidationError

from app.problems import MEDIA_TYPE
from model.errors import ERRORS, BadRequest

BINARY = {"type": "string", "format": "binary", "minLength": 1}
"""A file, in the description."""


def responses() -> dict[str | int | HTTPStatus, Any]:
    """The answers that every route may give instead of its own: statuses, with the codes that come with them."""
    codes = defaultdict(list)
    for error in ERRORS.values():
        codes[error.status].append(f"`{error.code}`")
    schema = {"$ref": "#/components/schemas/Problem"}
    too_long = {"description": "The address takes more than 8 KB.", "content": {"text/html": {"schema": {}}}}
    told: dict[str | int | HTTPStatus, Any] = {
        status: {"description": ", ".join(codes[status]), "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted(codes)
    }
    return told | {414: too_long}


def refuse(error: ValidationError) -> NoReturn:
    """Raise `BadRequest` with the first thing that is wrong with what was sent."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    raise BadRequest(f"{place[:80] or 'The request'}: {first['msg'][:200]}.") from error
