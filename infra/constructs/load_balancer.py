"""The load balancer behind CloudFront: inside the network, with no public address."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Aws, CfnMapping, Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.config import Context
from infra.constructs.network import Network

LOG_PREFIX = "page"
"""The prefix of its logs in the bucket of access logs."""

IDLE_SECONDS = 75
"""Longer than the 60 s that CloudFront waits, so that CloudFront and not the load balancer ends a connection."""

LIVE_PATH = "/health/live"
"""Answers as long as the server's process runs, whether or not the model is ready."""

CLOUDFRONT_PREFIX_LISTS: Mapping[str, str] = {
    "ap-northeast-1": "pl-58a04531",
    "ap-northeast-2": "pl-22a6434b",
    "ap-northeast-3": "pl-31a14458",
    "ap-south-1": "pl-9aa247f3",
    "ap-southeast-1": "pl-31a34658",
    "ap-southeast-2": "pl-b8a742d1",
    "ca-central-1": "pl-38a64351",
    "eu-central-1": "pl-a3a144ca",
    "eu-north-1": "pl-fab65393",
    "eu-west-1": "pl-4fa04526",
    "eu-west-2": "pl-93a247fa",
    "eu-west-3": "pl-75b1541c",
    "sa-east-1": "pl-5da64334",
    "us-east-1": "pl-3b927c52",
    "us-east-2": "pl-b6a144df",
    "us-west-1": "pl-4ea04527",
    "us-west-2": "pl-82a045eb",
}
"""The id, by region, of AWS' list of addresses from which CloudFront reaches origins,
`com.amazonaws.global.cloudfront.origin-facing` (AWS Networking & Content Delivery Blog, "Limit access to your
origins using the AWS-managed prefix list for Amazon CloudFront"). It is the same in all accounts, and CloudFormation
cannot look it up: in a region that is not listed, a deployment fails before it begins. The command
`aws ec2 describe-managed-prefix-lists` names the id to add."""


NAMED_ZONES_ONLY = ("us-west-1",)
"""Regions of whose few zones one has no VPC origins (Amazon CloudFront, "Restrict access with VPC origins": use1-az3,
usw1-az2, apne1-az3, cac1-az3): without context `zones`, a deployment there fails before it begins."""


def admit_cloudfront(scope: Construct, group: ec2.SecurityGroup, port: ec2.Port, context: Context) -> None:
    """Let CloudFront, and nobody else, reach a port of what is in a security group."""
    lists = {
        region: {"id": name}
        for region, name in CLOUDFRONT_PREFIX_LISTS.items()
        if context.zones or region not in NAMED_ZONES_ONLY
    }
    mapping = CfnMapping(scope, "CloudFront", mapping=lists)
    group.add_ingress_rule(ec2.Peer.prefix_list(mapping.find_in_map(Aws.REGION, "id")), port, "CloudFront")


class LoadBalancer(Construct):
    """Takes requests from CloudFront only and hands them to the instances over TLS.

    A VPC origin's requests pass a network interface in these subnets and still come from CloudFront's own addresses for
    a security group: a rule with the network's own range would admit none of them.

    With a domain of the operator's own, the listener is HTTPS with its certificate. Without one it is HTTP: no
    authority signs a certificate for the load balancer's name, and these requests never leave AWS' network, since
    CloudFront hands them over inside this one.

    Args:
        scope, construct_id: as for every construct.
        context: names the certificate and decides whether deletion is refused.
        network: the network that it is in.
        access_logs: the bucket of its logs; the bucket's policy must let it write.

    Attributes:
        balancer: the load balancer.
        target_group: the instances, which are added to it later.
        listener: the one that CloudFront reaches; it forwards to the target group.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, context: Context, network: Network, access_logs: s3.IBucket
    ) -> None:
        super().__init__(scope, construct_id)
        secure = context.domain is not None
        group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=network.vpc, description="From CloudFront to the page", allow_all_outbound=False
        )
        admit_cloudfront(self, group, ec2.Port.HTTPS if secure else ec2.Port.HTTP, context)
        self.balancer = elbv2.ApplicationLoadBalancer(
            self,
            "Balancer",
            vpc=network.vpc,
            vpc_subnets=network.balancer_subnets,
            internet_facing=False,
            security_group=group,
            drop_invalid_header_fields=True,
            deletion_protection=context.environment.keep_data,
            idle_timeout=Duration.seconds(IDLE_SECONDS),
        )
        # CDK's own method needs to know the region, to look up an account there.
        self.balancer.set_attribute("access_logs.s3.enabled", "true")
        self.balancer.set_attribute("access_logs.s3.bucket", access_logs.bucket_name)
        self.balancer.set_attribute("access_logs.s3.prefix", LOG_PREFIX)
        self.target_group = elbv2.ApplicationTargetGroup(
            self,
            "Servers",
            vpc=network.vpc,
            target_type=elbv2.TargetType.INSTANCE,
            port=443,
            protocol=elbv2.ApplicationProtocol.HTTPS,
            deregistration_delay=Duration.seconds(30),
            health_check=elbv2.HealthCheck(
                path=LIVE_PATH,
                protocol=elbv2.Protocol.HTTPS,
                healthy_http_codes="200",
                interval=Duration.seconds(15),
                timeout=Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=3,
            ),
        )
        certificate = (
            None
            if context.domain is None
            else acm.Certificate.from_certificate_arn(self, "Certificate", context.domain.certificate_arn)
        )
        self.listener = self.balancer.add_listener(
            "Listener",
            port=443 if secure else 80,
            protocol=elbv2.ApplicationProtocol.HTTPS if secure else elbv2.ApplicationProtocol.HTTP,
            certificates=None if certificate is None else [certificate],
            ssl_policy=elbv2.SslPolicy.RECOMMENDED_TLS if secure else None,
            open=False,
            default_action=elbv2.ListenerAction.forward([self.target_group]),
        )
