"""The question that ends a release of the page: does every server serve it?"""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.checks import acknowledge
from infra.config import Environment
from infra.constructs.image_function import TRACING
from infra.constructs.log_group import LogGroup
from infra.constructs.page_deployment import GROUP, permit_deployments
from infra.constructs.permissions import permit

CODE = Path(__file__).with_name("every_server_code.py")

ASKED_AGAIN = "The pipeline's stage shows what was not answered, and may be tried again."

NO_RESOURCE = "Neither a deployment's servers nor a pipeline's job are resources that a permission could name."


class EveryServer(Construct):
    """A small function that the pipeline invokes after CodeDeploy. Its code is in the template: nothing is uploaded.

    Attributes:
        function: the function, which reports its result to CodePipeline.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        application: codedeploy.IServerApplication,
    ) -> None:
        super().__init__(scope, construct_id)
        log = LogGroup(self, "Log", environment=environment, unit="every-server")
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Ask CodeDeploy about a release, deploy the one before",
        )
        log.grant_write(role)
        asked = ["codedeploy:GetDeployment", "codedeploy:ListDeployments"]
        permit_deployments(role, application, asked, deploys=True)
        permit(
            role,
            [
                "codedeploy:ListDeploymentTargets",
                "codepipeline:PutJobSuccessResult",
                "codepipeline:PutJobFailureResult",
            ],
            ["*"],
            because=NO_RESOURCE,
        )
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_inline(CODE.read_text(encoding="utf-8")),
            memory_size=256,
            timeout=Duration.minutes(5),
            environment={"APPLICATION": application.application_name, "GROUP": GROUP},
            role=role,
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE,
        )
        acknowledge(self.function, ASKED_AGAIN, "Serverless::Serverless-LambdaDLQ")
        acknowledge(role, TRACING, "AwsSolutions-IAM5[Resource::*]")
