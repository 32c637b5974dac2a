"""The function that recognises movements, how a new version of it takes over, and what analyses whole workouts."""

from __future__ import annotations

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import DEFAULT_BUNDLE, Context
from infra.constructs.canary import Canary
from infra.constructs.function_alarms import FunctionAlarms
from infra.constructs.image_function import Configuration, ImageFunction
from infra.constructs.inference_boundary import boundary_name
from infra.constructs.permissions import exported, permit
from infra.constructs.pre_traffic import PreTraffic
from infra.constructs.workout_machine import STEP_SECONDS, WorkoutMachine
from infra.names import WORKOUTS_HANDLER, Names
from infra.stacks.base import BaseStack
from infra.stacks.unit import UnitStack

NO_METRICS = "POWERTOOLS_METRICS_DISABLED"
"""The function's variable that keeps its metrics to itself (Powertools for AWS Lambda, "Environment variables")."""

WORKOUT_DISK_MB = 10_240
"""Room for the largest film: the most that a function may have (AWS Lambda quotas)."""


class InferenceStack(UnitStack):
    """One image with one model, as a function that is reached through its alias only.

    The pipeline deploys it, with the tag of the image that it has built and the live bundle. Whichever these are, it
    imports the same values from the other stacks, since the pipeline does not deploy those.

    Attributes:
        classify: the function.
        workouts: the same image in a second configuration, which takes the steps of `WorkoutMachine`.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, context: Context, base: BaseStack, uploads: s3.IBucket
    ) -> None:
        environment = context.environment
        super().__init__(scope, construct_id, context=context, holds="the function, its versions, its alarms")
        # Without it, the pipeline may create none of this stack's roles.
        iam.PermissionsBoundary.of(self).apply(
            iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", boundary_name(environment))
        )
        names = Names(environment)
        variables = {"UPLOAD_BUCKET": uploads.bucket_name, **bundle_variables(context.bundle)}
        if not environment.own_metrics:
            variables[NO_METRICS] = "true"
        self.classify = ImageFunction(
            self,
            "Classify",
            environment=environment,
            configuration=Configuration(
                name=names.function,
                unit="classify",
                memory_mb=environment.tensorflow_memory_mb if context.tensorflow else environment.memory_mb,
                threads=environment.engine_threads,
                timeout_seconds=environment.timeout_seconds,
                reserved=environment.reserved_concurrency,
                warm=environment.provisioned_concurrency,
            ),
            repository=base.repository,
            image_tag=context.image_tag,
            variables=variables,
        )
        self.workouts = ImageFunction(
            self,
            "Workouts",
            environment=environment,
            configuration=Configuration(
                name=names.workouts_function,
                unit="workouts",
                command=WORKOUTS_HANDLER,
                memory_mb=environment.workout_memory_mb,
                threads=environment.workout_threads,
                timeout_seconds=STEP_SECONDS,
                disk_mb=WORKOUT_DISK_MB,
            ),
            repository=base.repository,
            image_tag=context.image_tag,
            variables={**variables, "DEADLINE_MARGIN_SECONDS": "10"},
        )
        for one in (self.classify, self.workouts):
            self._permit(one.role, base.models, uploads)
        permit(
            self.workouts.role,
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            [f"{exported(uploads)}/workouts/*"],
            because="What is known of a workout lies under the random name of its upload.",
        )
        WorkoutMachine(
            self,
            "Machine",
            environment=environment,
            function_arn=self.workouts.alias.function_arn,
            topic=base.alarms,
        )
        alarms = FunctionAlarms(self, "Alarms", environment=environment, classify=self.classify, topic=base.alarms)
        pre_traffic = PreTraffic(self, "PreTraffic", environment=environment, classify=self.classify)
        Canary(
            self,
            "Canary",
            environment=environment,
            classify=self.classify,
            pre_traffic=pre_traffic.function,
            alarms=alarms.of_new_version,
        )
        CfnOutput(self, "FunctionName", value=self.classify.function.function_name)
        CfnOutput(self, "LiveAlias", value=self.classify.alias.function_arn)
        CfnOutput(self, "ImageTag", value=context.image_tag)
        CfnOutput(self, "LiveBundle", value=context.bundle)

    @staticmethod
    def _permit(role: iam.Role, models: s3.IBucket, uploads: s3.IBucket) -> None:
        """Let it read and delete uploads and read models, but list neither: a missing key looks like a denied one."""
        permit(
            role,
            ["s3:GetObject", "s3:DeleteObject"],
            [f"{exported(uploads)}/uploads/*"],
            because="Uploads have random names, and nothing else is under this prefix.",
        )
        permit(
            role,
            ["s3:GetObject"],
            [f"{exported(models)}/models/*"],
            because="Beside the live model its neighbours are readable: until a deployment is over, the version before "
            "still starts containers, and they read the model before.",
        )


def bundle_variables(bundle: str) -> dict[str, str]:
    """A function's settings for a model: none for the image's own copy, which its variable names."""
    if bundle == DEFAULT_BUNDLE:
        return {}
    address, _, digest = bundle.partition("@")
    return {"BUNDLE": address, **({"BUNDLE_DIGEST": digest} if digest else {})}
