"""How releases of the page get onto its servers."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws, Tags
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.checks import acknowledge
from infra.constructs.page_server import PageServer
from infra.constructs.page_servers import PageServers
from infra.constructs.permissions import permit

GROUP = "page"
"""The name of the deployment group: its servers ask about it, and cannot refer to what refers to them."""

TAG = "page"
"""The tag by which CodeDeploy finds a server that is in no group; its value is the stack."""

POLICY = "service-role/AWSCodeDeployRole"
"""AWS' own policy for CodeDeploy on servers."""


def permit_deployments(
    role: iam.Role, application: codedeploy.IServerApplication, asked: Sequence[str], *, deploys: bool
) -> None:
    """Let a role ask about the group's deployments, and begin one where it `deploys`.

    Args:
        role: the role.
        application: what is deployed.
        asked: the actions that ask.
        deploys: whether it may deploy a release that there was before.
    """
    here, name = f"arn:{Aws.PARTITION}:codedeploy:{Aws.REGION}:{Aws.ACCOUNT_ID}", application.application_name
    begun = ["codedeploy:CreateDeployment"] if deploys else []
    permit(role, [*asked, *begun], [f"{here}:deploymentgroup:{name}/{GROUP}"])
    if deploys:
        known = ["codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"]
        permit(role, known, [f"{here}:application:{name}"])
        permit(role, ["codedeploy:GetDeploymentConfig"], [f"{here}:deploymentconfig:CodeDeployDefault.OneAtATime"])


class PageDeployment(Construct):
    """CodeDeploy updates one server after the other; after a failure it deploys the previous release again.

    The last server's failure is none to CodeDeploy: the pipeline asks about it, see `EveryServer`.

    The load balancer takes no part: a release starts beside the previous one and takes over once its answer was right,
    so no server stops answering. The agent is installed when an instance first starts, and a new instance gets the last
    release before its first request. Every server asks its release before visitors do; no alarm has a say, since one
    that rings because no server is left would keep out the deployment that brings one, and one about a faulty release
    the release that mends it.

    Args:
        scope, construct_id: as for every construct.
        application: what is deployed; the servers know it, so it comes first.
        servers: the group that gets the releases, or the one server.

    Attributes:
        deployment_group: where it is deployed to, and how.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        application: codedeploy.ServerApplication,
        servers: PageServers | PageServer,
    ) -> None:
        super().__init__(scope, construct_id)
        role = self._role()
        groups, tags = None, None
        if isinstance(servers, PageServers):
            self._permit_launching(role, servers)
            groups = [servers.group]
        else:
            Tags.of(servers.instance).add(TAG, Aws.STACK_NAME)
            tags = codedeploy.InstanceTagSet({TAG: [Aws.STACK_NAME]})
        self.deployment_group = codedeploy.ServerDeploymentGroup(
            self,
            "Group",
            application=application,
            deployment_group_name=GROUP,
            role=role,
            auto_scaling_groups=groups,
            ec2_instance_tags=tags,
            install_agent=False,
            deployment_config=codedeploy.ServerDeploymentConfig.ONE_AT_A_TIME,
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=False
            ),
        )

    def _role(self) -> iam.Role:
        """Grant AWS' policy for CodeDeploy."""
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
        return role

    @staticmethod
    def _permit_launching(role: iam.Role, servers: PageServers) -> None:
        """Grant for this group what CodeDeploy's guide adds for launch templates."""
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
