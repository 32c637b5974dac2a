"""The whole system: `python -m infra.app` writes the templates of its stacks to `cdk.out`.

`cdk deploy Base Pipeline` calls it too, through `cdk.json`. Nothing is looked up: no network, no account, no Docker.
"""

from __future__ import annotations

import os
from typing import Any

from aws_cdk import App, Tags

from infra.checks import check
from infra.config import KEYS, Context
from infra.names import PROJECT
from infra.stacks.archive import ArchiveStack
from infra.stacks.base import BaseStack
from infra.stacks.inference import InferenceStack
from infra.stacks.network import NetworkStack
from infra.stacks.pipeline import PipelineStack
from infra.stacks.watch import WatchStack
from infra.stacks.web import WebStack

FLAGS = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:defaultCrossStackReferences": "strong",
    "@aws-cdk/core:suppressTemplateIndentation": True,
    "@aws-cdk/core:target-partitions": ["aws"],
    "@aws-cdk/core:validateAgainstDefaultRules": True,
}
"""The behaviour of CDK that we rely on, set here so that it is the same with and without the CLI."""

FREE = (
    "AWS::CloudFront::Function",
    "AWS::CloudFront::VpcOrigin",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::EC2::FlowLog",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::IAM::Role",
)
"""Types of resources that cost nothing here, and so need no tags that assign their cost. Leaving the tags out keeps the
templates below the size that CloudFormation accepts without a bucket."""


def new_app(**more: Any) -> App:
    """Make an empty app with our flags; `more`, such as `outdir`, is passed on to CDK."""
    return App(analytics_reporting=False, context=FLAGS, **more)


def build(app: App, context: Context) -> None:
    """Add the stacks of one environment to an app: six, five without a load balancer, and one more for archives."""
    base = BaseStack(app, "Base", context=context)
    network = NetworkStack(app, "Network", context=context)
    web = WebStack(app, "Web", context=context, base=base, network=network)
    InferenceStack(app, "Inference", context=context, base=base, uploads=web.uploads)
    if context.archives:
        ArchiveStack(app, "Archive", context=context, base=base)
    balanced = context.environment.balanced
    watch = WatchStack(app, "Watch", context=context, base=base, web=web) if balanced else None
    PipelineStack(app, "Pipeline", context=context, base=base, web=web, watch=watch)
    for key, value in (("project", PROJECT), ("environment", context.environment.name)):
        Tags.of(app).add(key, value, exclude_resource_types=list(FREE))
    check(app)


def main() -> None:
    """Synthesize the app with the context that the CLI or the variable CDK_CONTEXT_JSON gives."""
    app = new_app(outdir=os.environ.get("CDK_OUTDIR", "cdk.out"))
    values = {key: app.node.try_get_context(key) for key in KEYS}
    build(app, Context.read({key: value for key, value in values.items() if value is not None}))
    app.synth()


if __name__ == "__main__":
    main()
