"""An error as an answer: `{"error": {"code", "message", "hint"}}`."""

from __future__ import annotations

from typing import Self

from pydantic import ValidationError

from model.answers.base import Addressed, Answer, PassedOn
from model.errors import ERRORS, InternalError, MovementsError


class ErrorDetail(Answer):
    """What is wrong and what to do about it; `code` is one of `model.errors.ERRORS`."""

    code: str
    message: str
    hint: str

    @classmethod
    def of(cls, error: MovementsError) -> Self:
        """An error in words."""
        return cls(code=error.code, message=error.message, hint=error.hint)


class ErrorAnswer(Addressed, PassedOn):
    """Why there is no answer.

    Attributes:
        file: path of the clip, where several were asked about at once.
        error: the reason.
        request_id: identifies the request in the log.
    """

    file: str | None = None
    error: ErrorDetail
    request_id: str | None = None

    @classmethod
    def of(cls, error: MovementsError) -> Self:
        """The answer that carries an error."""
        return cls(error=ErrorDetail.of(error))


def read_error(body: object) -> MovementsError:
    """The error in an answer, as the caller of a remote service meets it; what cannot be read is an `InternalError`."""
    try:
        detail = ErrorAnswer.model_validate(body).error
    except ValidationError:
        return InternalError()
    return ERRORS.get(detail.code, InternalError)(detail.message, hint=detail.hint)
