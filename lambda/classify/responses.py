"""What the function gives back: status, headers and a JSON body, for answers and for errors."""

from __future__ import annotations

import json
from typing import TypedDict

from classify.telemetry import record_answer, record_error
from classify.traces import trace_steps
from model.answers.base import Addressed
from model.answers.clip import ClipAnswer
from model.answers.error import ErrorAnswer
from model.errors import MovementsError


class LambdaResponse(TypedDict):
    """The form that API Gateway and function URLs also understand."""

    statusCode: int
    headers: dict[str, str]
    body: str


def success(answer: Addressed, request_id: str) -> LambdaResponse:
    """The response to a request that could be met; raises ValueError for NaN and infinity."""
    response = _response(200, answer, request_id)
    timing = answer.timing_ms if isinstance(answer, ClipAnswer) else {}
    record_answer(timing)
    trace_steps(timing)
    return response


def failure(error: MovementsError, request_id: str) -> LambdaResponse:
    """The response with an error: its status, and `model.answers.error.ErrorAnswer`."""
    record_error(error)
    return _response(error.status, ErrorAnswer.of(error), request_id)


def _response(status: int, answer: Addressed, request_id: str) -> LambdaResponse:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": json.dumps(answer.for_request(request_id).to_json(), allow_nan=False),
    }
