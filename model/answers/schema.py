"""The JSON schema of what we say."""

from __future__ import annotations

from pydantic import JsonValue
from pydantic.json_schema import models_json_schema

from model.answers.clip import ClipAnswer
from model.answers.error import ErrorAnswer
from model.answers.model import Alive, Description, Healthy, ModelSummary
from model.answers.upload import UploadTicket

ANSWERS = (ClipAnswer, ErrorAnswer, Description, ModelSummary, UploadTicket, Healthy, Alive)
"""What function and API send."""


def json_schema() -> dict[str, JsonValue]:
    """All answers of function and API by name, below `$defs`, in JSON Schema 2020-12."""
    _, schema = models_json_schema([(answer, "serialization") for answer in ANSWERS], title="Answers of Movements")
    return schema
