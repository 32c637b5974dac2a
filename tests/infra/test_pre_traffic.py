"""The program that CodeDeploy runs before a new version gets traffic, executed with answers as AWS gives them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from classify.events import DescribeRequest, parse
from classify.handler import handler
from classify.service import service
from infra.constructs.pre_traffic import CODE
from model.defaults import DEFAULT_BUNDLE
from tests.infra.conftest import Synthesis
from tests.infra.inline import ZIP_FILE_CHARACTERS, module_of, packages_of, stubbed

VERSION_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:movements-dev-classify:7"
EVENT = {"DeploymentId": "d-ABCDEF123", "LifecycleEventHookExecutionId": "eyJlbmNyeXB0ZWREYXRhIjoi"}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The text of the file as the module that Lambda makes of it."""
    monkeypatch.setenv("VERSION_ARN", VERSION_ARN)
    return module_of(CODE, tmp_path)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Stubber]]:
    with stubbed(monkeypatch, "lambda", "codedeploy") as stubs:
        yield stubs


def payload(body: object) -> StreamingBody:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return StreamingBody(io.BytesIO(content), len(content))


def expect_report(aws: dict[str, Stubber], status: str) -> None:
    aws["codedeploy"].add_response(
        "put_lifecycle_event_hook_execution_status",
        {},
        {
            "deploymentId": EVENT["DeploymentId"],
            "lifecycleEventHookExecutionId": EVENT["LifecycleEventHookExecutionId"],
            "status": status,
        },
    )


def test_a_version_that_describes_itself_may_have_traffic(program: ModuleType, aws: dict[str, Stubber]) -> None:
    asked = {"FunctionName": VERSION_ARN, "InvocationType": "RequestResponse", "Payload": ANY}
    answer = {"statusCode": 200, "headers": {}, "body": json.dumps({"contract": {}})}
    aws["lambda"].add_response("invoke", {"StatusCode": 200, "Payload": payload(answer)}, asked)
    expect_report(aws, "Succeeded")
    program.handler(EVENT, None)


@pytest.mark.parametrize(
    "answer",
    [
        {"Payload": {"statusCode": 503, "body": "{}"}},
        {"Payload": {"statusCode": 500, "body": "{}"}},
        {"Payload": {"errorType": "Sandbox.Timedout", "errorMessage": "30 s"}, "FunctionError": "Unhandled"},
        {"Payload": {"statusCode": 200}, "FunctionError": "Unhandled"},
        {"Payload": {}},
        {"Payload": None},
        {"Payload": b"this is no JSON"},
        {"Payload": b""},
    ],
)
def test_a_version_that_gives_any_other_answer_gets_none(
    answer: dict[str, Any], program: ModuleType, aws: dict[str, Stubber]
) -> None:
    aws["lambda"].add_response("invoke", {"StatusCode": 200, **answer, "Payload": payload(answer["Payload"])})
    expect_report(aws, "Failed")
    program.handler(EVENT, None)


@pytest.mark.parametrize("code", ["AccessDeniedException", "TooManyRequestsException", "ResourceNotFoundException"])
def test_a_version_that_cannot_be_asked_gets_none_and_codedeploy_does_not_wait(
    code: str, program: ModuleType, aws: dict[str, Stubber]
) -> None:
    aws["lambda"].add_client_error("invoke", code)
    expect_report(aws, "Failed")
    program.handler(EVENT, None)


def test_a_hook_that_was_not_told_the_version_reports_a_failure(
    program: ModuleType, aws: dict[str, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VERSION_ARN")
    expect_report(aws, "Failed")
    program.handler(EVENT, None)


def test_the_reason_of_a_failure_is_logged(
    program: ModuleType, aws: dict[str, Stubber], caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps({"error": {"code": "model_unavailable"}})
    aws["lambda"].add_response("invoke", {"Payload": payload({"statusCode": 503, "body": body})})
    expect_report(aws, "Failed")
    program.handler(EVENT, None)
    assert "model_unavailable" in caplog.text


def test_what_the_hook_asks_is_what_the_function_understands(
    program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Recorder:
        def invoke(self, **arguments: Any) -> dict[str, Any]:
            asked.append(arguments["Payload"])
            return {"Payload": payload({"statusCode": 200})}

    monkeypatch.setattr(boto3, "client", lambda *_, **__: Recorder())
    assert program.describes_itself(VERSION_ARN)
    assert isinstance(parse(json.loads(asked[0])), DescribeRequest)


@dataclass
class Context:
    """What Lambda tells the function about a request."""

    function_name: str = "movements-dev-classify"
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = VERSION_ARN
    aws_request_id: str = "52fdfc07-2182-454f-963f-5f0f9a621d72"


@pytest.mark.parametrize(("bundle", "usable"), [(str(DEFAULT_BUNDLE), True), ("/no/bundle", False)])
def test_the_real_function_is_taken_with_its_model_and_refused_without(
    bundle: str, usable: bool, program: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Function:
        def invoke(self, **arguments: Any) -> dict[str, Any]:
            return {"Payload": payload(handler(json.loads(arguments["Payload"]), Context()))}

    monkeypatch.setattr(boto3, "client", lambda *_, **__: Function())
    monkeypatch.setenv("UPLOAD_BUCKET", "uploads")
    monkeypatch.setenv("BUNDLE", bundle)
    service.cache_clear()
    try:
        assert program.describes_itself(VERSION_ARN) is usable
    finally:
        service.cache_clear()


def test_every_attempt_ends_before_the_hook_itself_does(program: ModuleType, plain: Synthesis) -> None:
    (timeout,) = (
        resource["Properties"]["Timeout"]
        for resource in plain.resources("Inference", "AWS::Lambda::Function").values()
        if "ZipFile" in resource["Properties"]["Code"]
    )
    attempts = program.PATIENT.retries["total_max_attempts"]
    assert attempts * program.PATIENT.read_timeout < timeout


def test_the_template_holds_the_program_as_it_is(plain: Synthesis) -> None:
    texts = [
        resource["Properties"]["Code"]["ZipFile"]
        for resource in plain.resources("Inference", "AWS::Lambda::Function").values()
        if "ZipFile" in resource["Properties"]["Code"]
    ]
    assert texts == [CODE.read_text(encoding="utf-8")]
    assert len(texts[0]) <= ZIP_FILE_CHARACTERS


def test_the_program_needs_nothing_but_python_and_what_lambda_brings_along() -> None:
    assert packages_of(CODE) - set(sys.stdlib_module_names) <= {"boto3", "botocore"}
