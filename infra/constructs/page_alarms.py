"""Alarms about the page."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.config import Environment
from infra.constructs.page_metrics import FIVE_MINUTES, PageMetrics
from infra.names import Names

SOME = 5
"""Errors in five minutes that are no coincidence."""

SLOW_SECONDS = 10
"""A third of a prediction's deadline."""

BURST = 1000
"""Refused requests in five minutes; one clumsy visitor causes fewer."""


class PageAlarms(Construct):
    """Alarms that go to one topic. Missing data raises none, since there may be no visitors.

    Args:
        scope, construct_id: as for every construct.
        environment: the environment of the page.
        metrics: the metrics that they watch.
        topic: the topic that they notify.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        metrics: PageMetrics,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix = f"{Names(environment).prefix}-page"
        self._action = actions.SnsAction(topic)
        self._alarm(
            "NoServer",
            metrics.healthy,
            "No server answers the load balancer: the page is down.",
            below=1,
            periods=2,
        )
        self._alarm(
            "UnhealthyServer",
            metrics.unhealthy,
            "A server has not answered the load balancer for five minutes, and its replacement did not help.",
            at_least=1,
            periods=5,
        )
        self._alarm(
            "Errors",
            metrics.errors,
            "The page answered with 5xx: its log has the errors; 503 means that the model is not ready.",
            at_least=SOME,
        )
        self._alarm(
            "Unreachable",
            metrics.own_errors,
            "The load balancer answered with 5xx itself: it reached no server, or got no answer in time.",
            at_least=SOME,
        )
        self._alarm(
            "Slow",
            metrics.seconds,
            f"One request in twenty took more than {SLOW_SECONDS} s, for a quarter of an hour.",
            at_least=SLOW_SECONDS,
            periods=3,
        )
        self._alarm(
            "Refused",
            metrics.blocked,
            "The firewall refused many requests: somebody tries something, or requests_per_5_minutes is too low.",
            at_least=BURST,
        )

    def _alarm(
        self,
        construct_id: str,
        metric: cloudwatch.IMetric,
        description: str,
        *,
        at_least: float | None = None,
        below: float | None = None,
        periods: int = 1,
    ) -> None:
        """An alarm at or above a threshold, or below one."""
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=f"{self._prefix}-{construct_id.lower()}",
            alarm_description=description,
            metric=metric,
            threshold=at_least if below is None else below,
            evaluation_periods=periods,
            comparison_operator=(
                cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
                if below is None
                else cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
            ),
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)


class ServerAlarm(Construct):
    """The one alarm about a page with one server: it does not run. AWS recovers it, or an operator replaces it.

    Args:
        scope, construct_id: as for every construct.
        environment: the environment of the page.
        instance: the server.
        topic: the topic that is notified.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        instance: ec2.Instance,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        cloudwatch.Alarm(
            self,
            "NoServer",
            alarm_name=f"{Names(environment).prefix}-page-noserver",
            alarm_description="The page's server fails its checks, or is gone: the page is down.",
            metric=cloudwatch.Metric(
                namespace="AWS/EC2",
                metric_name="StatusCheckFailed",
                dimensions_map={"InstanceId": instance.instance_id},
                statistic="Maximum",
                period=FIVE_MINUTES,
            ),
            threshold=1,
            evaluation_periods=2,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        ).add_alarm_action(actions.SnsAction(topic))
