"""From a commit to what people use: tests, image, function, page."""

from __future__ import annotations

from aws_cdk import Annotations, Aws, CfnOutput
from aws_cdk import aws_codestarconnections as connections
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.checks import acknowledge
from infra.config import EXAMPLE_REPOSITORY, Context
from infra.constructs.delivery import Delivery
from infra.constructs.image_build import ImageBuild
from infra.constructs.inference_boundary import InferenceBoundary
from infra.constructs.inference_role import InferenceRole
from infra.names import Names
from infra.stacks.base import BaseStack
from infra.stacks.unit import UnitStack
from infra.stacks.watch import WatchStack
from infra.stacks.web import WebStack

NO_QUEUE = "Serverless::Serverless-EventBusDLQ"
"""The rule that requires a queue for events that could not be delivered."""


class PipelineStack(UnitStack):
    """The pipeline, what starts it and what it reports when it fails.

    A push to the branch starts it, and so does a change of the parameter that names the live model. It deploys the
    function's stack and no other: people who may push can change neither the pipeline nor what outlives it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: Context,
        base: BaseStack,
        web: WebStack,
        watch: WatchStack | None,
    ) -> None:
        environment, names = context.environment, Names(context.environment)
        super().__init__(scope, construct_id, context=context, holds="from a commit to function and page")
        connection = connections.CfnConnection(
            self, "Connection", connection_name=names.pipeline, provider_type="GitHub"
        )
        build = ImageBuild(
            self,
            "Build",
            environment=environment,
            repository=base.repository,
            models=base.models,
            artifacts=base.artifacts,
            tensorflow=context.tensorflow,
            connection_arn=connection.attr_connection_arn,
        )
        boundary = InferenceBoundary(
            self, "InferenceBoundary", environment=environment, models=base.models, uploads=web.uploads
        )
        role = InferenceRole(
            self, "InferenceRole", environment=environment, repository=base.repository, boundary=boundary
        )
        self._delivery = Delivery(
            self,
            "Delivery",
            context=context,
            artifacts=base.artifacts,
            connection_arn=connection.attr_connection_arn,
            project=build.project,
            inference_role=role,
            application=web.application,
            deployment_group=web.deployment_group,
            every_server=None if watch is None else watch.every_server,
        )
        self._start_with_model(names.bundle_parameter)
        self._tell_failures(base.alarms)
        if context.repository == EXAMPLE_REPOSITORY:
            Annotations.of(self).add_warning_v2(
                "movements:repository",
                "The pipeline follows no repository: set repository in cdk.json, or -c repository=owner/name.",
            )
        CfnOutput(
            self,
            "ConnectionArn",
            value=connection.attr_connection_arn,
            description="Pending until somebody approves it in the console",
        )
        CfnOutput(self, "PipelineAddress", value=self._address())

    def _address(self) -> str:
        """The pipeline's address in the console."""
        name = self._delivery.pipeline.pipeline_name
        return f"https://{Aws.REGION}.console.aws.amazon.com/codesuite/codepipeline/pipelines/{name}/view"

    def _start_with_model(self, parameter: str) -> None:
        rule = events.Rule(
            self,
            "ModelChanged",
            description="Another model is live: deploy the function with it",
            event_pattern=events.EventPattern(
                source=["aws.ssm"],
                detail_type=["Parameter Store Change"],
                detail={"name": [parameter], "operation": ["Create", "Update", "Delete"]},
            ),
            targets=[targets.CodePipeline(self._delivery.pipeline)],
        )
        acknowledge(
            rule,
            "EventBridge tries for a day; a start that is lost is one command, and the next push brings the model too.",
            NO_QUEUE,
        )

    def _tell_failures(self, topic: sns.ITopic) -> None:
        """Report each failed stage by name, which the event of the whole pipeline does not contain.

        EventBridge publishes with a role, since it does not support conditions in a topic's policy.
        """
        stage, execution = (
            events.EventField.from_path("$.detail.stage"),
            events.EventField.from_path("$.detail.execution-id"),
        )
        name = self._delivery.pipeline.pipeline_name
        rule = events.Rule(
            self,
            "StageFailed",
            description="A stage of the pipeline failed",
            event_pattern=events.EventPattern(
                source=["aws.codepipeline"],
                detail_type=["CodePipeline Stage Execution State Change"],
                detail={"pipeline": [name], "state": ["FAILED"]},
            ),
            targets=[
                targets.SnsTopic(
                    topic,
                    authorize_using_role=True,
                    message=events.RuleTargetInput.from_text(
                        f"Pipeline {name}: stage {stage} failed (execution {execution}). {self._address()}"
                    ),
                )
            ],
        )
        acknowledge(
            rule,
            "EventBridge tries for a day; the pipeline shows the failure for as long as nobody mends it.",
            NO_QUEUE,
        )
