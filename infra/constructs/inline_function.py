"""A small function whose code is in the template: nothing is uploaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.checks import acknowledge
from infra.config import Environment
from infra.constructs.image_function import TRACING
from infra.constructs.log_group import LogGroup


class InlineFunction(Construct):
    """A function with a role and a log group of its own.

    Args:
        scope, construct_id: as for every construct.
        environment: decides how long its log is kept.
        unit: the part of the system that it is, in the name of its log group.
        purpose: what it does, in the description of its role.
        code: the file of its program, which needs boto3 alone.
        variables: its environment.
        no_queue: why what it could not answer needs no queue, in a sentence for an auditor.
        name: its name, where somebody must know it; otherwise CloudFormation gives one.

    Attributes:
        role: may write its log and traces, and what else it is permitted.
        function: the function.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        unit: str,
        purpose: str,
        code: Path,
        variables: Mapping[str, str],
        no_queue: str,
        name: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        log = LogGroup(self, "Log", environment=environment, unit=unit)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), description=purpose)
        log.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_inline(code.read_text(encoding="utf-8")),
            memory_size=256,
            timeout=Duration.minutes(5),
            environment=dict(variables),
            role=self.role,
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE,
        )
        acknowledge(self.function, no_queue, "Serverless::Serverless-LambdaDLQ")
        acknowledge(self.role, TRACING, "AwsSolutions-IAM5[Resource::*]")
