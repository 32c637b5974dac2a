"""The state machine that has an archive of clips answered: Distributed Map over the parts that a file lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from infra.config import Environment
from infra.constructs.permissions import arn, permit
from infra.constructs.workout_machine import BUSY, machine_role, traced_machine
from infra.names import Names

PART_SECONDS = 240
"""How long a part of an archive may take; an Express execution ends after five minutes (AWS Step Functions quotas)."""

RUN_SECONDS = 14 * 24 * 3600
"""How long an archive may take."""


def definition(function_arn: str) -> dict[str, Any]:
    """The state machine in Amazon States Language.

    Its input is `{"parts": {"Bucket", "Key"}, "source": {"bucket", "prefix"}, "out": {"bucket", "prefix"}, "results":
    {"Bucket", "Prefix"}, "top_k", "at_once", "tolerated"}`: the object with the list of parts, where the clips are and
    the rows go, where Step Functions says what became of each part, how many parts are answered at the same time, and
    which percentage of them may come to nothing. `classify.archive` says what the function is asked for each.
    """
    return {
        "Comment": "Answers the clips of an archive, in parts, side by side.",
        "StartAt": "Parts",
        "TimeoutSeconds": RUN_SECONDS,
        "States": {
            "Parts": {
                "Type": "Map",
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSON"},
                    "Parameters": {"Bucket.$": "$.parts.Bucket", "Key.$": "$.parts.Key"},
                },
                "ItemSelector": {
                    "part.$": "$$.Map.Item.Value",
                    "source.$": "$.source",
                    "out.$": "$.out",
                    "top_k.$": "$.top_k",
                },
                "MaxConcurrencyPath": "$.at_once",
                "ToleratedFailurePercentagePath": "$.tolerated",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                    "StartAt": "Answer",
                    "States": {
                        "Answer": {
                            "Type": "Task",
                            "Resource": "arn:aws:states:::lambda:invoke",
                            "Parameters": {"FunctionName": function_arn, "Payload.$": "$"},
                            "OutputPath": "$.Payload",
                            "TimeoutSeconds": PART_SECONDS + 30,
                            "Retry": [
                                {"ErrorEquals": BUSY, "IntervalSeconds": 2, "BackoffRate": 1.5, "MaxDelaySeconds": 20,
                                 "MaxAttempts": 10, "JitterStrategy": "FULL"},
                                {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "BackoffRate": 2,
                                 "MaxAttempts": 2},
                            ],
                            "End": True,
                        }
                    },
                },
                "ResultWriter": {
                    "Resource": "arn:aws:states:::s3:putObject",
                    "Parameters": {"Bucket.$": "$.results.Bucket", "Prefix.$": "$.results.Prefix"},
                },
                "End": True,
            }
        },
    }  # fmt: skip


class ArchiveMachine(Construct):
    """The state machine; who may start it is said where people get their permissions.

    Args:
        scope, construct_id: as for every construct.
        environment: names it.
        function_arn: of the function that answers parts, with its alias.
        archives: names of the buckets with clips and rows.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        function_arn: str,
        archives: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        name = Names(environment).archive_machine
        role = machine_role(self, name, function_arn)
        permit(
            role,
            ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
            [f"arn:aws:s3:::{archive}/*" for archive in archives],
            because="It reads the list of parts, and says what became of them, wherever the operator keeps rows.",
        )
        permit(role, ["states:StartExecution"], [arn(self, "states", "stateMachine", name)])
        permit(
            role,
            ["states:DescribeExecution", "states:RedriveExecution", "states:StopExecution"],
            [arn(self, "states", "execution", f"{name}:*")],
            because="A Distributed Map starts executions of its own machine, whose names it chooses.",
        )
        traced_machine(self, name, role, definition(function_arn))
