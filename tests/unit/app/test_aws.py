from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from flask import Flask, g
from moto import mock_aws

from app.main import create_app
from app.scratch import Scratch
from app.services.aws import LambdaClassifier, S3UploadStore, lambda_client, s3_client
from app.services.open_services import open_services
from app.services.protocols import Services
from app.services.uploads import new_key
from app.settings import Settings
from model.answers.error import ErrorAnswer
from model.errors import (
    BadRequest,
    InternalError,
    ModelUnavailable,
    MovementsError,
    NotFound,
    TimedOut,
    UnsupportedCodec,
)
from tests.unit.app.fakes import CONTRACT, answer_body, fake_report

BUCKET = "movements-uploads"


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = s3_client()
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield client


class StubLambda:
    """A boto3 Lambda client with one answer; remembers what it was sent."""

    def __init__(self, payload: object = None, *, error: Exception | None = None, broken: bool = False) -> None:
        self.payload = payload
        self.error = error
        self.broken = broken
        self.sent: list[dict[str, Any]] = []

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.sent.append(request)
        if self.error is not None:
            raise self.error
        text = self.payload if isinstance(self.payload, bytes) else json.dumps(self.payload).encode()
        return {
            "StatusCode": 200,
            "Payload": io.BytesIO(text),
            **({"FunctionError": "Unhandled"} if self.broken else {}),
        }


def answered(status: int, body: object) -> dict[str, Any]:
    return {"statusCode": status, "headers": {}, "body": json.dumps(body)}


def classifier(client: StubLambda) -> LambdaClassifier:
    return LambdaClassifier("classify:live", BUCKET, client)


def test_the_function_is_told_the_id_of_the_request_that_it_answers() -> None:
    client = StubLambda(answered(200, answer_body()))
    classifier(client).classify(new_key(), top_k=5, stills=False)
    assert "ClientContext" not in client.sent[0], "nobody's request"
    with Flask("page").test_request_context():
        g.request_id = "52b6f1a70c9d4e38"
        classifier(client).classify(new_key(), top_k=5, stills=False)
    assert json.loads(base64.b64decode(client.sent[1]["ClientContext"])) == {
        "custom": {"request_id": "52b6f1a70c9d4e38"}
    }


