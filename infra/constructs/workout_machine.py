"""The state machine that has whole workouts analysed: a long film in pieces, side by side, which are joined again."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.checks import acknowledge
from infra.config import Environment
from infra.constructs.image_function import TRACING
from infra.constructs.permissions import arn, permit
from infra.names import Names

STEP_SECONDS = 900
"""How long a step may take: the longest timeout of a function (AWS Lambda quotas)."""

JOB_SECONDS = 4 * 3600
"""How long a job may take, waits for a busy function included."""

HISTORY = (
    "Step Functions keeps the history of each execution for 90 days, and the function logs every step with its job."
)
"""Why the state machine writes no log of its own."""

BUSY = ["Lambda.TooManyRequestsException", "Lambda.EC2ThrottledException"]
"""What Lambda says where a request may be sent again later."""


def definition(function_arn: str) -> dict[str, Any]:
    """The state machine in Amazon States Language.

    Its input is `{"job": ..., "step": "begin"}`; `classify.workouts` says what the function is asked and what it
    answers. A step that failed through us is tried once more; while the function has too many requests, it waits.
    """

    def step(payload: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": function_arn, **payload},
            "OutputPath": "$.Payload",
            "TimeoutSeconds": STEP_SECONDS + 60,
            "Retry": [
                {"ErrorEquals": BUSY, "IntervalSeconds": 15, "BackoffRate": 1.5, "MaxDelaySeconds": 120,
                 "MaxAttempts": 60, "JitterStrategy": "FULL"},
                {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 1},
            ],
            **then,
        }  # fmt: skip

    return {
        "Comment": "Analyses a film: as a whole if it is short, else its pieces side by side.",
        "StartAt": "Begin",
        "TimeoutSeconds": JOB_SECONDS,
        "States": {
            "Begin": step({"Payload.$": "$"}, {"Next": "Done?"}),
            "Done?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.done", "BooleanEquals": True, "Next": "Done"}],
                "Default": "Pieces",
            },
            "Pieces": {
                "Type": "Map",
                "ItemsPath": "$.pieces",
                "MaxConcurrencyPath": "$.at_once",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "Follow",
                    "States": {"Follow": step({"Payload.$": "$"}, {"End": True})},
                },
                "ResultPath": None,
                "Next": "Finish",
            },
            "Finish": step({"Payload": {"job.$": "$.job", "step": "finish"}}, {"Next": "Done"}),
            "Done": {"Type": "Succeed"},
        },
    }


def machine_role(scope: Construct, name: str, function_arn: str) -> iam.Role:
    """The role of a state machine that asks one function, and tells X-Ray of it."""
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
        description=f"What {name} may do",
    )
    permit(role, ["lambda:InvokeFunction"], [function_arn])
    permit(role, ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"], because=TRACING)
    return role


def traced_machine(scope: Construct, name: str, role: iam.Role, definition: dict[str, Any]) -> None:
    """A state machine whose executions can be followed; it is there only after all that its role may do."""
    machine = stepfunctions.CfnStateMachine(
        scope,
        "Machine",
        state_machine_name=name,
        role_arn=role.role_arn,
        definition=definition,
        tracing_configuration=stepfunctions.CfnStateMachine.TracingConfigurationProperty(enabled=True),
    )
    machine.node.add_dependency(role)
    acknowledge(scope, HISTORY, "AwsSolutions-SF1")


class WorkoutMachine(Construct):
    """The state machine, and the alarm that tells of those workouts that came to nothing through us.

    Args:
        scope, construct_id: as for every construct.
        environment: names it.
        function_arn: of the function that takes the steps, with its alias.
        topic: where the alarm goes.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, function_arn: str, topic: sns.ITopic
    ) -> None:
        super().__init__(scope, construct_id)
        name = Names(environment).workouts_machine
        role = machine_role(self, name, function_arn)
        traced_machine(self, name, role, definition(function_arn))
        for metric in ("ExecutionsFailed", "ExecutionsTimedOut"):
            alarm = cloudwatch.Alarm(
                self,
                metric,
                alarm_name=f"{name}-{metric.removeprefix('Executions').lower()}",
                alarm_description="A workout came to nothing through us: the execution's history says at which step.",
                metric=cloudwatch.Metric(
                    namespace="AWS/States",
                    metric_name=metric,
                    dimensions_map={"StateMachineArn": arn(self, "states", "stateMachine", name)},
                    statistic="Sum",
                ),
                threshold=1,
                evaluation_periods=1,
                comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(actions.SnsAction(topic))
