"""The program that asks whether every server serves a release: executed, with answers as AWS gives them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from botocore.stub import Stubber

from infra.constructs.every_server import CODE
from tests.infra.conftest import Synthesis
from tests.infra.inline import ZIP_FILE_CHARACTERS, module_of, packages_of, stubbed

GROUP = {"applicationName": "movements", "deploymentGroupName": "page"}
BUCKET = "artifacts"
JOB = "11111111-abcd-1111-abcd-111111abcdef"
EVENT = {
    "CodePipeline.job": {
        "id": JOB,
        "data": {"inputArtifacts": [{"location": {"s3Location": {"bucketName": BUCKET, "objectKey": "new.zip"}}}]},
    }
}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("APPLICATION", GROUP["applicationName"])
    monkeypatch.setenv("GROUP", GROUP["deploymentGroupName"])
    return module_of(CODE, tmp_path)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Stubber]]:
    with stubbed(monkeypatch, "codepipeline", "codedeploy") as stubs:
        yield stubs


def revision(key: str) -> dict[str, Any]:
    return {"revisionType": "S3", "s3Location": {"bucket": BUCKET, "key": key, "bundleType": "zip"}}


def history(aws: dict[str, Stubber], *deployments: dict[str, Any]) -> None:
    """The group's deployments that are asked about, the newest first."""
    aws["codedeploy"].add_response("list_deployments", {"deployments": [one["id"] for one in deployments]}, GROUP)


def asked(aws: dict[str, Stubber], one: dict[str, Any], failed: list[str] | None = None) -> None:
    """A deployment is asked about, and where `failed` is given, on which servers it failed."""
    info = {
        "deploymentId": one["id"],
        "status": one.get("status", "Succeeded"),
        "creator": one.get("creator", "user"),
        "revision": revision(one["key"]),
        "deploymentOverview": {"Succeeded": 2 - one.get("failed", 0), "Failed": one.get("failed", 0)},
    }
    aws["codedeploy"].add_response("get_deployment", {"deploymentInfo": info}, {"deploymentId": one["id"]})
    if failed is not None:
        filters = {"deploymentId": one["id"], "targetFilters": {"TargetStatus": ["Failed"]}}
        aws["codedeploy"].add_response("list_deployment_targets", {"targetIds": failed}, filters)


def expect_success(aws: dict[str, Stubber]) -> None:
    aws["codepipeline"].add_response("put_job_success_result", {}, {"jobId": JOB})


def expect_failure(aws: dict[str, Stubber], message: str) -> None:
    details = {"type": "JobFailed", "message": message}
    aws["codepipeline"].add_response("put_job_failure_result", {}, {"jobId": JOB, "failureDetails": details})


NEW = {"id": "d-NEW", "key": "new.zip"}
OLD = {"id": "d-OLD", "key": "old.zip"}


def test_a_release_that_every_server_serves_is_one(program: ModuleType, aws: dict[str, Stubber]) -> None:
    history(aws, NEW, OLD)
    asked(aws, NEW, failed=[])
    expect_success(aws)
    program.handler(EVENT, None)


def test_a_release_that_the_last_of_two_servers_refused_fails_and_the_one_before_is_deployed(
    program: ModuleType, aws: dict[str, Stubber]
) -> None:
    history(aws, {**NEW, "failed": 1}, OLD)
    asked(aws, {**NEW, "failed": 1}, failed=["i-0b"])
    asked(aws, OLD)
    said = "i-0b did not take the release"
    aws["codedeploy"].add_response(
        "create_deployment",
        {"deploymentId": "d-AGAIN"},
        {**GROUP, "revision": revision("old.zip"), "description": f"Again, as {said}"},
    )
    expect_failure(aws, f"{said}; d-AGAIN deploys the one before it")
    program.handler(EVENT, None)


def test_a_server_launched_meanwhile_is_no_release_and_neither_is_one_that_servers_refused(
    program: ModuleType, aws: dict[str, Stubber]
) -> None:
    launched = {"id": "d-LAUNCH", "key": "new.zip", "creator": "autoscaling", "failed": 1}
    again = {"id": "d-BACK", "key": "new.zip", "creator": "codeDeployRollback"}
    refused = [{"id": "d-ONE", "key": "one.zip", "failed": 1}, {"id": "d-TWO", "key": "two.zip", "status": "Failed"}]
    history(aws, launched, again, NEW, *refused, OLD, {"id": "d-OLDER", "key": "older.zip"})
    asked(aws, launched)
    asked(aws, again)
    asked(aws, NEW, failed=["i-0a", "i-0b"])
    for one in (*refused, OLD):
        asked(aws, one)
    said = "i-0a, i-0b did not take the release"
    aws["codedeploy"].add_response("create_deployment", {"deploymentId": "d-AGAIN"})
    expect_failure(aws, f"{said}; d-AGAIN deploys the one before it")
    program.handler(EVENT, None)


def test_the_first_release_has_none_before_it(program: ModuleType, aws: dict[str, Stubber]) -> None:
    history(aws, NEW)
    asked(aws, NEW, failed=["i-0a"])
    expect_failure(aws, "i-0a did not take the release; there is none before it")
    program.handler(EVENT, None)


def test_a_release_that_was_never_deployed_is_none(program: ModuleType, aws: dict[str, Stubber]) -> None:
    history(aws, OLD)
    asked(aws, OLD)
    expect_failure(aws, "CodeDeploy knows no deployment of this release")
    program.handler(EVENT, None)


def test_a_question_that_gets_no_answer_is_a_failure_and_the_pipeline_does_not_wait(
    program: ModuleType, aws: dict[str, Stubber], caplog: pytest.LogCaptureFixture
) -> None:
    aws["codedeploy"].add_client_error("list_deployments", "AccessDeniedException")
    failures = []
    aws["codepipeline"].client.put_job_failure_result = lambda **given: failures.append(given)
    program.handler(EVENT, None)
    (failure,) = failures
    assert failure["failureDetails"]["message"].startswith("CodeDeploy cannot be asked which servers")
    assert "AccessDeniedException" in caplog.text


def test_the_template_holds_the_program_as_it_is(plain: Synthesis) -> None:
    texts = [
        resource["Properties"]["Code"]["ZipFile"]
        for resource in plain.resources("Watch", "AWS::Lambda::Function").values()
    ]
    assert texts == [CODE.read_text(encoding="utf-8")]
    assert len(texts[0]) <= ZIP_FILE_CHARACTERS


def test_the_program_needs_nothing_but_python_and_what_lambda_brings_along() -> None:
    assert packages_of(CODE) - set(sys.stdlib_module_names) <= {"boto3"}
