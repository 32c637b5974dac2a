"""One dashboard for the whole system."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.config import Environment
from infra.constructs.page_metrics import FIVE_MINUTES, PageMetrics
from infra.names import METRICS_NAMESPACE, Names

STEPS = ("Fetch", "Decode", "Predict", "Total")
"""The times of an answer that the function reports, in milliseconds."""

OUTCOMES = ("Answered", "Refused", "Failed")
"""How a request to the function ends."""

WIDTH = 8
"""The width of a widget, of the dashboard's 24 columns."""


class Dashboard(Construct):
    """The metrics of page and function. It knows the function by its name, so that it can exist before the function.

    Args:
        scope, construct_id: as for every construct.
        environment: the environment that it shows.
        page: the metrics of the page.

    Attributes:
        url: its address in the console.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, page: PageMetrics) -> None:
        super().__init__(scope, construct_id)
        names = Names(environment)
        self._function = names.function
        cloudwatch.Dashboard(
            self,
            "Resource",
            dashboard_name=names.prefix,
            default_interval=Duration.hours(12),
            widgets=[
                [
                    self._graph("Clips", [self._own(name, "Sum") for name in OUTCOMES]),
                    self._graph("Milliseconds, median", [self._own(name, "p50") for name in STEPS]),
                    self._graph("Milliseconds, 95th percentile", [self._own(name, "p95") for name in STEPS]),
                ],
                [
                    self._graph(
                        "Function: errors",
                        [
                            self._lambda("Errors", "Sum"),
                            self._lambda("Throttles", "Sum"),
                            self._own("ColdStart", "Sum", function_name=self._function),
                        ],
                    ),
                    self._graph(
                        "Function: milliseconds", [self._lambda("Duration", "p50"), self._lambda("Duration", "p95")]
                    ),
                    self._graph("Function: at the same time", [self._lambda("ConcurrentExecutions", "Maximum")]),
                ],
                [
                    self._graph("Page: requests", [page.requests, page.errors, page.own_errors, page.blocked]),
                    self._graph("Page: seconds", [page.seconds]),
                    self._graph("Page: servers", [page.healthy, page.unhealthy], right=[page.cpu]),
                ],
            ],
        )
        self.url = (
            f"https://{Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region={Aws.REGION}"
            f"#dashboards:name={names.prefix}"
        )

    def _own(self, name: str, statistic: str, **dimensions: str) -> cloudwatch.Metric:
        """A metric that the function reports itself."""
        return cloudwatch.Metric(
            namespace=METRICS_NAMESPACE,
            metric_name=name,
            dimensions_map={"service": self._function, **dimensions},
            statistic=statistic,
            period=FIVE_MINUTES,
        )

    def _lambda(self, name: str, statistic: str) -> cloudwatch.Metric:
        """A metric that Lambda reports about the function."""
        return cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name=name,
            dimensions_map={"FunctionName": self._function},
            statistic=statistic,
            period=FIVE_MINUTES,
        )

    @staticmethod
    def _graph(
        title: str, left: list[cloudwatch.IMetric], right: list[cloudwatch.IMetric] | None = None
    ) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(title=title, left=left, right=right, width=WIDTH)
