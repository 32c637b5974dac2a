"""The rules that every resource passes, and the way to acknowledge an exception: with a reason."""

from __future__ import annotations

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import IConstruct


def check(app: App) -> None:
    """Check every resource with cdk-nag's packs AwsSolutions and Serverless; a finding stops the synthesis."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))


def acknowledge(construct: IConstruct, reason: str, *rules: str) -> None:
    """Acknowledge exceptions from rules for a construct and everything in it.

    Args:
        construct: the smallest construct that contains the finding.
        reason: why the rule does not apply here, in a sentence for an auditor.
        rules: names such as `AwsSolutions-S1`, or one finding of a rule: `AwsSolutions-IAM5[Resource::*]`.
    """
    Validations.of(construct).acknowledge(*(Acknowledgment(id=rule, reason=reason) for rule in rules))
