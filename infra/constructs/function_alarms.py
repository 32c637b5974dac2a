"""Alarms about the function; those of a new version roll it back."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.config import Environment
from infra.constructs.image_function import ImageFunction
from infra.names import LIVE, METRICS_NAMESPACE, Names

NEAR = 0.8
"""The share of a limit above which an alarm rings."""

ONCE = 1
"""One error is enough: it is a clip without an answer."""

LASTING = 3
"""Consecutive periods after which a slow or busy function is no coincidence."""


class FunctionAlarms(Construct):
    """Alarms that go to one topic. Missing data raises none, since a function that nobody invokes reports nothing.

    Errors are counted in two places. Lambda counts what ended a container: a crash, the timeout, too little memory. The
    function counts as `Failed` the requests that it answered with a 5xx itself, where it has metrics of its own.

    Each version has alarms of its own, which count its requests only: an alarm about a faulty live version must not
    stop the deployment that fixes it.

    Attributes:
        of_new_version: the alarms that end a deployment and set the alias back.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        classify: ImageFunction,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self._action = actions.SnsAction(topic)
        function, version = classify.function, classify.version.version
        self._name = Names(environment).function
        own = {"service": self._name}
        new = {
            "FunctionName": self._name,
            "Resource": f"{self._name}:{LIVE}",
            "ExecutedVersion": version,
        }
        at_once = environment.reserved_concurrency
        self._alarm(
            "Errors",
            metric=function.metric_errors(statistic="Sum", period=Duration.minutes(5)),
            threshold=ONCE,
            description="The function crashed, ran out of memory or out of time: its log says which.",
        )
        if environment.own_metrics:
            self._alarm(
                "Failed",
                metric=_own_metric("Failed", own, Duration.minutes(5)),
                threshold=ONCE,
                description="The function answered a request with a 5xx: its log has the error and its cause.",
            )
        self._alarm(
            "Throttles",
            metric=function.metric_throttles(statistic="Sum", period=Duration.minutes(5)),
            threshold=ONCE,
            description=(
                "More clips at once than the account's concurrency lets through: ask for a higher quota."
                if at_once is None
                else f"More than {at_once} clips at once: raise reserved_concurrency."
            ),
        )
        self._alarm(
            "Slow",
            metric=function.metric_duration(statistic="p95", period=Duration.minutes(5)),
            threshold=NEAR * environment.timeout_seconds * 1000,
            periods=LASTING,
            description=f"One clip in twenty takes most of the {environment.timeout_seconds} s that it may take.",
        )
        if at_once is not None:
            self._alarm(
                "Busy",
                metric=function.metric("ConcurrentExecutions", statistic="Maximum", period=Duration.minutes(1)),
                threshold=NEAR * at_once,
                periods=LASTING,
                description=f"Nearly {at_once} clips at once; beyond that they are refused.",
            )
        self.of_new_version = [
            self._alarm(
                "NewVersionErrors",
                name=f"{self._name}-errors-of-version-{version}",
                metric=cloudwatch.Metric(
                    namespace="AWS/Lambda",
                    metric_name="Errors",
                    dimensions_map=new,
                    statistic="Sum",
                    period=Duration.minutes(1),
                ),
                threshold=ONCE,
                description="The newest version crashed or ran out of time; while it is deployed, it is taken back.",
            ),
        ]
        if environment.own_metrics:
            self.of_new_version.append(
                self._alarm(
                    "NewVersionFailed",
                    name=f"{self._name}-failed-of-version-{version}",
                    metric=_own_metric("FailedOfVersion", {**own, "version": version}, Duration.minutes(1)),
                    threshold=ONCE,
                    description="The newest version answered with a 5xx; while it is deployed, it is taken back.",
                )
            )

    def _alarm(
        self,
        construct_id: str,
        *,
        metric: cloudwatch.Metric,
        threshold: float,
        description: str,
        periods: int = 1,
        name: str | None = None,
    ) -> cloudwatch.Alarm:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=name or f"{self._name}-{construct_id.lower()}",
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        return alarm


def _own_metric(name: str, dimensions: dict[str, Any], period: Duration) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE, metric_name=name, dimensions_map=dimensions, statistic="Sum", period=period
    )
