"""A bucket that only its grantees can read, over TLS only."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import Environment


class PrivateBucket(s3.Bucket):
    """Blocks public access, encrypts, refuses plain HTTP, and deletes uploads that were never completed.

    Args:
        scope, construct_id: as for every construct.
        environment: decides whether the bucket outlives its stack.
        access_logs: the bucket of its access log; None for the bucket of logs itself.
        versioned: whether replaced objects are kept.
        expire_days: days after which an object is deleted; None for never.
        cors: what pages of other origins may do.
        precious: whether an environment that keeps data keeps this bucket.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        access_logs: s3.IBucket | None,
        versioned: bool = False,
        expire_days: int | None = None,
        cors: Sequence[s3.CorsRule] | None = None,
        precious: bool = False,
    ) -> None:
        kept = precious and environment.keep_data
        super().__init__(
            scope,
            construct_id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=versioned,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=None if access_logs is None else f"{construct_id.lower()}/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                    expiration=None if expire_days is None else Duration.days(expire_days),
                )
            ],
            cors=None if cors is None else list(cors),
            removal_policy=RemovalPolicy.RETAIN if kept else RemovalPolicy.DESTROY,
        )
