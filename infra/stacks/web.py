"""The page: CloudFront and load balancer, firewall, sign-in, servers, releases, uploads, alarms."""

from __future__ import annotations

from aws_cdk import Aws, CfnOutput, Duration
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import Context
from infra.constructs.firewall import Firewall
from infra.constructs.front_door import FrontDoor
from infra.constructs.load_balancer import LOG_PREFIX, LoadBalancer
from infra.constructs.log_group import LogGroup
from infra.constructs.page_deployment import GROUP, PageDeployment
from infra.constructs.page_metrics import PageMetrics
from infra.constructs.page_servers import PageServers
from infra.constructs.permissions import exported, permit
from infra.constructs.private_bucket import PrivateBucket
from infra.constructs.sign_in import SignIn
from infra.names import LIVE, Names
from infra.stacks.base import BaseStack
from infra.stacks.network import NetworkStack
from infra.stacks.unit import UnitStack

UPLOAD_DAYS = 1
"""How long an upload is kept that was never submitted; the others are deleted with their answer."""

PREFLIGHT_MINUTES = 60
"""How long a browser may remember that the page is allowed to upload."""


class WebStack(UnitStack):
    """The page, which exists before the function does and until then reports that the model is not ready.

    A request goes from CloudFront to a load balancer inside the network, which a firewall guards, and from there over
    TLS to an instance. This stack does not depend on the function, but knows its name.

    Attributes:
        uploads: clips on their way to the function, `uploads/<32 hexadecimal digits>.mp4`.
        application, deployment_group: what CodeDeploy deploys, and to which servers.
        url: the page's address.
        metrics: what the page's load balancer, servers and firewall report.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, context: Context, base: BaseStack, network: NetworkStack
    ) -> None:
        environment, names = context.environment, Names(context.environment)
        super().__init__(scope, construct_id, context=context, holds="the page, its servers, its uploads")
        domain = context.domain
        self._permit_access_log(base.access_logs)
        entrance = LoadBalancer(
            self, "Entrance", context=context, network=network.network, access_logs=base.access_logs
        )
        if domain is not None and domain.sign_in:
            gate = SignIn(
                self,
                "SignIn",
                environment=environment,
                domain_name=domain.name,
                target_group=entrance.target_group,
            )
            entrance.listener.add_action("SignIn", action=gate.action)
        firewall = Firewall(self, "Firewall", environment=environment, resource_arn=entrance.balancer.load_balancer_arn)
        front = FrontDoor(self, "Front", context=context, balancer=entrance.balancer)
        self.url = front.url
        self.uploads = PrivateBucket(
            self,
            "Uploads",
            environment=environment,
            access_logs=base.access_logs,
            expire_days=UPLOAD_DAYS,
            cors=[
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.POST],
                    allowed_origins=[self.url],
                    allowed_headers=["content-type"],
                    max_age=Duration.minutes(PREFLIGHT_MINUTES).to_seconds(),
                )
            ],
        )
        log = LogGroup(self, "Log", environment=environment, unit="page")
        servers = PageServers(
            self,
            "Servers",
            environment=environment,
            network=network.network,
            target_group=entrance.target_group,
            log_group=log,
            topic=base.alarms,
        )
        classifier = f"arn:{Aws.PARTITION}:lambda:{Aws.REGION}:{Aws.ACCOUNT_ID}:function:{names.function}:{LIVE}"
        machine = f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:stateMachine:{names.workouts_machine}"
        self.application = codedeploy.ServerApplication(self, "Application")
        self._permit(servers.role, classifier, base.artifacts)
        self._permit_workouts(servers.role, machine)
        self._permit_questions(servers.role)
        servers.start_with(
            {
                "AWS_REGION": Aws.REGION,
                "ENVIRONMENT": environment.name,
                "LOG_GROUP": log.log_group_name,
                "CLASSIFIER_FUNCTION": classifier,
                "UPLOAD_BUCKET": self.uploads.bucket_name,
                "WORKOUTS_MACHINE": machine,
                "DEPLOYMENT_APPLICATION": self.application.application_name,
                "DEPLOYMENT_GROUP": GROUP,
            }
        )
        self.metrics = PageMetrics(entrance.balancer, entrance.target_group, servers.group, firewall)
        deployment = PageDeployment(self, "Deployment", application=self.application, servers=servers)
        self.deployment_group = deployment.deployment_group
        CfnOutput(self, "PageAddress", value=self.url)
        CfnOutput(self, "UploadBucket", value=self.uploads.bucket_name)

    def _permit(self, role: iam.Role, classifier: str, artifacts: s3.IBucket) -> None:
        """Let the page sign uploads and invoke the live function; CodeDeploy's agent fetches releases with its role."""
        permit(
            role,
            ["s3:PutObject"],
            [self.uploads.arn_for_objects("uploads/*")],
            because="An upload gets its name, of 32 random digits, when a visitor asks for a place to put it.",
        )
        permit(role, ["lambda:InvokeFunction"], [classifier])
        permit(
            role,
            ["s3:GetObject", "s3:GetObjectVersion"],
            [f"{exported(artifacts)}/*"],
            because="The pipeline gives each release a name of its own, in a folder that it names after itself.",
        )

    def _permit_questions(self, role: iam.Role) -> None:
        """Let a server ask whether there is a release to wait for, and who began a deployment."""
        group = f"deploymentgroup:{self.application.application_name}/{GROUP}"
        permit(
            role,
            ["codedeploy:GetDeployment", "codedeploy:GetDeploymentGroup"],
            [f"arn:{Aws.PARTITION}:codedeploy:{Aws.REGION}:{Aws.ACCOUNT_ID}:{group}"],
        )

    def _permit_workouts(self, role: iam.Role, machine: str) -> None:
        """Let the page have films analysed, ask what became of them, and delete what there is."""
        permit(role, ["states:StartExecution"], [machine])
        permit(
            role,
            ["states:DescribeExecution", "states:StopExecution"],
            [f"{machine.replace(':stateMachine:', ':execution:')}:*"],
            because="Each workout is an execution with the random name of its upload.",
        )
        permit(
            role,
            ["s3:DeleteObject"],
            [self.uploads.arn_for_objects("uploads/*")],
            because="People may withdraw a film before it was analysed.",
        )
        permit(
            role,
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            [self.uploads.arn_for_objects("workouts/*")],
            because="What is known of a workout lies under the random name of its upload.",
        )

    @staticmethod
    def _permit_access_log(access_logs: s3.Bucket) -> None:
        """Let the service that delivers access logs write to the bucket, under the prefix and account of this stack.

        Without a condition about the source: it was reported that with one the creation ends in "Access Denied for
        bucket", and AWS' own example has none (Elastic Load Balancing, "Enable access logs", bucket policy).
        """
        access_logs.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject"],
                principals=[iam.ServicePrincipal("logdelivery.elasticloadbalancing.amazonaws.com")],
                resources=[access_logs.arn_for_objects(f"{LOG_PREFIX}/AWSLogs/{Aws.ACCOUNT_ID}/*")],
            )
        )
