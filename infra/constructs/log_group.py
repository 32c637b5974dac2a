"""A log group with the environment's retention."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import Environment
from infra.names import Names

_RETENTION: Mapping[int, logs.RetentionDays] = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    731: logs.RetentionDays.TWO_YEARS,
}


class LogGroup(logs.LogGroup):
    """Named `/movements/<environment>/<unit>`, kept for `environment.log_days`.

    Where data is kept, the group outlives its stack, but not a failed creation: its name would block the next attempt.

    Args:
        scope, construct_id: as for every construct.
        environment: decides how long, and whether the group outlives its stack.
        unit: the part of the system that writes to it.

    Raises:
        ValueError: `log_days` is not one of the supported periods.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, unit: str) -> None:
        days = environment.log_days
        if days not in _RETENTION:
            raise ValueError(f"log_days must be one of {', '.join(map(str, _RETENTION))}, not {days}")
        super().__init__(
            scope,
            construct_id,
            log_group_name=Names(environment).log_group(unit),
            retention=_RETENTION[days],
            removal_policy=(
                RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if environment.keep_data else RemovalPolicy.DESTROY
            ),
        )
