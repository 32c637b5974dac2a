"""The check that a new version must pass before it gets traffic."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.checks import acknowledge
from infra.config import Environment
from infra.constructs.image_function import SYNCHRONOUS, TRACING, ImageFunction
from infra.constructs.log_group import LogGroup
from infra.constructs.permissions import permit
from infra.names import Names

CODE = Path(__file__).with_name("pre_traffic_code.py")


class PreTraffic(Construct):
    """A small function that CodeDeploy invokes during a deployment. Its code is in the template: nothing is uploaded.

    CodeDeploy's event does not name the new version; the function reads it from its own environment.

    Attributes:
        function: the function, which reports its result to CodeDeploy.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, classify: ImageFunction
    ) -> None:
        super().__init__(scope, construct_id)
        log = LogGroup(self, "Log", environment=environment, unit="pre-traffic")
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Ask new versions, tell CodeDeploy",
        )
        log.grant_write(role)
        permit(
            role,
            ["lambda:InvokeFunction"],
            [f"{classify.function.function_arn}:*"],
            because="Any version of this one function: a permission for the new version alone would be made seconds "
            "before it is needed, and IAM takes longer to know it everywhere.",
        )
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=Names(environment).pre_traffic_function,
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_inline(CODE.read_text(encoding="utf-8")),
            memory_size=256,
            timeout=Duration.minutes(5),
            environment={"VERSION_ARN": classify.version.function_arn},
            role=role,
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE,
        )
        acknowledge(self.function, SYNCHRONOUS, "Serverless::Serverless-LambdaDLQ")
        acknowledge(role, TRACING, "AwsSolutions-IAM5[Resource::*]")
