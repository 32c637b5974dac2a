"""The one server of a page that a club pays for itself: no load balancer, no group, no firewall."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from aws_cdk import Aws, CfnResource, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.checks import acknowledge
from infra.config import Context
from infra.constructs.first_start import AGAIN, USER_DATA, first_start, server_role
from infra.constructs.load_balancer import admit_cloudfront
from infra.constructs.network import Network
from infra.constructs.page_servers import REPLACEMENT_MINUTES

DISK_GB = 8
"""What Amazon Linux needs, and room for three releases and for clips on their way."""


class PageServer(Construct):
    """An instance of Amazon Linux 2023 in a public subnet, which CloudFront alone can reach, from within the network.

    Another image of the operating system, or another script, makes another instance beside this one. It deploys the
    release that was deployed last to itself, and takes its place once it serves that.

    Args:
        scope, construct_id: as for every construct.
        context: decides its type.
        network: the network that it is in.
        log_group: the group of its log lines.
        variables: of the script that sets it up. Everybody on the instance can read them, so none may be a secret.

    Attributes:
        role: what it may do; the stack adds to it.
        instance: the instance.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: Context,
        network: Network,
        log_group: logs.ILogGroup,
        variables: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = server_role(self, log_group)
        group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=network.vpc, description="Server of the page", allow_all_outbound=False
        )
        admit_cloudfront(self, group, ec2.Port.HTTP, context)
        # DNS and time come from the network itself, to which no rule applies; everything else is TLS.
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "AWS and its package repositories")
        user_data = ec2.UserData.for_linux()
        # A script runs when an instance starts for the first time only: another script needs another instance.
        digest = hashlib.sha256(USER_DATA.read_bytes()).hexdigest()[:8]
        self.instance = ec2.Instance(
            self,
            f"Server{digest}",
            vpc=network.vpc,
            vpc_subnets=network.server_subnets,
            instance_type=ec2.InstanceType(context.environment.instance_type),
            machine_image=ec2.MachineImage.latest_amazon_linux2023(),
            role=self.role,
            security_group=group,
            user_data=user_data,
            http_tokens=ec2.HttpTokens.REQUIRED,
            http_put_response_hop_limit=1,
            block_devices=[
                ec2.BlockDevice(
                    device_name="/dev/xvda",
                    volume=ec2.BlockDeviceVolume.ebs(DISK_GB, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3),
                )
            ],
            resource_signal_timeout=Duration.minutes(REPLACEMENT_MINUTES),
        )
        resource = self.instance.node.default_child
        assert isinstance(resource, CfnResource)
        user_data.add_commands(
            *first_start(variables, Stack.of(self).stack_name, resource.logical_id, Aws.REGION, again=AGAIN)
        )
        acknowledge(
            self.instance,
            "One server, of which five-minute figures tell enough; another one replaces it within minutes, and nothing "
            "is kept on it.",
            "AwsSolutions-EC28",
            "AwsSolutions-EC29",
        )
