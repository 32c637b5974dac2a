"""CodeDeploy asks, before a new version gets traffic: may it? Yes, if it can say what its model is.

To describe itself the version must have loaded its model, verified it, and given its golden clips the right answers.
The text of this file is in the template; it knows nothing but boto3.
"""

import json
import logging
import os

import boto3
from botocore.config import Config

# A first start fetches image and model, which takes seconds; all attempts together fit into our own five minutes.
PATIENT = Config(read_timeout=90, retries={"mode": "standard", "total_max_attempts": 3})
log = logging.getLogger()


def handler(event: dict[str, str], context: object) -> None:
    """Tell CodeDeploy `Succeeded` or `Failed`; whatever goes wrong is a failure, or it would wait for an hour."""
    try:
        usable = describes_itself(os.environ["VERSION_ARN"])
    except Exception:
        log.exception("the new version cannot be asked")
        usable = False
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Succeeded" if usable else "Failed",
    )


def describes_itself(version: str) -> bool:
    """Whether a version, given by its ARN, answers with 200."""
    answer = boto3.client("lambda", config=PATIENT).invoke(
        FunctionName=version, InvocationType="RequestResponse", Payload=json.dumps({"describe": True})
    )
    body = json.load(answer["Payload"])
    if "FunctionError" not in answer and body.get("statusCode") == 200:
        return True
    log.error("the new version does not answer: %s", json.dumps(body)[:1000])
    return False
