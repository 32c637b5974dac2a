"""How a release of the page gets onto its servers, and comes off again."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.checks import acknowledge
from infra.constructs.page_servers import PageServers

POLICY = "service-role/AWSCodeDeployRole"
"""What AWS lets CodeDeploy do to servers."""


class PageDeployment(Construct):
    """CodeDeploy, one server after the other; a failed deployment is followed by one of the release before.

    The load balancer takes no part: a release starts beside the one before and takes over once it has proved itself, so
    no server stops answering. The agent comes with the instance's first start, and a new instance gets the last release
    before it gets its first request.

    Args:
        scope, construct_id: as for every construct.
        servers: where releases go.
        alarms: they end a deployment, and none begins while one of them rings. Errors of the page are none of these: an
            alarm about a faulty release must not keep the release away that mends it.

    Attributes:
        application: what is deployed.
        deployment_group: where it is deployed to, and how.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        servers: PageServers,
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, construct_id)
        role = self._role(servers)
        self.application = codedeploy.ServerApplication(self, "Application")
        self.deployment_group = codedeploy.ServerDeploymentGroup(
            self,
            "Group",
            application=self.application,
            role=role,
            auto_scaling_groups=[servers.group],
            install_agent=False,
            deployment_config=codedeploy.ServerDeploymentConfig.ONE_AT_A_TIME,
            alarms=list(alarms),
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
            ),
        )

    def _role(self, servers: PageServers) -> iam.Role:
        """AWS' policy for CodeDeploy, and what its guide adds for groups with a launch template, for this one only."""
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(POLICY)],
        )
        acknowledge(
            role,
            "CodeDeploy's own policy, which AWS keeps in step with what the service does to a group of servers.",
            f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{POLICY}]",
        )
        template = (
            f"arn:{Aws.PARTITION}:ec2:{Aws.REGION}:{Aws.ACCOUNT_ID}"
            f":launch-template/{servers.template.launch_template_id}"
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["ec2:RunInstances"],
                resources=["*"],
                conditions={"ArnEquals": {"ec2:LaunchTemplate": template}},
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["ec2:CreateTags"],
                resources=["*"],
                conditions={"StringEquals": {"ec2:CreateAction": "RunInstances"}},
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[servers.role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
            )
        )
        acknowledge(
            role,
            "Starting an instance touches disks, interfaces and images that have no name before; a condition names the "
            "one launch template that it must come from.",
            "AwsSolutions-IAM5[Resource::*]",
        )
        return role
