"""The page: CloudFront and load balancer, firewall, sign-in, servers, releases, uploads, alarms."""

from __future__ import annotations

from aws_cdk import Aws, CfnOutput, Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import Context
from infra.constructs.firewall import Firewall
from infra.constructs.front_door import FrontDoor
from infra.constructs.load_balancer import LOG_PREFIX, LoadBalancer
from infra.constructs.log_group import LogGroup
from infra.constructs.page_alarms import ServerAlarm
from infra.constructs.page_deployment import GROUP, PageDeployment, permit_deployments
from infra.constructs.page_metrics import PageMetrics
from infra.constructs.page_server import PageServer
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
    TLS to an instance; or, where nobody pays for these, from CloudFront to the one instance. This stack does not depend
    on the function, but knows its name.

    Attributes:
        uploads: clips on their way to the function, `uploads/<32 hexadecimal digits>.mp4`.
        application, deployment_group: what CodeDeploy deploys, and to which servers.
        url: the page's address.
        metrics: what the page's load balancer, servers and firewall report; None without these.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, context: Context, base: BaseStack, network: NetworkStack
    ) -> None:
        environment, names = context.environment, Names(context.environment)
        super().__init__(scope, construct_id, context=context, holds="the page, its servers, its uploads")
        classifier = f"arn:{Aws.PARTITION}:lambda:{Aws.REGION}:{Aws.ACCOUNT_ID}:function:{names.function}:{LIVE}"
        machine = f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:stateMachine:{names.workouts_machine}"
        log = LogGroup(self, "Log", environment=environment, unit="page")
        self.application = codedeploy.ServerApplication(self, "Application")
        self.metrics: PageMetrics | None = None

        def variables(uploads: s3.IBucket) -> dict[str, str]:
            return {
                "AWS_REGION": Aws.REGION,
                "ENVIRONMENT": environment.name,
                "LOG_GROUP": log.log_group_name,
                "CLASSIFIER_FUNCTION": classifier,
                "UPLOAD_BUCKET": uploads.bucket_name,
                "WORKOUTS_MACHINE": machine,
                "DEPLOYMENT_APPLICATION": self.application.application_name,
                "DEPLOYMENT_GROUP": GROUP,
            }

        servers: PageServers | PageServer
        if environment.balanced:
            entrance, firewall = self._entrance(context, base, network)
            endpoint = cloudfront.VpcOriginEndpoint.application_load_balancer(entrance.balancer)
            front = FrontDoor(self, "Front", context=context, endpoint=endpoint, secure=context.domain is not None)
            self.url = front.url
            self.uploads = self._uploads(context, base, self.url)
            servers = PageServers(
                self,
                "Servers",
                environment=environment,
                network=network.network,
                target_group=entrance.target_group,
                log_group=log,
                topic=base.alarms,
            )
            servers.start_with(variables(self.uploads))
            self.metrics = PageMetrics(entrance.balancer, entrance.target_group, servers.group, firewall)
        else:
            # The server knows the bucket, and CloudFront the server: the bucket cannot know CloudFront's name.
            known = f"https://{context.domain.name}" if context.domain is not None else "https://*.cloudfront.net"
            self.uploads = self._uploads(context, base, known)
            servers = PageServer(
                self,
                "Server",
                context=context,
                network=network.network,
                log_group=log,
                variables=variables(self.uploads),
            )
            # Here, and not in a stack of its own: what another stack knows of a server could not be replaced.
            ServerAlarm(self, "Alarm", environment=environment, instance=servers.instance, topic=base.alarms)
            endpoint = cloudfront.VpcOriginEndpoint.ec2_instance(servers.instance)
            self.url = FrontDoor(self, "Front", context=context, endpoint=endpoint, secure=False).url
        self._permit(servers.role, classifier, base.artifacts)
        self._permit_workouts(servers.role, machine)
        # Whether there is a release to wait for, and who began a deployment; a server alone deploys the last one.
        asked = ["codedeploy:GetDeployment", "codedeploy:GetDeploymentGroup"]
        permit_deployments(servers.role, self.application, asked, deploys=not environment.balanced)
        deployment = PageDeployment(self, "Deployment", application=self.application, servers=servers)
        self.deployment_group = deployment.deployment_group
        if isinstance(servers, PageServer):  # it asks about the group as soon as it runs
            servers.instance.node.add_dependency(self.deployment_group)
        CfnOutput(self, "PageAddress", value=self.url)
        CfnOutput(self, "UploadBucket", value=self.uploads.bucket_name)

    def _entrance(self, context: Context, base: BaseStack, network: NetworkStack) -> tuple[LoadBalancer, Firewall]:
        """A load balancer, its firewall, and the sign-in before it, if one is asked for."""
        environment, domain = context.environment, context.domain
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
        arn = entrance.balancer.load_balancer_arn
        return entrance, Firewall(self, "Firewall", environment=environment, resource_arn=arn)

    def _uploads(self, context: Context, base: BaseStack, origin: str) -> PrivateBucket:
        """Clips on their way, which pages of an origin may upload."""
        return PrivateBucket(
            self,
            "Uploads",
            environment=context.environment,
            access_logs=base.access_logs,
            expire_days=UPLOAD_DAYS,
            cors=[
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.POST],
                    allowed_origins=[origin],
                    allowed_headers=["content-type"],
                    max_age=Duration.minutes(PREFLIGHT_MINUTES).to_seconds(),
                )
            ],
        )

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
