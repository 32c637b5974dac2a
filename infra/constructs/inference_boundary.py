"""The most that the roles of the function's stack may do, whatever a commit contains."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import Environment
from infra.constructs.image_function import TRACING
from infra.constructs.permissions import arn, exported, permit
from infra.names import Names


def boundary_name(environment: Environment) -> str:
    """The policy's name; IAM is global, and an environment may be in two regions of an account."""
    return f"{Names(environment).stack('inference')}-{Aws.REGION}"


class InferenceBoundary(iam.ManagedPolicy):
    """A permissions boundary: people who may push write that stack's policies, and could otherwise allow anything.

    It is in the pipeline's stack, which only operators deploy; CloudFormation may create no role without it.

    Args:
        scope, construct_id: as for every construct.
        environment: the environment of the function.
        models, uploads: the only buckets that the function may use.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        models: s3.IBucket,
        uploads: s3.IBucket,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            managed_policy_name=boundary_name(environment),
            description="The most that roles of the function's stack may do",
        )
        names = Names(environment)
        permit(
            self,
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [
                arn(self, "logs", "log-group", f"{names.log_group(unit)}:*")
                for unit in ("classify", "workouts", "pre-traffic")
            ],
            because="A log group's ARN ends in a star where its streams are meant.",
        )
        permit(
            self,
            ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
            ["*"],
            because=TRACING,
        )
        permit(
            self,
            ["s3:DeleteObject", "s3:GetObject"],
            [f"{exported(uploads)}/uploads/*"],
            because="Uploads have random names, and nothing else is under this prefix.",
        )
        permit(
            self,
            ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            [f"{exported(uploads)}/workouts/*"],
            because="What is known of a workout lies under the random name of its upload.",
        )
        permit(
            self,
            ["s3:GetObject"],
            [f"{exported(models)}/models/*"],
            because="Any model of this environment may be live.",
        )
        function, hook, workouts = (
            arn(self, "lambda", "function", name)
            for name in (names.function, names.pre_traffic_function, names.workouts_function)
        )
        permit(
            self,
            [
                "lambda:GetAlias",
                "lambda:GetProvisionedConcurrencyConfig",
                "lambda:InvokeFunction",
                "lambda:UpdateAlias",
            ],
            [function, f"{function}:*", hook, f"{workouts}:*"],
            because="The aliases and any version of these functions: a deployment moves from one to the next.",
        )
        permit(
            self,
            ["codedeploy:PutLifecycleEventHookExecutionStatus"],
            [arn(self, "codedeploy", "deploymentgroup", f"{names.stack('inference')}-*/*")],
            because="CloudFormation names application and group itself; each name begins with the stack's.",
        )
        permit(
            self,
            ["cloudwatch:DescribeAlarms"],
            [arn(self, "cloudwatch", "alarm", "*")],
            because="CloudWatch lists alarms by name only for those who may list all of the account.",
        )
