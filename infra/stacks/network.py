"""The network that the page is in, and the log of its connections."""

from __future__ import annotations

from constructs import Construct

from infra.config import Context
from infra.constructs.log_group import LogGroup
from infra.constructs.network import Network
from infra.stacks.unit import UnitStack


class NetworkStack(UnitStack):
    """Subnets, gateways, and the log of connections; apart from the page, whose template would grow too large.

    Attributes:
        network: the network.
    """

    def __init__(self, scope: Construct, construct_id: str, *, context: Context) -> None:
        super().__init__(scope, construct_id, context=context, holds="the network of the page")
        environment = context.environment
        self.network = Network(
            self,
            "Network",
            environment=environment,
            zones=context.zones,
            flow_logs=LogGroup(self, "FlowLog", environment=environment, unit="network"),
            sign_in=context.domain is not None and context.domain.sign_in,
        )
