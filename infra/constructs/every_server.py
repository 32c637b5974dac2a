"""The question that ends a release of the page: does every server serve it?"""

from __future__ import annotations

from pathlib import Path

from aws_cdk import aws_codedeploy as codedeploy
from constructs import Construct

from infra.config import Environment
from infra.constructs.inline_function import InlineFunction
from infra.constructs.page_deployment import GROUP, permit_deployments
from infra.constructs.permissions import permit

CODE = Path(__file__).with_name("every_server_code.py")

ASKED_AGAIN = "The pipeline's stage shows what was not answered, and may be tried again."

NO_RESOURCE = "Neither a deployment's servers nor a pipeline's job are resources that a permission could name."


class EveryServer(InlineFunction):
    """What the pipeline invokes after CodeDeploy; it reports its result to CodePipeline."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        application: codedeploy.IServerApplication,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            unit="every-server",
            purpose="Ask CodeDeploy about a release, deploy the one before",
            code=CODE,
            variables={"APPLICATION": application.application_name, "GROUP": GROUP},
            no_queue=ASKED_AGAIN,
        )
        asked = ["codedeploy:GetDeployment", "codedeploy:ListDeployments"]
        permit_deployments(self.role, application, asked, deploys=True)
        told = ["codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"]
        permit(self.role, ["codedeploy:ListDeploymentTargets", *told], ["*"], because=NO_RESOURCE)
