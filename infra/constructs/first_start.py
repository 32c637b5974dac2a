"""What every server of the page is when it starts for the first time, in a group or alone: its script, and its role."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.compact import compact
from infra.constructs.permissions import permit

USER_DATA = Path(__file__).parents[2] / "scripts" / "instance" / "user_data.sh"
"""The script that an instance runs when it starts for the first time."""

SERVED_SECONDS = 900
"""How long a new server may take from the end of its first start until it serves its release."""

_SIGNAL = """\
# A replacement counts once it serves the group's release, so that the instance it replaces serves until then. Where
# none was ever deployed there is none to wait for; CodeDeploy says so.
served() {{
    local last
    last=$(aws deploy get-deployment-group --region {region} --application-name "$DEPLOYMENT_APPLICATION" \
        --deployment-group-name "$DEPLOYMENT_GROUP" \
        --query deploymentGroupInfo.lastSuccessfulDeployment.deploymentId --output text) || return 1
    {again}
    [[ $last == None ]] || timeout {seconds} bash -c 'until [[ -e /opt/movements/current ]] &&
        curl -fsk -o /dev/null https://localhost/health/live; do sleep 5; done'
}}
finished() {{
    local status=$?
    if ((status == 0)); then served || status=1; fi
    /opt/aws/bin/cfn-signal --exit-code "$status" --stack {stack} --resource {resource} --region {region} || true
}}
trap finished EXIT
"""

AGAIN = """\
[[ $last == None ]] || aws deploy create-deployment --region "$AWS_REGION" \\
        --application-name "$DEPLOYMENT_APPLICATION" --deployment-group-name "$DEPLOYMENT_GROUP" --revision \\
        "$(aws deploy get-deployment --region "$AWS_REGION" --deployment-id "$last" --query deploymentInfo.revision)" ||
        return 1"""
"""Has the last release deployed once more, where no group does that for a new server."""


def first_start(variables: Mapping[str, str], stack: str, resource: str, region: str, *, again: str = ":") -> list[str]:
    """What a server runs when it starts for the first time.

    Args:
        variables: of the script that sets it up.
        stack, resource, region: to whom it says that it serves.
        again: a command that has the group's release deployed to it; by default, CodeDeploy does so by itself.
    """
    signal = _SIGNAL.format(stack=stack, resource=resource, region=region, seconds=SERVED_SECONDS, again=again)
    exports = [f"export {name}={value}" for name, value in variables.items()]
    return [*exports, signal, compact(USER_DATA.read_text(encoding="utf-8"))]


def server_role(scope: Construct, log_group: logs.ILogGroup) -> iam.Role:
    """What every server of the page may do: be entered by an operator, and write its log."""
    role = iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
        description="The servers of the page",
    )
    # AWS' own policy for this would let the page read every parameter of the account.
    permit(
        role,
        [
            "ssm:UpdateInstanceInformation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
        ["*"],
        because="A session on an instance, in place of SSH, opens channels, which are not resources with names.",
    )
    permit(
        role,
        ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        [log_group.log_group_arn],
    )
    return role
