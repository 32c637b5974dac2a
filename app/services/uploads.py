"""Keys of uploads, the same in every store."""

from __future__ import annotations

import re
import uuid

from model.defaults import UPLOAD_KEY_FORM
from model.errors import BadRequest

CONTENT_TYPE = "video/mp4"
"""The type every upload is stored under; what a file really is, the model's preflight finds out."""


def new_key() -> str:
    """A key that cannot be guessed (122 random bits)."""
    return f"uploads/{uuid.uuid4().hex}.mp4"


def checked_key(key: object) -> str:
    """The key, if it has the form of one that `new_key` gave out; raises `BadRequest` otherwise."""
    if not isinstance(key, str) or re.fullmatch(UPLOAD_KEY_FORM, key) is None:
        raise BadRequest("The key is not one of an upload.", hint="Choose the clip again and submit it.")
    return key
