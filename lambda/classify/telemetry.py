"""The function's log and metrics: one structured line per thing worth knowing, figures in CloudWatch's embedded format.

Metrics, in the namespace `Movements`, with the dimension `service`:
    ColdStart                        Count, the first request of a container (also by `function_name`)
    Fetch, Decode, Predict, Total    Milliseconds of an answered request
    Answered, Refused, Failed        Count: a result, a 4xx (the request or the clip is the reason), a 5xx (we are)
    Errors                           Count, also by `code`, one of the fifteen codes of `model.errors`
"""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from model.errors import MovementsError

NAMESPACE = "Movements"
SERVICE = "classify"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


def record_answer(timing_ms: dict[str, float]) -> None:
    """Count an answered request and its times (milliseconds by step; a description has none)."""
    metrics.add_metric(name="Answered", unit=MetricUnit.Count, value=1)
    for step, milliseconds in timing_ms.items():
        metrics.add_metric(name=step.capitalize(), unit=MetricUnit.Milliseconds, value=milliseconds)


def record_error(error: MovementsError) -> None:
    """Count an error by its kind and its code; log it, with its causes if they are ours."""
    ours = error.status >= 500
    metrics.add_metric(name="Failed" if ours else "Refused", unit=MetricUnit.Count, value=1)
    with single_metric(name="Errors", unit=MetricUnit.Count, value=1, namespace=NAMESPACE) as metric:
        metric.add_dimension(name="service", value=SERVICE)
        metric.add_dimension(name="code", value=error.code)
    if ours:
        logger.error(error.message, code=error.code, exc_info=error)
    else:
        logger.info(error.message, code=error.code)
