"""Keys and tickets of uploads, the same whoever stores them."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

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


def new_key() -> str:
    """A key that nobody can guess (122 random bits)."""
    return f"uploads/{uuid.uuid4().hex}.mp4"


def checked_key(key: object) -> str:
    """The key, if it has the form of one that `new_key` gave out; raises `BadRequest` otherwise."""
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:
        raise BadRequest("The key is not one of an upload.", hint="Choose the clip again and submit it.")
    return key
