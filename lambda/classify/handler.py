"""The function's entry: parse the event, make one call, map the result."""

from __future__ import annotations

import time

from aws_lambda_powertools.utilities.typing import LambdaContext

from classify.events import DescribeRequest, parse
from classify.responses import LambdaResponse, failure, success
from classify.service import service
from classify.settings import Runtime
from classify.telemetry import logger, metrics
from model.errors import InternalError, MovementsError


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: object, context: LambdaContext) -> LambdaResponse:
    """Answer one request. Every failure is an answer too; of an unforeseen one, the details are in the log only."""
    try:
        request = parse(event)
        if isinstance(request, DescribeRequest):
            return success(service().describe(), context.aws_request_id)
        usable = context.get_remaining_time_in_millis() / 1e3 - service().settings.deadline_margin_seconds
        answer = service().classify(request, deadline=time.monotonic() + usable)
        return success(answer, context.aws_request_id)
    except MovementsError as error:
        return failure(error, context.aws_request_id)
    except Exception as error:
        unforeseen = InternalError()
        unforeseen.__cause__ = error
        return failure(unforeseen, context.aws_request_id)


if Runtime().is_lambda:
    service().warm()
