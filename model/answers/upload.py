"""Permission to upload a clip."""

from __future__ import annotations

from model.answers.base import Answer

TICKET_SECONDS = 300
"""How long an upload ticket is valid."""


class UploadTicket(Answer):
    """Permission to upload one clip: a form to post, with the file as its last field, named `file`.

    Attributes:
        key: what to submit once the clip is there.
        url: where to post the form.
        fields: name and value of the form's other fields, to be sent unchanged.
        max_bytes: the largest file the store accepts.
        expires_seconds: how long the ticket is valid.
    """

    key: str
    url: str
    fields: dict[str, str]
    max_bytes: int
    expires_seconds: int = TICKET_SECONDS
