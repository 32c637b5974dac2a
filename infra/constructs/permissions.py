"""Permissions, with a reason for every wildcard."""

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
    """Grant a role actions on resources, and acknowledge the wildcards in exactly these resources.

    Args:
        whom: the role, or a policy for roles.
        actions: the actions, without wildcards.
        resources: the ARNs; for another stack's bucket, the result of `exported`.
        because: why an ARN has a wildcard, in a sentence for an auditor.

    Raises:
        ValueError: there is a wildcard and no reason, or a reason and no wildcard.
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
    """An ARN of the form `service:...:resource:name`, or `resource/name` for IAM, which has no regions."""
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
    """A resolved ARN in cdk-nag's notation, with `<LogicalId.Arn>` for references."""
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
