"""Names that more than one stack, or somebody outside CDK, relies on; everything else is named by CloudFormation."""

from __future__ import annotations

from dataclasses import dataclass

from infra.config import Environment

PROJECT = "movements"

METRICS_NAMESPACE = "Movements"
"""Where the function's own metrics are; the same as `classify.telemetry.NAMESPACE`, which a test compares."""

LIVE = "live"
"""The alias that answers."""


@dataclass(frozen=True)
class Names:
    """The names in one environment.

    Attributes:
        environment: whose they are.
    """

    environment: Environment

    @property
    def prefix(self) -> str:
        """What every name begins with."""
        return f"{PROJECT}-{self.environment.name}"

    @property
    def function(self) -> str:
        """The function, and the dimension `service` of its metrics; the page may exist before the function does."""
        return f"{self.prefix}-classify"

    @property
    def pre_traffic_function(self) -> str:
        """What CodeDeploy asks before a new version gets traffic; its own managed roles may call such names only."""
        return f"CodeDeployHook_{self.function}"

    @property
    def image_repository(self) -> str:
        """The repository of the function's images."""
        return f"{self.prefix}-classify"

    @property
    def bundle_parameter(self) -> str:
        """The parameter that says which model is live."""
        return f"/{PROJECT}/{self.environment.name}/bundle"

    @property
    def pipeline(self) -> str:
        """The pipeline."""
        return self.prefix

    def stack(self, unit: str) -> str:
        """A stack, such as `movements-dev-base`."""
        return f"{self.prefix}-{unit}"

    def log_group(self, unit: str) -> str:
        """A log group, such as `/movements/dev/page`."""
        return f"/{PROJECT}/{self.environment.name}/{unit}"
