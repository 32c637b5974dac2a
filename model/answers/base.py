"""What all answers have in common."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""A share or a probability, from 0 to 1."""
Number = Annotated[float, Field(allow_inf_nan=False)]


class Answer(BaseModel):
    """A value that is said in JSON: never changed, and with no field but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> dict[str, JsonValue]:
        """The JSON object, its fields in the order of their definition."""
        result: dict[str, JsonValue] = self.model_dump(mode="json")
        return result


class Addressed(Answer):
    """An answer to one request, perhaps about one of several files; it has the fields `request_id` and `file`."""

    def for_request(self, request_id: str) -> Self:
        """The same answer, naming the request; one that names it already is kept."""
        return self._with("request_id", request_id)

    def for_file(self, file: str) -> Self:
        """The same answer, naming the file."""
        return self._with("file", file)

    def _with(self, field: str, value: str) -> Self:
        return self if field in self.model_fields_set else self.model_copy(update={field: value})


class PassedOn(Answer):
    """An answer that others also send to us: what was not said stays unsaid, and fields of a newer sender pass."""

    model_config = ConfigDict(extra="allow")

    def to_json(self) -> dict[str, JsonValue]:
        """The JSON object that was read, nothing added and nothing lost."""
        result: dict[str, JsonValue] = self.model_dump(mode="json", exclude_unset=True)
        return result
