"""The function that answers clips: its image, its log, its versions and its alias."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.checks import acknowledge
from infra.config import Environment
from infra.constructs.log_group import LogGroup
from infra.names import LIVE, Names

TRACING = "X-Ray knows no resources that a permission to write traces could name."
"""Why the role of a traced function contains a wildcard."""

SYNCHRONOUS = "It is only invoked synchronously: who asks gets the failure as the answer, and nothing waits in a queue."
"""Why a function has neither a dead letter queue nor a destination for failures."""


class ImageFunction(Construct):
    """A container image that may do only what the stack grants, with one immutable version per deployment.

    A version is made whenever the image's tag, a variable or another setting changes, which is why all of them are
    literals in the template. Older versions are kept, so that the alias can be set back by hand. A version whose
    deployment failed is deleted, because Lambda makes no second version of the same code and settings.

    Attributes:
        function: the function; nothing invokes it without naming a version.
        role: its role; the stack grants what it may do.
        version: the version of this deployment.
        alias: `live`, the only way in.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        repository: ecr.IRepository,
        image_tag: str,
        variables: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        name = Names(environment).function
        log = LogGroup(self, "Log", environment=environment, unit="classify")
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {name} may do",
        )
        log.grant_write(self.role)
        self.function = lambda_.DockerImageFunction(
            self,
            "Function",
            function_name=name,
            code=lambda_.DockerImageCode.from_ecr(repository, tag_or_digest=image_tag),
            architecture=lambda_.Architecture.X86_64,
            memory_size=environment.memory_mb,
            timeout=Duration.seconds(environment.timeout_seconds),
            reserved_concurrent_executions=environment.reserved_concurrency,
            environment={
                **variables,
                "THREADS": str(environment.engine_threads),
                "POWERTOOLS_SERVICE_NAME": name,
            },
            role=self.role,
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE,
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE),
        )
        acknowledge(
            self.function,
            SYNCHRONOUS,
            "Serverless::Serverless-LambdaDLQ",
            "Serverless::Serverless-LambdaAsyncFailureDestination",
        )
        acknowledge(self.role, TRACING, "AwsSolutions-IAM5[Resource::*]")
        self.version = self.function.current_version
        self.alias = lambda_.Alias(
            self,
            "Live",
            alias_name=LIVE,
            version=self.version,
            provisioned_concurrent_executions=environment.provisioned_concurrency or None,
        )
