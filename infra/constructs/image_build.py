"""The build: it tests a commit and makes an image, a template and a release of the page."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.checks import acknowledge
from infra.config import Environment
from infra.constructs.log_group import LogGroup
from infra.constructs.permissions import exported, permit
from infra.names import Names

TIMEOUT_MINUTES = 60
"""A build that takes longer than this hangs."""

PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
"""The actions of `docker push`."""


class ImageBuild(Construct):
    """One CodeBuild project, which runs the repository's `buildspec.yml`.

    Args:
        scope, construct_id: as for every construct.
        environment: the environment of the template.
        repository: where the image is pushed to.
        models: where the repository's own model is published to.
        artifacts: where the pipeline's stages hand on their results.
        tensorflow: whether the image has it.
        connection_arn: the connection over which the commit is cloned.

    Attributes:
        project: the project, for an action of the pipeline.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        repository: ecr.IRepository,
        models: s3.IBucket,
        artifacts: s3.IBucket,
        tensorflow: bool,
        connection_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        names = Names(environment)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"),
            description="Test, push images, read which model is live",
        )
        log = LogGroup(self, "Log", environment=environment, unit="build")
        log.grant_write(role)
        self.project = codebuild.PipelineProject(
            self,
            "Project",
            description=f"Tests and builds a commit for {environment.name}",
            # CDK would add a log group of its own, and wildcards on the bucket.
            role=role.without_policy_updates(),
            environment=codebuild.BuildEnvironment(
                build_image=codebuild.LinuxBuildImage.STANDARD_7_0,
                compute_type=codebuild.ComputeType.MEDIUM,
                privileged=True,
            ),
            environment_variables={
                name: codebuild.BuildEnvironmentVariable(value=value)
                for name, value in {
                    "ENVIRONMENT": environment.name,
                    "IMAGE_REPOSITORY": repository.repository_uri,
                    "BUNDLE_PARAMETER": names.bundle_parameter,
                    "MODELS_BUCKET": models.bucket_name,
                    "WITH_TENSORFLOW": "1" if tensorflow else "0",
                }.items()
            },
            grant_report_group_permissions=False,
            logging=codebuild.LoggingOptions(cloud_watch=codebuild.CloudWatchLoggingOptions(log_group=log)),
            timeout=Duration.minutes(TIMEOUT_MINUTES),
        )
        self._permit(role, repository, names.bundle_parameter, artifacts, connection_arn)
        self._permit_publishing(role, models)
        acknowledge(
            self.project,
            "It builds a container image, for which Docker runs inside the build. Only commits of the followed branch "
            "get here, and the container in which they are tested is not given the role's credentials.",
            "AwsSolutions-CB3",
        )
        acknowledge(
            self.project,
            "What it hands on is the repository's content in another form, without secrets, encrypted with AWS' own "
            "key for S3; a key of our own would cost money and keep nobody out whom the bucket lets in.",
            "AwsSolutions-CB4",
        )

    def _permit(
        self,
        role: iam.Role,
        repository: ecr.IRepository,
        parameter: str,
        artifacts: s3.IBucket,
        connection_arn: str,
    ) -> None:
        """Let it clone, read the parameter, push to the one repository, and read and write artifacts."""
        permit(role, ["codestar-connections:UseConnection"], [connection_arn])
        # It need not exist: without one, the repository's own model is live.
        named = f"arn:{Aws.PARTITION}:ssm:{Aws.REGION}:{Aws.ACCOUNT_ID}:parameter{parameter}"
        permit(role, ["ssm:GetParameters"], [named])
        permit(role, ["ecr:BatchGetImage", *PUSH], [repository.repository_arn])
        permit(
            role,
            ["ecr:GetAuthorizationToken"],
            ["*"],
            because="A login is to the account's whole registry; what may be done there, the other permissions say.",
        )
        bucket = exported(artifacts)
        permit(role, ["s3:GetBucketAcl", "s3:GetBucketLocation"], [bucket])
        permit(
            role,
            ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
            [f"{bucket}/*"],
            because="The pipeline chooses the names of artifacts, and nothing else is in this bucket.",
        )

    def _permit_publishing(self, role: iam.Role, models: s3.IBucket) -> None:
        """Let it add versions of models; with ListBucket, a missing file does not look like a denied one."""
        bucket = exported(models)
        permit(
            role,
            ["s3:GetObject", "s3:PutObject"],
            [f"{bucket}/models/*"],
            because="A model brings its name, its version and its files; the bucket keeps what is written over.",
        )
        permit(role, ["s3:ListBucket"], [bucket])
