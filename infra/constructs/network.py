"""The network of the page, with what the internet can reach and what it cannot."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import Environment

ADDRESSES = "10.20.0.0/16"
"""The network's range; nothing is peered with it."""

ZONES = 2
"""Availability zones; a load balancer requires two."""


class Network(Construct):
    """Two zones, each with a public subnet, one without any route to the internet, and one behind a NAT gateway.

    Unused subnets are left out: the last without gateways, the second where visitors sign in.

    S3 is reached through a gateway endpoint, which costs nothing and keeps that traffic off the NAT gateways. The
    network's default security group lets its members reach each other, and CloudFormation cannot remove its rules. It
    has no members, which a test confirms.

    Args:
        scope, construct_id: as for every construct.
        environment: decides how many NAT gateways there are.
        zones: names of the availability zones; empty for the region's first `ZONES`.
        flow_logs: the log group of its connections.
        sign_in: whether the load balancer itself must reach the internet. It redeems the visitors' codes at Cognito's
            token endpoint, which has no private address, and as an internal one it has no public address of its own.

    Attributes:
        vpc: the network.
        balancer_subnets: the subnets of the load balancer.
        server_subnets: the subnets of the instances: behind the NAT gateways or, without any, with public addresses
            that no inbound rule opens.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        zones: Sequence[str],
        flow_logs: logs.ILogGroup,
        sign_in: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        gateways = max(environment.nat_gateways, 1) if sign_in else environment.nat_gateways
        # The absent kinds are reserved, so that the addresses of the others stay the same when one is added.
        kinds = (
            ("Public", ec2.SubnetType.PUBLIC, True),
            ("Isolated", ec2.SubnetType.PRIVATE_ISOLATED, not sign_in),
            ("Private", ec2.SubnetType.PRIVATE_WITH_EGRESS, gateways > 0),
        )
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(ADDRESSES),
            max_azs=None if zones else ZONES,
            availability_zones=list(zones) or None,
            nat_gateways=gateways,
            restrict_default_security_group=False,  # would be done by a function that needs an asset bucket
            subnet_configuration=[
                ec2.SubnetConfiguration(name=name, subnet_type=kind, cidr_mask=24, reserved=not present)
                for name, kind, present in kinds
            ],
            gateway_endpoints={"S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)},
            flow_logs={
                "Flow": ec2.FlowLogOptions(
                    destination=ec2.FlowLogDestination.to_cloud_watch_logs(flow_logs),
                    traffic_type=ec2.FlowLogTrafficType.ALL,
                )
            },
        )
        isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        egress = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
        self.balancer_subnets = egress if sign_in else isolated
        self.server_subnets = egress if gateways else ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
