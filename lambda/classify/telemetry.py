"""The function's log and metrics: one structured line per thing worth knowing, figures in CloudWatch's embedded format.

Metrics, in the namespace `Movements`, with the dimension `service`, the function's name:
    ColdStart                        Count, the first request of a container (also by `function_name`)
    Fetch, Decode, Predict, Total    Milliseconds of an answered request
    Answered, Refused, Failed        Count: a result, a 4xx (the request or the clip is the reason), a 5xx (we are)
    FailedOfVersion                  Count by `version`: the failures of a new version, apart from those of the old one
    Errors                           Count, also by `code`, one of the codes of `model.errors`
"""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from classify.settings import Reporter
from model.errors import MovementsError

NAMESPACE = "Movements"

reporter = Reporter()
logger = Logger(service=reporter.service)
metrics = Metrics(namespace=NAMESPACE, service=reporter.service)


def record_answer(timing_ms: dict[str, float]) -> None:
    """Count an answered request and its times (milliseconds by step; a description has none)."""
    metrics.add_metric(name="Answered", unit=MetricUnit.Count, value=1)
    for step, milliseconds in timing_ms.items():
        metrics.add_metric(name=step.capitalize(), unit=MetricUnit.Milliseconds, value=milliseconds)


def record_error(error: MovementsError) -> None:
    """Count an error by its kind and its code; log it, with its causes if they are ours."""
    ours = error.status >= 500
    metrics.add_metric(name="Failed" if ours else "Refused", unit=MetricUnit.Count, value=1)
    _count_by("Errors", "code", error.code)
    if ours:
        _count_by("FailedOfVersion", "version", reporter.version)
        logger.error(error.message, code=error.code, exc_info=error)
    else:
        logger.info(error.message, code=error.code)


def _count_by(name: str, dimension: str, value: str) -> None:
    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace=NAMESPACE) as metric:
        metric.add_dimension(name="service", value=reporter.service)
        metric.add_dimension(name=dimension, value=value)
