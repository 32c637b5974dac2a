"""What tells an operator how the page is: its alarms, whether a release is everywhere, and the figures at a glance."""

from __future__ import annotations

from aws_cdk import CfnOutput
from constructs import Construct

from infra.config import Context
from infra.constructs.dashboard import Dashboard
from infra.constructs.every_server import EveryServer
from infra.constructs.page_alarms import PageAlarms
from infra.stacks.base import BaseStack
from infra.stacks.unit import UnitStack
from infra.stacks.web import WebStack


class WatchStack(UnitStack):
    """The alarms about the page, the dashboard, and who asks whether every server serves a release.

    Apart from the page and the pipeline, whose templates they would make too large.

    Attributes:
        every_server: what the pipeline invokes after a release.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, context: Context, base: BaseStack, web: WebStack
    ) -> None:
        super().__init__(
            scope, construct_id, context=context, holds="alarms of the page, dashboard, last question of a release"
        )
        assert web.metrics is not None, "a page without a load balancer has one alarm, in its own stack"
        PageAlarms(self, "Page", environment=context.environment, metrics=web.metrics, topic=base.alarms)
        self.every_server = EveryServer(
            self, "EveryServer", environment=context.environment, application=web.application
        ).function
        dashboard = Dashboard(self, "Dashboard", environment=context.environment, page=web.metrics)
        CfnOutput(self, "DashboardAddress", value=dashboard.url)
