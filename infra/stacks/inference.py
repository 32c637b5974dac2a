"""The function that recognises movements, and how a new version of it takes over."""

from __future__ import annotations

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import DEFAULT_BUNDLE, Context
from infra.constructs.canary import Canary
from infra.constructs.image_function import ImageFunction
from infra.constructs.function_alarms import FunctionAlarms
from infra.constructs.inference_boundary import boundary_name
from infra.constructs.permissions import exported, permit
from infra.constructs.pre_traffic import PreTraffic
from infra.stacks.base import BaseStack
from infra.stacks.unit import UnitStack


class InferenceStack(UnitStack):
    """One image with one model, as a function that is reached through its alias only.

    The pipeline deploys it, with the tag of the image that it has built and the live bundle. Whichever these are, it
    imports the same values from the other stacks, since the pipeline does not deploy those.

    Attributes:
        classify: the function.
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
        variables = _model(context.bundle)
        self.classify = ImageFunction(
            self,
            "Classify",
            environment=environment,
            repository=base.repository,
            image_tag=context.image_tag,
            variables={"UPLOAD_BUCKET": uploads.bucket_name, **variables},
        )
        self._permit(base.models, uploads)
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

    def _permit(self, models: s3.IBucket, uploads: s3.IBucket) -> None:
        """Let it read and delete uploads and read models, but list neither: a missing key looks like a denied one."""
        role = self.classify.role
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


def _model(bundle: str) -> dict[str, str]:
    """The function's settings for the model that is live: none for the image's own copy, which its variable names."""
    if bundle == DEFAULT_BUNDLE:
        return {}
    address, _, digest = bundle.partition("@")
    return {"BUNDLE": address, **({"BUNDLE_DIGEST": digest} if digest else {})}
