"""How a new version takes over from the one before."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.config import Environment
from infra.constructs.image_function import ImageFunction
from infra.constructs.permissions import permit


class Canary(Construct):
    """CodeDeploy checks the new version, gives it a tenth of the requests for five minutes, and then all of them.

    In an environment without a canary it gets all of them at once after the check. An alarm, a failure or a manual stop
    sets the alias back to the previous version and rolls the stack's update back. When the alias is first created there
    is no previous version, and no check.

    Attributes:
        group: the deployment group.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        classify: ImageFunction,
        pre_traffic: lambda_.IFunction,
        alarms: Sequence[cloudwatch.Alarm],
    ) -> None:
        super().__init__(scope, construct_id)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
            description="Move the alias of one function",
        )
        self._permit(role, classify.function, pre_traffic)
        self.group = codedeploy.LambdaDeploymentGroup(
            self,
            "Group",
            alias=classify.alias,
            # CDK would add CodeDeploy's managed policy, which may move the alias of every function.
            role=role.without_policy_updates(),
            deployment_config=(
                codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES
                if environment.canary
                else codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE
            ),
            pre_hook=pre_traffic,
            alarms=list(alarms),
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
            ),
        )
        # This role moves the alias, and needs its permissions first.
        classify.alias.node.add_dependency(role)

    def _permit(self, role: iam.Role, function: lambda_.IFunction, pre_traffic: lambda_.IFunction) -> None:
        """Grant what AWSCodeDeployRoleForLambdaLimited allows, for one function instead of all."""
        permit(
            role,
            ["lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"],
            [function.function_arn, f"{function.function_arn}:*"],
            because="The alias and any version of this one function: a deployment moves from one to the next.",
        )
        alarms = Stack.of(self).format_arn(
            service="cloudwatch", resource="alarm", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        permit(
            role,
            ["cloudwatch:DescribeAlarms"],
            [alarms],
            because="It reads the state of alarms and changes nothing; their names change with each version.",
        )
        permit(role, ["lambda:InvokeFunction"], [pre_traffic.function_arn])
