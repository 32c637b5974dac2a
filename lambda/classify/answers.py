"""What the function gives back: status, headers and a JSON body, for predictions and for errors."""

from __future__ import annotations

import json
from typing import Any, TypedDict

from classify.telemetry import record_answer, record_error
from model.errors import MovementsError


class Answer(TypedDict):
    """The form that API Gateway and function URLs also understand."""

    statusCode: int
    headers: dict[str, str]
    body: str


def success(body: dict[str, Any], request_id: str) -> Answer:
    """The answer to a request that could be met; raises ValueError for NaN and infinity."""
    answer = _answer(200, body, request_id)
    record_answer(body.get("timing_ms", {}))
    return answer


def failure(error: MovementsError, request_id: str) -> Answer:
    """The answer with an error: its status, and `{"error": {"code", "message", "hint"}}`."""
    record_error(error)
    return _answer(error.status, error.to_dict(), request_id)


def _answer(status: int, body: dict[str, Any], request_id: str) -> Answer:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": json.dumps({**body, "request_id": request_id}, allow_nan=False),
    }
