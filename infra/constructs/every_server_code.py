"""CodePipeline asks, after a release was deployed: does every server serve it? Where one does not, none keeps it.

CodeDeploy lets as many servers fail as its configuration lets go offline: one after the other, the last may fail and
the deployment has succeeded all the same (its guide, "Deployment configurations"); one that lets none go offline
cannot begin. The text of this file is in the template; it knows nothing but boto3.
"""

import logging
import os
from typing import Any

import boto3

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
    before = None
    failed: list[str] | None = None
    for page in codedeploy.get_paginator("list_deployments").paginate(**group):  # the newest first
        for identifier in page["deployments"]:
            info = codedeploy.get_deployment(deploymentId=identifier)["deploymentInfo"]
            ours = info["revision"]["s3Location"]["key"] == release
            if failed is None:
                if ours and info.get("creator") not in ("autoscaling", "codeDeployRollback"):
                    failed = servers(codedeploy, identifier)
                    if not failed:
                        return None
            elif not ours and info["status"] == "Succeeded" and not info["deploymentOverview"]["Failed"]:
                before = info["revision"]
                break
        if before is not None:
            break
    if failed is None:
        return "CodeDeploy knows no deployment of this release"
    said = f"{', '.join(failed)} did not take the release"
    if before is None:
        return f"{said}; there is none before it"
    asked = {"revision": before, "description": f"Again, as {said}"[:100]}
    return f"{said}; {codedeploy.create_deployment(**group, **asked)['deploymentId']} deploys the one before it"


def servers(codedeploy: Any, deployment: str) -> list[str]:
    """The servers, by their identifiers, that a deployment has failed on."""
    filters = {"TargetStatus": ["Failed"]}
    answer = codedeploy.list_deployment_targets(deploymentId=deployment, targetFilters=filters)
    return list(answer["targetIds"])
