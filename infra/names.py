"""Names on which several stacks, or something outside CDK, rely; CloudFormation names everything else."""

from __future__ import annotations

from dataclasses import dataclass

from infra.config import Environment

PROJECT = "movements"

METRICS_NAMESPACE = "Movements"
"""The namespace of the function's own metrics; a test compares it with `classify.telemetry.NAMESPACE`."""

WORKOUTS_HANDLER = "classify.workouts.handler"
"""What the image runs where it analyses whole workouts."""

ARCHIVE_HANDLER = "classify.archive.handler"
"""What it runs where it answers archives."""

LIVE = "live"
"""The alias through which the function is invoked."""


@dataclass(frozen=True)
class Names:
    """The names in one environment.

    Attributes:
        environment: the environment whose names these are.
    """

    environment: Environment

    @property
    def prefix(self) -> str:
        """The beginning of every name."""
        return f"{PROJECT}-{self.environment.name}"

    @property
    def function(self) -> str:
        """The function, and the dimension `service` of its metrics; the page knows it before the function exists."""
        return f"{self.prefix}-classify"

    @property
    def workouts_function(self) -> str:
        """The function as it analyses whole workouts, and the dimension `service` of its metrics."""
        return f"{self.prefix}-workouts"

    @property
    def workouts_machine(self) -> str:
        """The state machine that has it do so; the page knows it before it exists."""
        return f"{self.prefix}-workouts"

    @property
    def archive_function(self) -> str:
        """The function as it answers archives, and the dimension `service` of its metrics."""
        return f"{self.prefix}-archive"

    @property
    def archive_machine(self) -> str:
        """The state machine that has it do so; `movements batch s3://…` starts it by this name."""
        return f"{self.prefix}-archive"

    @property
    def pre_traffic_function(self) -> str:
        """The function that CodeDeploy asks about a new version; its managed roles may invoke only such names."""
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
