"""CodePipeline asks, after a release was deployed: does every server serve it? Where one does not, none keeps it.

CodeDeploy lets as many servers fail as its configuration lets go offline: one after the other, the last may fail and
the deployment has succeeded all the same (its guide, "Deployment configurations"); one that lets none go offline
cannot begin. The text of this file is in the template; it knows nothing but boto3.
"""

import logging
import os
from collections.abc import Iterator
from typing import Any

import boto3

NOT_OURS = ("autoscaling", "codeDeployRollback")
"""Who else begins deployments: to a server that was launched, and of the release before one that failed."""

log = logging.getLogger()


def handler(event: dict[str, Any], context: object) -> None:
    """Tell CodePipeline; whatever goes wrong is a failure, or it would wait for twenty minutes."""
    job = event["CodePipeline.job"]
    try:
        refused = settle(job["data"]["inputArtifacts"][0]["location"]["s3Location"]["objectKey"])
    except Exception as error:
        log.exception("CodeDeploy cannot be asked")
        refused = f"CodeDeploy cannot be asked which servers serve the release: {error!r}"
    pipeline = boto3.client("codepipeline")
    if refused is None:
        pipeline.put_job_success_result(jobId=job["id"])
    else:
        log.error(refused)
        details = {"type": "JobFailed", "message": refused[:1000]}
        pipeline.put_job_failure_result(jobId=job["id"], failureDetails=details)


def settle(release: str) -> str | None:
    """What is wrong with a release, given by its object's key, in a sentence; the one before is on its way by then."""
    codedeploy = boto3.client("codedeploy")
    group = {"applicationName": os.environ["APPLICATION"], "deploymentGroupName": os.environ["GROUP"]}
    history = deployments(codedeploy, group)
    deployed = next((one for one in history if key(one) == release and one.get("creator") not in NOT_OURS), None)
    if deployed is None:
        return "CodeDeploy knows no deployment of this release"
    filters = {"TargetStatus": ["Failed"]}
    answer = codedeploy.list_deployment_targets(deploymentId=deployed["deploymentId"], targetFilters=filters)
    if not answer["targetIds"]:
        return None
    said = f"{', '.join(answer['targetIds'])} did not take the release"
    before = next((one for one in history if key(one) != release and everywhere(one)), None)  # goes on further back
    if before is None:
        return f"{said}; there is none before it"
    asked = {"revision": before["revision"], "description": f"Again, as {said}"[:100]}
    return f"{said}; {codedeploy.create_deployment(**group, **asked)['deploymentId']} deploys the one before it"


def deployments(codedeploy: Any, group: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The deployments to a group, the newest first."""
    for page in codedeploy.get_paginator("list_deployments").paginate(**group):
        for identifier in page["deployments"]:
            yield codedeploy.get_deployment(deploymentId=identifier)["deploymentInfo"]


def key(deployment: dict[str, Any]) -> str:
    """The object that a deployment takes its release from."""
    return str(deployment["revision"]["s3Location"]["key"])


def everywhere(deployment: dict[str, Any]) -> bool:
    """Whether every server took a deployment's release."""
    return deployment["status"] == "Succeeded" and not deployment["deploymentOverview"]["Failed"]
