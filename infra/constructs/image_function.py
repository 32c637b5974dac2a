"""A function of our image: its log, its versions and its alias."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.checks import acknowledge
from infra.config import Environment
from infra.constructs.log_group import LogGroup
from infra.names import LIVE

TRACING = "X-Ray knows no resources that a permission to write traces could name."
"""Why the role of a traced function contains a wildcard."""

SYNCHRONOUS = "It is only invoked synchronously: who asks gets the failure as the answer, and nothing waits in a queue."
"""Why a function has neither a dead letter queue nor a destination for failures."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """How the image runs.

    Attributes:
        name: of the function.
        unit: names its log group.
        command: the handler; None for the image's own.
        memory_mb: 1769 MB is one virtual CPU.
        threads: of the engine.
        timeout_seconds: how long a request may take.
        disk_mb: of its `/tmp`.
        reserved: the most requests at the same time; None for what the account has.
        warm: how many containers are always kept warm.
    """

    name: str
    unit: str
    command: str | None = None
    memory_mb: int
    threads: int
    timeout_seconds: int
    disk_mb: int | None = None
    reserved: int | None = None
    warm: int = 0


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
        configuration: Configuration,
        repository: ecr.IRepository,
        image_tag: str,
        variables: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        name, command = configuration.name, configuration.command
        log = LogGroup(self, "Log", environment=environment, unit=configuration.unit)
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
            code=lambda_.DockerImageCode.from_ecr(
                repository, tag_or_digest=image_tag, cmd=None if command is None else [command]
            ),
            architecture=lambda_.Architecture.X86_64,
            memory_size=configuration.memory_mb,
            timeout=Duration.seconds(configuration.timeout_seconds),
            ephemeral_storage_size=(None if configuration.disk_mb is None else Size.mebibytes(configuration.disk_mb)),
            reserved_concurrent_executions=configuration.reserved,
            environment={
                **variables,
                "THREADS": str(configuration.threads),
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
            provisioned_concurrent_executions=configuration.warm or None,
        )
