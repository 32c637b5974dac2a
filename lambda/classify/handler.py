"""The function's entry: parse the event, make one call, map the result."""

from __future__ import annotations

import re
import time

from aws_lambda_powertools.utilities.typing import LambdaContext

from classify.events import DescribeRequest, parse
from classify.responses import LambdaResponse, failure, success
from classify.service import service
from classify.settings import Runtime
from classify.telemetry import logger, metrics
from model.errors import InternalError, MovementsError

_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: object, context: LambdaContext) -> LambdaResponse:
    """Answer one request. Every failure is an answer too; of an unforeseen one, the details are in the log only."""
    request_id = _request_id(context)
    logger.append_keys(request_id=request_id)
    try:
        request = parse(event)
        if isinstance(request, DescribeRequest):
            return success(service().describe(), request_id)
        usable = context.get_remaining_time_in_millis() / 1e3 - service().settings.deadline_margin_seconds
        answer = service().classify(request, deadline=time.monotonic() + usable)
        return success(answer, request_id)
    except MovementsError as error:
        return failure(error, request_id)
    except Exception as error:
        unforeseen = InternalError()
        unforeseen.__cause__ = error
        return failure(unforeseen, request_id)


def _request_id(context: LambdaContext) -> str:
    """The asker's name for the request, where it comes along: one id leads from the page's log to this one.

    It comes in the client's context, which a version that does not know it passes over; a new field of the event it
    would refuse, and while one is rolled back, old and new ones meet.
    """
    client = getattr(context, "client_context", None)
    said = (getattr(client, "custom", None) or {}).get("request_id")
    return said if isinstance(said, str) and _REQUEST_ID.fullmatch(said) else str(context.aws_request_id)


if Runtime().is_lambda:
    service().warm()
