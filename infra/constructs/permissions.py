"""One permission at a time, each star with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.checks import acknowledge


def permit(
    whom: iam.Role | iam.ManagedPolicy,
    actions: Sequence[str],
    resources: Sequence[str],
    *,
    because: str | None = None,
) -> None:
    """Let a role do something, and acknowledge for exactly these resources that there is a star in them.

    Args:
        whom: the role, or a policy for roles.
        actions: what, without stars.
        resources: to which ARNs; of another stack's bucket, what `exported` gives.
        because: why an ARN has a star; an auditor reads it.

    Raises:
        ValueError: there is a star and no reason, or a reason and no star.
    """
    stack = Stack.of(whom)
    flat = [_flat(stack.resolve(resource)) for resource in resources]
    starred = [resource for resource in flat if "*" in resource]
    if bool(starred) != (because is not None):
        raise ValueError(f"a permission for {', '.join(flat)} needs a reason if, and only if, it has a star")
    statement = iam.PolicyStatement(actions=list(actions), resources=list(resources))
    if isinstance(whom, iam.ManagedPolicy):
        whom.add_statements(statement)
    else:
        whom.add_to_policy(statement)
    if because is not None:
        acknowledge(whom, because, *(f"AwsSolutions-IAM5[Resource::{resource}]" for resource in starred))


def arn(scope: Construct, service: str, resource: str, name: str, *, region: str | None = None) -> str:
    """An ARN of the form `service:...:resource:name`, or `resource/name` for IAM, which knows no region."""
    form = ArnFormat.SLASH_RESOURCE_NAME if service == "iam" else ArnFormat.COLON_RESOURCE_NAME
    return str(
        Stack.of(scope).format_arn(
            service=service, resource=resource, resource_name=name, region=region, arn_format=form
        )
    )


def exported(bucket: s3.IBucket) -> str:
    """The ARN of another stack's bucket, as that stack exports it."""
    return str(Stack.of(bucket).export_value(bucket.bucket_arn))


def _flat(value: Any) -> str:
    """A resolved ARN in cdk-nag's notation: `<LogicalId.Arn>` for what the template fills in."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_flat(part) for part in parts)
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{resource}.{attribute}>"
        case {"Fn::ImportValue": name}:
            return _flat(name)
        case {"Ref": resource}:
            return f"<{resource}>"
    return str(value)
