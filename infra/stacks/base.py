"""What outlives every deployment: models, images, artifacts, access logs, the topic of alarms, the budget."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.checks import acknowledge
from infra.config import Context
from infra.constructs.budget import Budget
from infra.constructs.private_bucket import PrivateBucket
from infra.names import Names
from infra.stacks.unit import UnitStack

ARTIFACT_DAYS = 90
"""How long the results of a build are kept; a stage can be rolled back that far."""

KEPT_IMAGES = 30
"""How many images are kept; the function can be rolled back that far."""


class BaseStack(UnitStack):
    """Models, images, artifacts, access logs, alarms, budget.

    The parameter that names the live model is not among them: it is the operator's, made by the command that activates
    the first model. Were it in a template, an update of the stack could put the value there back.

    Attributes:
        models: published bundles, `models/<name>/<version>/`.
        artifacts: what the pipeline's stages hand on; in the pipeline's stack it would close a circle.
        access_logs: the requests to the other buckets and to the load balancer.
        repository: images of the function, each under its commit.
        alarms: the one topic of all alarms.
    """

    def __init__(self, scope: Construct, construct_id: str, *, context: Context) -> None:
        environment, names = context.environment, Names(context.environment)
        super().__init__(scope, construct_id, context=context, holds="models, images, artifacts, alarms, budget")
        self.access_logs = PrivateBucket(
            self, "AccessLogs", environment=environment, access_logs=None, expire_days=environment.log_days
        )
        acknowledge(
            self.access_logs, "The bucket of access logs would log its own log lines for ever.", "AwsSolutions-S1"
        )
        self.models = PrivateBucket(
            self, "Models", environment=environment, access_logs=self.access_logs, versioned=True, precious=True
        )
        self.artifacts = PrivateBucket(
            self, "Artifacts", environment=environment, access_logs=self.access_logs, expire_days=ARTIFACT_DAYS
        )
        self.repository = ecr.Repository(
            self,
            "Images",
            repository_name=names.image_repository,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            lifecycle_rules=[ecr.LifecycleRule(description="older images", max_image_count=KEPT_IMAGES)],
            # It stays after a deletion, but not after a failed creation, when its name would block the next attempt.
            removal_policy=(
                RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if environment.keep_data else RemovalPolicy.DESTROY
            ),
            empty_on_delete=not environment.keep_data,
        )
        self.alarms = sns.Topic(self, "Alarms", display_name=f"Movements {environment.name}", enforce_ssl=True)
        self.alarms.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[
                    iam.ServicePrincipal("cloudwatch.amazonaws.com"),
                    iam.ServicePrincipal("budgets.amazonaws.com"),
                ],
                resources=[self.alarms.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        if context.alarm_email is not None:
            subscription = self.alarms.add_subscription(subscriptions.EmailSubscription(context.alarm_email))
            acknowledge(
                subscription,
                "A mail that cannot be delivered has no second reader; the alarm's state stays in CloudWatch.",
                "Serverless::Serverless-SNSRedrivePolicy",
            )
        Budget(self, "Budget", environment=environment, topic=self.alarms)
