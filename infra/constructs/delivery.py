"""The pipeline: source, build, function, page."""

from __future__ import annotations

from aws_cdk import CfnCapabilities, Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.checks import acknowledge
from infra.config import Context
from infra.names import Names

TEMPLATES = "Templates"
"""The artifact with the function's template, by this name in `buildspec.yml`."""

APP = "App"
"""The artifact with the page's release, by this name in `buildspec.yml`, and the stage that deploys it."""

TEMPLATE = "Inference.template.json"
"""The function's template in its artifact."""

ARTIFACT_ACTIONS = ("Abort*", "DeleteObject*", "GetBucket*", "GetObject*", "List*")
"""The actions that CDK grants on the bucket of artifacts with wildcards."""


class Delivery(Construct):
    """A pipeline that takes every commit, the first one included, along the same path.

    A newer commit overtakes an older one that waits: nobody needs the older one live, and a fix does not queue behind
    the tests of the fault.

    Args:
        scope, construct_id: as for every construct.
        context: the repository and the branch that are followed.
        artifacts: the bucket of the stages' results.
        connection_arn: the connection to GitHub.
        project: the build project.
        inference_role: the role with which CloudFormation deploys the function's stack.
        application, deployment_group: where the page is deployed to.
        every_server: what is asked at the end whether every server serves the release; None with one server, whose
            failure is the deployment's.

    Attributes:
        pipeline: the pipeline.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: Context,
        artifacts: s3.IBucket,
        connection_arn: str,
        project: codebuild.PipelineProject,
        inference_role: iam.Role,
        application: codedeploy.ServerApplication,
        deployment_group: codedeploy.ServerDeploymentGroup,
        every_server: lambda_.IFunction | None,
    ) -> None:
        super().__init__(scope, construct_id)
        names = Names(context.environment)
        source = codepipeline.Artifact("Source")
        templates, app = codepipeline.Artifact(TEMPLATES), codepipeline.Artifact(APP)
        self.pipeline = codepipeline.Pipeline(
            self,
            "Pipeline",
            pipeline_name=names.pipeline,
            pipeline_type=codepipeline.PipelineType.V2,
            execution_mode=codepipeline.ExecutionMode.SUPERSEDED,
            artifact_bucket=artifacts,
            cross_account_keys=False,
        )
        owner, repository = context.repository.split("/")
        self.pipeline.add_stage(
            stage_name="Source",
            actions=[
                actions.CodeStarConnectionsSourceAction(
                    action_name="GitHub",
                    connection_arn=connection_arn,
                    owner=owner,
                    repo=repository,
                    branch=context.branch,
                    trigger_on_push=True,
                    # A clone: in the archive of a commit, scripts are no longer executable.
                    code_build_clone_output=True,
                    output=source,
                )
            ],
        )
        self.pipeline.add_stage(
            stage_name="Build",
            actions=[
                actions.CodeBuildAction(action_name="Build", project=project, input=source, outputs=[templates, app])
            ],
        )
        self.pipeline.add_stage(
            stage_name="Inference",
            actions=[
                actions.CloudFormationCreateUpdateStackAction(
                    action_name="Deploy",
                    stack_name=names.stack("inference"),
                    template_path=templates.at_path(TEMPLATE),
                    admin_permissions=False,
                    deployment_role=inference_role,
                    cfn_capabilities=[CfnCapabilities.ANONYMOUS_IAM],
                    # A failed first deployment leaves a stack that cannot be updated, and so does a failed rollback,
                    # failed, though that stack may be answering: where data is kept, somebody looks before it goes.
                    replace_on_failure=not context.environment.keep_data,
                )
            ],
            on_failure=codepipeline.FailureConditions(result=codepipeline.Result.ROLLBACK),
        )
        # No rollback by this stage: the deployment group deploys the release before by itself, and a second deployment
        # meanwhile would be refused.
        stage = self.pipeline.add_stage(
            stage_name=APP,
            actions=[
                actions.CodeDeployServerDeployAction(
                    action_name="Deploy", deployment_group=self._known(application, deployment_group), input=app
                )
            ],
        )
        if every_server is not None:
            stage.add_action(
                actions.LambdaInvokeAction(action_name="EveryServer", lambda_=every_server, inputs=[app], run_order=2)
            )
            self._acknowledge_question(every_server)
        self._acknowledge(artifacts, names.stack("inference"))

    def _acknowledge(self, artifacts: s3.IBucket, stack_name: str) -> None:
        """Acknowledge the wildcards in CDK's own grants to the pipeline and its actions."""
        stack = Stack.of(self)
        bucket = stack.resolve(Stack.of(artifacts).export_value(artifacts.bucket_arn))["Fn::ImportValue"]
        acknowledge(
            self.pipeline,
            "Reading and writing in the bucket of artifacts: nothing else is in it, and the pipeline names them.",
            *(f"AwsSolutions-IAM5[Action::s3:{action}]" for action in ARTIFACT_ACTIONS),
            f"AwsSolutions-IAM5[Resource::{bucket}/*]",
        )
        acknowledge(
            self.pipeline,
            "One stack by its name: CloudFormation adds an identifier whenever it makes the stack anew.",
            "AwsSolutions-IAM5[Action::cloudformation:DescribeStack*]",
            "AwsSolutions-IAM5[Action::cloudformation:GetTemplate*]",
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>"
            f":stack/{stack_name}/*]",
        )

    def _acknowledge_question(self, asks: lambda_.IFunction) -> None:
        """Acknowledge the wildcards in CDK's grants to the action that asks about every server."""
        function = Stack.of(self).resolve(Stack.of(asks).export_value(asks.function_arn))["Fn::ImportValue"]
        acknowledge(
            self.pipeline.node.find_child(APP),
            "CodePipeline looks for the function in the list of all, and invokes it with or without a version.",
            "AwsSolutions-IAM5[Resource::*]",
            f"AwsSolutions-IAM5[Resource::{function}:*]",
        )

    def _known(
        self, application: codedeploy.ServerApplication, group: codedeploy.ServerDeploymentGroup
    ) -> codedeploy.IServerDeploymentGroup:
        """The group by its name; given the group itself, CDK would let every server list the bucket of artifacts."""
        return codedeploy.ServerDeploymentGroup.from_server_deployment_group_attributes(
            self,
            "Group",
            application=codedeploy.ServerApplication.from_server_application_name(
                self, "Application", application.application_name
            ),
            deployment_group_name=group.deployment_group_name,
            deployment_config=group.deployment_config,
        )
