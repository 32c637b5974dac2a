"""The function as AWS runs it: boto3 -> Invoke API -> Runtime Interface Emulator -> handler -> S3."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.emulator.s3 import MODELS, UPLOADS, LocalS3, key_of, local_s3, stalling_s3
from tests.e2e.emulator.shim import PAYLOAD_LIMIT
from tests.e2e.emulator.stack import FUNCTION, Function, function, why_not

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

EVENTS = Path(__file__).parents[1] / "events"


@pytest.fixture(scope="session")
def clip() -> bytes:
    """An mp4 of 24 red frames: red is the first label of the tiny bundle."""
    return base64.b64decode(json.loads((EVENTS / "inline_clip.json").read_text(encoding="utf-8"))["video"])


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with local_s3() as running:
        yield running


@pytest.fixture(scope="module")
def running(s3: LocalS3, tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Function]:
    with function(tmp_path_factory.mktemp("function"), s3.address, bundle=str(tiny_bundle)) as started:
        yield started


def upload(s3: LocalS3, key: str, content: bytes) -> dict[str, str]:
    s3.client.put_object(Bucket=UPLOADS, Key=key, Body=content)
    return {"bucket": UPLOADS, "key": key}


def answer(running: Function, event: object) -> tuple[int, dict[str, Any]]:
    """Status and body; whatever was asked, the function's /tmp is empty afterwards."""
    given = running.invoke(event)
    assert given["headers"]["content-type"] == "application/json"
    assert list(running.scratch.iterdir()) == []
    body: dict[str, Any] = json.loads(given["body"])
    assert body["request_id"]
    return given["statusCode"], body


def test_an_uploaded_clip_is_answered_and_deleted(running: Function, s3: LocalS3, clip: bytes) -> None:
    status, body = answer(running, upload(s3, key_of("whole"), clip))
    assert status == 200, body
    assert body["prediction"][0][0] == "bar-facing burpee"
    probabilities = [probability for _, probability in body["prediction"]]
    assert len(probabilities) == 5
    assert probabilities == sorted(probabilities, reverse=True)
    assert body["timing_ms"].keys() == {"fetch", "decode", "predict", "total"}
    assert key_of("whole") not in s3.listing()


def test_an_inline_clip_is_answered(running: Function, clip: bytes) -> None:
    status, body = answer(running, {"video": base64.b64encode(clip).decode(), "top_k": 2})
    assert status == 200, body
    assert len(body["prediction"]) == 2


def test_one_request_id_leads_from_the_page_to_the_functions_log(running: Function, clip: bytes) -> None:
    context = base64.b64encode(json.dumps({"custom": {"request_id": "52b6f1a70c9d4e38"}}).encode()).decode()
    given = running.client.invoke(FunctionName="classify", ClientContext=context, Payload=json.dumps({"video": "?"}))
    assert json.loads(json.loads(given["Payload"].read())["body"])["request_id"] == "52b6f1a70c9d4e38"
    assert '"request_id":"52b6f1a70c9d4e38"' in running.log.read_text().replace(" ", "")


def test_a_missing_key_is_not_found(running: Function) -> None:
    status, body = answer(running, {"bucket": UPLOADS, "key": key_of("none")})
    assert (status, body["error"]["code"]) == (404, "not_found")


def test_a_corrupt_clip_is_refused_and_deleted(running: Function, s3: LocalS3, clip: bytes) -> None:
    status, body = answer(running, upload(s3, key_of("corrupt"), clip[:600]))
    assert (status, body["error"]["code"]) == (422, "corrupt_video")
    assert key_of("corrupt") not in s3.listing()


def test_a_request_of_the_largest_size_is_answered(running: Function) -> None:
    frame = len(json.dumps({"video": ""}))
    size = (PAYLOAD_LIMIT - frame) // 4 * 4
    status, body = answer(running, {"video": "A" * size})
    assert (status, body["error"]["code"]) == (415, "not_a_video")


def test_a_request_of_more_than_six_megabytes_is_refused_before_the_function(running: Function) -> None:
    with pytest.raises(ClientError) as caught:
        running.client.invoke(FunctionName=FUNCTION, Payload=json.dumps({"video": "A" * PAYLOAD_LIMIT}))
    assert caught.value.response["Error"]["Code"] == "RequestTooLargeException"


def test_requests_that_come_together_are_all_answered(running: Function, s3: LocalS3, clip: bytes) -> None:
    events = [upload(s3, key_of(f"together-{number}.mp4"), clip) for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(running.invoke, events))
    assert [given["statusCode"] for given in answers] == [200] * 4
    assert not {event["key"] for event in events} & set(s3.listing())


def test_a_clip_that_does_not_come_in_time_is_timed_out_by_the_function_itself(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    with stalling_s3(60) as address, function(tmp_path, address, bundle=str(tiny_bundle), timeout=3) as running:
        status, body = answer(running, {"bucket": UPLOADS, "key": key_of("slow")})
    assert (status, body["error"]["code"]) == (504, "timed_out")


def test_a_bundle_in_s3_that_was_tampered_with_is_never_used(
    s3: LocalS3, clip: bytes, tiny_bundle: Path, tmp_path: Path
) -> None:
    for path in tiny_bundle.rglob("*"):
        if path.is_file():
            key = f"models/tiny/1/{path.relative_to(tiny_bundle).as_posix()}"
            s3.client.put_object(Bucket=MODELS, Key=key, Body=path.read_bytes().replace(b"Deadlift", b"Dead1ift"))
    with function(tmp_path, s3.address, bundle=f"s3://{MODELS}/models/tiny/1") as running:
        given = running.invoke({"video": base64.b64encode(clip).decode()})
    assert given["statusCode"] == 503
    assert json.loads(given["body"])["error"]["code"] == "model_unavailable"
