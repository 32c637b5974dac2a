"""The instances that serve the page, and their number."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Aws, CfnResource, Duration, Stack
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.config import Environment
from infra.constructs.first_start import first_start, server_role
from infra.constructs.network import Network

DISK_GB = 16

GRACE_MINUTES = 5
"""The longest time until the first answer of a new instance."""

REPLACEMENT_MINUTES = 20
"""The longest time that replacing one instance may take, its release included."""

CPU_PERCENT = 60
REQUESTS_PER_MINUTE = 300
"""The group's target per instance. A request that waits for a prediction takes a thread and hardly any CPU."""


class PageServers(Construct):
    """A group of instances of Amazon Linux 2023, without keys or SSH, which only the load balancer can reach.

    Each deployment uses the newest image of the operating system, and replaces the instances one by one if it has
    changed.

    Args:
        scope, construct_id: as for every construct.
        environment: decides the type and the number of instances.
        network: the network that they are in.
        target_group: the load balancer's target group, which must have a listener.
        log_group: the group of their log lines.
        topic: is notified of each instance that is launched or terminated.

    Attributes:
        role: what the instances may do; the stack adds to it.
        template: the launch template of the instances.
        group: the group.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        network: Network,
        target_group: elbv2.ApplicationTargetGroup,
        log_group: logs.ILogGroup,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = server_role(self, log_group)
        security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=network.vpc, description="Servers of the page", allow_all_outbound=False
        )
        # DNS and time come from the network itself, to which no rule applies; everything else is TLS.
        security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "AWS and its package repositories")
        self._user_data = ec2.UserData.for_linux()
        self.template = ec2.LaunchTemplate(
            self,
            "Template",
            instance_type=ec2.InstanceType(environment.instance_type),
            machine_image=ec2.MachineImage.latest_amazon_linux2023(),
            role=self.role,
            security_group=security_group,
            user_data=self._user_data,
            http_tokens=ec2.LaunchTemplateHttpTokens.REQUIRED,
            http_put_response_hop_limit=1,
            detailed_monitoring=True,
            block_devices=[
                ec2.BlockDevice(
                    device_name="/dev/xvda",
                    volume=ec2.BlockDeviceVolume.ebs(DISK_GB, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3),
                )
            ],
        )
        self.group = autoscaling.AutoScalingGroup(
            self,
            "Group",
            vpc=network.vpc,
            vpc_subnets=network.server_subnets,
            launch_template=self.template,
            min_capacity=environment.min_instances,
            max_capacity=environment.max_instances,
            health_checks=autoscaling.HealthChecks.with_additional_checks(
                additional_types=[autoscaling.AdditionalHealthCheckType.ELB],
                grace_period=Duration.minutes(GRACE_MINUTES),
            ),
            group_metrics=[autoscaling.GroupMetrics.all()],
            notifications=[
                autoscaling.NotificationConfiguration(topic=topic, scaling_events=autoscaling.ScalingEvents.ALL)
            ],
            update_policy=autoscaling.UpdatePolicy.rolling_update(
                max_batch_size=1,
                min_instances_in_service=environment.min_instances,
                pause_time=Duration.minutes(REPLACEMENT_MINUTES),
                wait_on_resource_signals=True,
            ),
        )
        self.group.attach_to_application_target_group(target_group)
        self.group.scale_on_cpu_utilization("Cpu", target_utilization_percent=CPU_PERCENT)
        self.group.scale_on_request_count("Requests", target_requests_per_minute=REQUESTS_PER_MINUTE)

    def start_with(self, variables: Mapping[str, str]) -> None:
        """Give the instances their environment variables and the script that sets them up as servers.

        Args:
            variables: the script's variables. Everybody on an instance can read them, so none may be a secret.
        """
        resource = self.group.node.default_child
        assert isinstance(resource, CfnResource)
        self._user_data.add_commands(
            *first_start(variables, Stack.of(self).stack_name, resource.logical_id, Aws.REGION)
        )
