"""The rules that every resource passes, and how one of them is set aside: with a reason."""

from __future__ import annotations

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import IConstruct


def check(app: App) -> None:
    """Have cdk-nag's packs AwsSolutions and Serverless look at every resource; a finding stops the synthesis."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))


def acknowledge(construct: IConstruct, reason: str, *rules: str) -> None:
    """Set rules aside for a construct and what is in it.

    Args:
        construct: the smallest one that holds the finding.
        reason: why the rule does not apply here, as a sentence that an auditor understands.
        rules: such as `AwsSolutions-S1`, or one finding of a rule: `AwsSolutions-IAM5[Resource::*]`.
    """
    Validations.of(construct).acknowledge(*(Acknowledgment(id=rule, reason=reason) for rule in rules))