def test_a_ticket_allows_one_key_one_type_one_size_range_for_five_minutes(s3: Any) -> None:
    ticket = S3UploadStore(BUCKET, s3, max_bytes=1000).ticket(1000)
    policy = json.loads(base64.b64decode(ticket.fields["policy"]))
    conditions = policy["conditions"]
    assert {"key": ticket.key} in conditions
    assert {"bucket": BUCKET} in conditions
    assert {"Content-Type": "video/mp4"} in conditions
    assert ["content-length-range", 1, 1000] in conditions
    assert not [c for c in conditions if isinstance(c, list) and c[0] == "starts-with"]
    expires = datetime.strptime(policy["expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(minutes=4) < expires - datetime.now(UTC) <= timedelta(minutes=5)
    assert ticket.fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


def test_browsers_post_to_the_buckets_own_address_in_its_region(s3: Any) -> None:
    store = S3UploadStore(BUCKET, s3, max_bytes=1000)
    assert store.origin == f"https://{BUCKET}.s3.eu-west-1.amazonaws.com"
    assert store.ticket(1000).url == f"{store.origin}/"


def test_the_page_may_connect_to_the_bucket(s3: Any) -> None:
    uploads = S3UploadStore(BUCKET, s3, max_bytes=1000)
    services = Services(uploads=uploads, classifier=classifier(StubLambda()), scratch=Scratch())
    headers = create_app(Settings(), services).server.test_client().get("/").headers
    assert f"connect-src 'self' https://{BUCKET}.s3.eu-west-1.amazonaws.com;" in headers["Content-Security-Policy"]


def test_a_clip_that_came_through_the_api_is_put_into_the_bucket(s3: Any, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"clip")
    key = S3UploadStore(BUCKET, s3, max_bytes=1000).put(clip)
    stored = s3.get_object(Bucket=BUCKET, Key=key)
    assert (stored["Body"].read(), stored["ContentType"]) == (b"clip", "video/mp4")


def test_the_function_is_asked_with_bucket_and_key_only_however_large_the_clip_is(s3: Any, tmp_path: Path) -> None:
    """The predecessor put the clip into the payload in base64: anything over about 4.4 MB failed."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(bytes(8_000_000))
    key = S3UploadStore(BUCKET, s3, max_bytes=10_000_000).put(clip)
    client = StubLambda(answered(200, answer_body()))
    classifier(client).classify(key, top_k=5, stills=True)
    (request,) = client.sent
    assert (request["FunctionName"], request["InvocationType"]) == ("classify:live", "RequestResponse")
    assert json.loads(request["Payload"]) == {"bucket": BUCKET, "key": key, "top_k": 5, "stills": True}


def test_the_functions_answer_is_passed_on_unchanged() -> None:
    body = {**answer_body(), "request_id": "of the function"}
    body["timing_ms"]["fetch"] = 30.0
    answer = classifier(StubLambda(answered(200, body))).classify(new_key(), top_k=5, stills=False)
    assert answer.to_json() == body


def test_the_functions_error_keeps_its_kind_and_its_sentences() -> None:
    said = UnsupportedCodec("The video is coded as ProRes.", hint="Export it as H.264.")
    with pytest.raises(UnsupportedCodec, match="ProRes") as caught:
        classifier(StubLambda(answered(415, ErrorAnswer.of(said).to_json()))).classify(new_key(), top_k=5, stills=False)
    assert ErrorAnswer.of(caught.value).to_json() == ErrorAnswer.of(said).to_json()


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (
            {"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: 1 Error: Task timed out after 30.00 s"},
            TimedOut,
        ),
        ({"errorMessage": "2026-11-22T10:00:00Z 1 Task timed out after 30.00 seconds"}, TimedOut),
        ({"errorType": "Runtime.ExitError", "errorMessage": "signal: killed"}, ModelUnavailable),
        ({"errorType": "ValueError", "errorMessage": "secret", "stackTrace": []}, InternalError),
        ("not even an object", InternalError),
    ],
)
def test_a_function_that_breaks_is_an_error_of_its_kind_and_nothing_of_it_is_shown(
    payload: object, kind: type[MovementsError]
) -> None:
    with pytest.raises(kind) as caught:
        classifier(StubLambda(payload, broken=True)).classify(new_key(), top_k=5, stills=False)
    assert caught.value.message == kind.default_message


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ReadTimeoutError(endpoint_url="https://lambda"), TimedOut),
        (EndpointConnectionError(endpoint_url="https://lambda"), ModelUnavailable),
        (ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"), ModelUnavailable),
        (ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Invoke"), ModelUnavailable),
    ],
)
def test_a_function_that_cannot_be_reached_is_an_error_of_its_kind(
    error: Exception, kind: type[MovementsError]
) -> None:
    with pytest.raises(kind):
        classifier(StubLambda(error=error)).classify(new_key(), top_k=5, stills=False)


@pytest.mark.parametrize(
    "payload",
    [b"<html>", None, {}, {"statusCode": 200}, answered(200, [["ERROR", -1.0]] * 5), answered(200, {"prediction": []})],
)
def test_an_answer_that_is_no_prediction_is_an_internal_error(payload: object) -> None:
    with pytest.raises(InternalError):
        classifier(StubLambda(payload)).classify(new_key(), top_k=5, stills=False)


def test_a_key_that_was_never_given_out_is_not_asked_about() -> None:
    client = StubLambda()
    with pytest.raises(BadRequest):
        classifier(client).classify("models/default/1/saved_model.pb", top_k=5, stills=False)
    assert client.sent == []


def test_a_missing_upload_is_not_found() -> None:
    with pytest.raises(NotFound):
        classifier(StubLambda(answered(404, ErrorAnswer.of(NotFound()).to_json()))).classify(
            new_key(), top_k=5, stills=False
        )


def test_the_contract_is_the_functions_and_asked_for_once() -> None:
    client = StubLambda(answered(200, {"contract": CONTRACT.model_dump(mode="json")}))
    remote = classifier(client)
    assert remote.contract() == remote.contract() == CONTRACT
    assert [json.loads(request["Payload"]) for request in client.sent] == [{"describe": True}]


def test_the_report_comes_with_the_contract_in_one_request() -> None:
    described = {"contract": CONTRACT.model_dump(mode="json"), "evaluation": fake_report().model_dump(mode="json")}
    client = StubLambda(answered(200, described))
    remote = classifier(client)
    assert remote.contract() == CONTRACT
    assert remote.report() == fake_report()
    assert len(client.sent) == 1


@pytest.mark.parametrize("evaluation", [{}, {"evaluation": None}, {"evaluation": {"schema_version": 2}}])
def test_a_function_without_a_report_that_is_known_here_still_has_a_contract(evaluation: dict[str, Any]) -> None:
    described = {"contract": CONTRACT.model_dump(mode="json"), **evaluation}
    remote = classifier(StubLambda(answered(200, described)))
    assert remote.report() is None
    assert remote.contract() == CONTRACT


def test_a_function_that_cannot_describe_its_model_has_none() -> None:
    remote = classifier(StubLambda(answered(200, {"contract": {"name": "half"}})))
    with pytest.raises(ModelUnavailable):
        remote.contract()


def test_a_function_that_does_not_answer_makes_the_app_unhealthy(s3: Any) -> None:
    remote = classifier(StubLambda(error=EndpointConnectionError(endpoint_url="https://lambda")))
    services = Services(uploads=S3UploadStore(BUCKET, s3, max_bytes=1000), classifier=remote, scratch=Scratch())
    response = create_app(Settings(), services).server.test_client().get("/health")
    assert response.status_code == 503


def test_with_function_and_bucket_in_the_environment_the_services_are_those_of_aws() -> None:
    services = open_services(Settings(classifier_function="classify:live", upload_bucket=BUCKET))
    assert isinstance(services.uploads, S3UploadStore)
    assert isinstance(services.classifier, LambdaClassifier)
    assert services.routes is None


def test_a_description_is_asked_for_again_after_a_minute_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("app.services.aws.time.monotonic", lambda: now)
    client = StubLambda(answered(200, {"contract": CONTRACT.model_dump(mode="json")}))
    remote = classifier(client)
    for now, asked in ((1000.0, 1), (1059.0, 1), (1061.0, 2), (1120.0, 2), (1122.0, 3)):
        assert remote.contract() == CONTRACT
        assert len(client.sent) == asked, now


def test_clients_give_up_as_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    s3, functions = s3_client().meta.config, lambda_client(17.5).meta.config
    assert (s3.connect_timeout, s3.read_timeout, s3.retries["total_max_attempts"]) == (2, 20, 3)
    assert s3.retries["mode"] == "standard"
    assert (functions.connect_timeout, functions.read_timeout) == (2, 17.5)
    assert functions.retries["total_max_attempts"] == 1  # a second attempt finds the upload deleted
    assert functions.max_pool_connections == 32 and functions.tcp_keepalive is True


@pytest.mark.parametrize("code", ["TooManyRequestsException", "EC2ThrottledException", "ServiceException"])
def test_a_busy_function_says_that_seconds_help(code: str) -> None:
    error = ClientError({"Error": {"Code": code}}, "Invoke")
    with pytest.raises(ModelUnavailable, match="busy"):
        classifier(StubLambda(error=error)).classify(new_key(), top_k=5, stills=False)
    error = ClientError({"Error": {"Code": "AccessDeniedException"}}, "Invoke")
    with pytest.raises(ModelUnavailable) as caught:
        classifier(StubLambda(error=error)).classify(new_key(), top_k=5, stills=False)
    assert "busy" not in caught.value.message


@pytest.mark.parametrize("failed", ["the bucket", "the network"])
def test_a_clip_that_cannot_be_stored_is_an_error_of_ours(s3: Any, tmp_path: Path, failed: str) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"clip")
    store = S3UploadStore(BUCKET, s3, max_bytes=1000)
    if failed == "the bucket":
        s3.delete_bucket(Bucket=BUCKET)
    else:

        def upload_file(*_: object, **__: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://s3")

        s3.upload_file = upload_file
    with pytest.raises(InternalError, match="stored"):
        store.put(clip)


def test_a_page_and_its_tickets_take_no_more_than_the_functions_model_once_that_is_known(s3: Any) -> None:
    small = CONTRACT.model_copy(update={"limits": CONTRACT.limits.model_copy(update={"max_bytes": 700})})
    remote = classifier(StubLambda(answered(200, {"contract": small.model_dump(mode="json")})))
    services = Services(uploads=S3UploadStore(BUCKET, s3, max_bytes=1000), classifier=remote, scratch=Scratch())
    client = create_app(Settings(), services).server.test_client()

    def told() -> int:
        response = client.post("/api/uploads").json
        assert response is not None
        policy = json.loads(base64.b64decode(response["fields"]["policy"]))
        assert ["content-length-range", 1, response["max_bytes"]] in policy["conditions"]
        assert f'{{\\"maxBytes\\": {response["max_bytes"]},' in client.get("/_dash-layout").text
        return int(response["max_bytes"])

    assert remote.known_contract() is None and told() == 1000
    assert client.get("/api/model").status_code == 200
    assert told() == 700
