"""The handler on recorded events, with a real bundle and an S3 on this machine."""

from __future__ import annotations

import base64
import io
import json
import shutil
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from classify.events import MAX_INLINE
from classify.handler import handler
from classify.service import service
from classify.telemetry import logger
from model.bundle import CONTRACT, LITERT, seal
from model.contract import MOVEMENTS, Contract
from model.errors import ERRORS, TimedOut
from model.predict import Predictor
from model.video import read_clip
from model.worker.pool import Workers
from tests.e2e.emulator.s3 import MODELS, UPLOADS, LocalS3, local_s3

EVENTS = Path(__file__).parents[1] / "events"
KEY = "uploads/7f9c2ba4e88f427da1c5d1d2d9c3c0a5.mp4"
LABELS = [movement.label for movement in MOVEMENTS]


@dataclass
class Context:
    function_name: str = "classify"
    memory_limit_in_mb: int = 2048
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:classify:live"
    aws_request_id: str = "52fdfc07-2182-454f-963f-5f0f9a621d72"
    remaining_ms: int = 30_000
    client_context: object = None

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass
class Function:
    """The handler with what surrounds it."""

    s3: LocalS3
    scratch: Path
    log: io.StringIO

    def __call__(self, event: object, context: Context | None = None) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to an event; every answer's form is checked here."""
        answer = handler(event, context or Context())
        assert answer.keys() == {"statusCode", "headers", "body"}
        assert answer["headers"]["content-type"] == "application/json"
        body = json.loads(answer["body"])
        if context is None or context.client_context is None:
            assert body["request_id"] == Context.aws_request_id
        assert len({"prediction", "contract", "error"} & body.keys()) == 1
        assert ("error" in body) == (answer["statusCode"] != 200)
        if "error" in body:
            assert body["error"].keys() == {"code", "message", "hint"}
            assert ERRORS[body["error"]["code"]].status == answer["statusCode"]
        assert [path for path in self.scratch.iterdir() if path.name != "bundles"] == []
        json.dumps(answer)
        return answer["statusCode"], body

    def upload(self, content: bytes, key: str = KEY) -> dict[str, str]:
        """Put an upload into the bucket; gives the event that asks for it."""
        self.s3.client.put_object(Bucket=UPLOADS, Key=key, Body=content)
        return {"bucket": UPLOADS, "key": key}

    def publish(self, bundle: Path) -> None:
        """Put a bundle into the bucket of models, under models/tiny/1."""
        for path in bundle.rglob("*"):
            if path.is_file():
                key = f"models/tiny/1/{path.relative_to(bundle).as_posix()}"
                self.s3.client.put_object(Bucket=MODELS, Key=key, Body=path.read_bytes())


def event(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="session")
def clip() -> bytes:
    """An mp4 of 24 red frames, 64 x 96: red is the first label of the tiny bundle."""
    return base64.b64decode(event("inline_clip")["video"])


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with local_s3() as running:
        yield running


@pytest.fixture
def function(s3: LocalS3, tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    settings = {"UPLOAD_BUCKET": UPLOADS, "BUNDLE": str(tiny_bundle), "THREADS": "1", **s3.environment}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    log = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    service.cache_clear()
    yield Function(s3, scratch, log)
    service.cache_clear()
    for key in s3.listing():
        s3.client.delete_object(Bucket=UPLOADS, Key=key)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("uploaded_clip_missing", 404, "not_found"),
        ("uploaded_elsewhere", 400, "bad_request"),
        ("unknown_field", 400, "bad_request"),
        ("nothing", 400, "bad_request"),
        ("inline_not_base64", 400, "bad_request"),
        ("inline_empty", 400, "empty_file"),
        ("inline_not_a_video", 415, "not_a_video"),
        ("inline_cut_off_clip", 422, "corrupt_video"),
    ],
)
def test_a_failure_is_an_error_with_its_status_and_never_a_prediction(
    name: str, status: int, code: str, function: Function
) -> None:
    given, body = function(event(name))
    assert (given, body["error"]["code"]) == (status, code)


def test_an_uploaded_clip_is_answered_and_deleted(function: Function, clip: bytes) -> None:
    function.upload(clip)
    status, body = function(event("uploaded_clip"))
    assert status == 200
    labels, probabilities = zip(*body["prediction"], strict=True)
    assert labels[0] == LABELS[0]
    assert len(labels) == 5
    assert set(labels) < set(LABELS)
    assert list(probabilities) == sorted(probabilities, reverse=True)
    assert (body["clip"]["frames"], body["clip"]["width"], body["clip"]["height"]) == (24, 64, 96)
    assert len(body["clip"]["sampled"]) == 10
    assert body["model"] == {"name": "tiny", "version": "1", "engine": "litert"}
    timing = body["timing_ms"]
    assert list(timing) == ["fetch", "decode", "predict", "total"]
    assert timing["total"] >= timing["fetch"] + timing["decode"] + timing["predict"] - 0.3
    assert function.s3.listing() == []


def test_both_forms_of_request_give_the_same_probabilities(function: Function, clip: bytes) -> None:
    _, uploaded = function(function.upload(clip))
    _, inline = function(event("inline_clip"))
    assert uploaded["prediction"] == inline["prediction"]


def test_the_function_answers_what_the_graph_says_to_what_read_clip_gives(
    function: Function, clip: bytes, tiny_bundle: Path, tmp_path: Path
) -> None:
    status, body = function({**function.upload(clip), "top_k": 9})
    assert status == 200
    path = tmp_path / "clip.mp4"
    path.write_bytes(clip)
    predictor = Predictor.load(tiny_bundle, threads=1)
    tensor = read_clip(path, predictor.contract).tensor
    given = dict(zip(predictor.contract.labels, predictor.probabilities(tensor).tolist(), strict=True))
    assert dict(body["prediction"]) == pytest.approx(given, abs=1e-6)
    red, green, blue = tensor.mean(axis=(0, 1, 2, 3))
    assert red > 0.95 > 0.05 > max(green, blue)


def test_the_number_of_rows_and_the_stills_are_as_asked(function: Function, clip: bytes) -> None:
    function.upload(clip)
    status, body = function(event("uploaded_clip_with_options"))
    assert status == 200
    assert len(body["prediction"]) == 3
    assert [base64.b64decode(still)[:3] for still in body["stills"]] == [b"\xff\xd8\xff"] * 10
    _, plain = function(event("inline_clip"))
    assert "stills" not in plain


def test_a_part_of_a_clip_is_answered_as_such(function: Function, clip: bytes) -> None:
    whole = function({**event("inline_clip"), "top_k": 1})[1]
    last = whole["clip"]["sampled_seconds"][-1]
    status, body = function({**event("inline_clip"), "part": [last / 2, 60]})
    assert status == 200
    assert body["clip"]["frames"] < whole["clip"]["frames"]
    assert last / 2 <= body["clip"]["sampled_seconds"][0] < body["clip"]["sampled_seconds"][-1] == last
    status, body = function({**event("inline_clip"), "part": [1]})
    assert (status, body["error"]["code"]) == (400, "bad_request")


def test_more_rows_than_labels_gives_all_labels(function: Function) -> None:
    _, body = function({**event("inline_clip"), "top_k": 1000})
    assert sorted(label for label, _ in body["prediction"]) == sorted(LABELS)


def test_an_upload_larger_than_any_payload_is_answered(function: Function, clip: bytes) -> None:
    padding = 7 * 2**20
    status, body = function(function.upload(clip + struct.pack(">I4s", padding, b"free") + bytes(padding - 8)))
    assert status == 200, body


def test_an_inline_clip_larger_than_the_payload_limit_is_too_large(function: Function) -> None:
    status, body = function({"video": "A" * (MAX_INLINE + 4)})
    assert (status, body["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize("form", ["uploaded", "inline"])
def test_a_clip_larger_than_the_contracts_limit_is_too_large(
    form: str, function: Function, clip: bytes, tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "strict"
    shutil.copytree(tiny_bundle, bundle)
    contract = Contract.read(bundle / CONTRACT)
    limits = contract.limits.model_copy(update={"max_bytes": len(clip) - 1})
    contract.model_copy(update={"limits": limits}).write(bundle / CONTRACT)
    seal(bundle)
    monkeypatch.setenv("BUNDLE", str(bundle))
    status, body = function(function.upload(clip) if form == "uploaded" else event("inline_clip"))
    assert (status, body["error"]["code"]) == (413, "too_large")
    assert function.s3.listing() == []


def test_a_damaged_upload_is_deleted_once_refused(function: Function) -> None:
    status, _ = function(function.upload(b"This is a text, whatever its name says.\n"))
    assert status == 415
    assert function.s3.listing() == []


def test_an_empty_upload_is_an_empty_file(function: Function) -> None:
    status, body = function(function.upload(b""))
    assert (status, body["error"]["code"]) == (400, "empty_file")


def test_a_request_without_time_left_is_timed_out_and_may_be_tried_again(function: Function, clip: bytes) -> None:
    request = function.upload(clip)
    status, body = function(request, Context(remaining_ms=900))
    assert (status, body["error"]["code"]) == (504, "timed_out")
    assert function(request)[0] == 200


def test_a_bundle_from_s3_is_fetched_once_and_used(
    function: Function, tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    function.publish(tiny_bundle)
    monkeypatch.setenv("BUNDLE", f"s3://{MODELS}/models/tiny/1")
    assert function(event("inline_clip"))[0] == 200
    monkeypatch.setattr("model.bundle._fetch", lambda *_: pytest.fail("the bundle was fetched again"))
    assert function(event("inline_clip"))[0] == 200


@pytest.mark.parametrize("where", ["image", "s3"])
@pytest.mark.parametrize(
    ("part", "old_and_new"),
    [(CONTRACT, (b"Deadlift", b"Dead1ift")), (LITERT, (b"MLIR Converted", b"mlir converted"))],
    ids=["contract", "graph"],
)
def test_a_bundle_that_was_tampered_with_is_never_used_though_it_would_work(
    part: str,
    old_and_new: tuple[bytes, bytes],
    where: str,
    function: Function,
    clip: bytes,
    tiny_bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    altered = tmp_path / "altered"
    shutil.copytree(tiny_bundle, altered)
    file = altered / part
    content = file.read_bytes()
    tampered = content.replace(*old_and_new)
    assert tampered != content
    file.write_bytes(tampered)
    if where == "s3":
        function.publish(altered)
    monkeypatch.setenv("BUNDLE", f"s3://{MODELS}/models/tiny/1" if where == "s3" else str(altered))
    status, body = function(function.upload(clip))
    assert (status, body["error"]["code"]) == (503, "model_unavailable")
    assert str(tmp_path) not in json.dumps(body)
    assert "is not what its manifest says" in function.log.getvalue()


def test_a_model_that_becomes_available_is_used_by_the_next_request(
    function: Function, clip: bytes, tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUNDLE", f"s3://{MODELS}/models/tiny/1")
    for key in function.s3.listing(MODELS):
        function.s3.client.delete_object(Bucket=MODELS, Key=key)
    request = function.upload(clip)
    assert function(request)[0] == 503
    function.publish(tiny_bundle)
    assert function(request)[0] == 200


def test_an_unforeseen_failure_keeps_its_details_in_the_log(
    function: Function, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(*_: object, **__: object) -> None:
        raise RuntimeError("the secret detail")

    monkeypatch.setattr(Workers, "answer", answer)
    status, body = function(function.upload(clip))
    assert (status, body["error"]["code"]) == (500, "internal")
    assert "secret" not in json.dumps(body)
    assert "the secret detail" in function.log.getvalue()
    assert Context.aws_request_id in function.log.getvalue()
    assert function.s3.listing() == [KEY]


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ({"request_id": "52b6f1a70c9d4e38"}, True),
        ({"request_id": "x" * 65}, False),
        ({"request_id": 'a"} {"b": "c'}, False),
        ({"request_id": 7}, False),
        ({}, False),
        (None, False),
    ],
)
def test_the_askers_name_for_a_request_is_in_the_answer_and_in_the_log(
    function: Function, said: dict[str, object] | None, known: bool
) -> None:
    context = Context(client_context=SimpleNamespace(custom=said, client=None, env=None))
    status, body = function({"nothing": "that is known"}, context)
    wanted = said["request_id"] if known and said is not None else Context.aws_request_id
    assert (status, body["request_id"]) == (400, wanted)
    lines = [json.loads(line) for line in function.log.getvalue().splitlines()]
    assert {line["request_id"] for line in lines if line["message"].startswith("The request")} == {wanted}
    assert {line["function_request_id"] for line in lines} == {Context.aws_request_id}


def test_a_misconfigured_function_answers_an_error(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPLOAD_BUCKET")
    status, body = function(event("inline_clip"))
    assert (status, body["error"]["code"]) == (500, "internal")


def test_the_clip_never_reaches_the_log(function: Function) -> None:
    function(event("inline_clip"))
    function(event("inline_not_base64"))
    assert event("inline_clip")["video"][:40] not in function.log.getvalue()
    assert event("inline_not_base64")["video"] not in function.log.getvalue()


def metrics_of(output: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [line for line in lines if "_aws" in line]


def dimensions_of(line: dict[str, Any]) -> set[str]:
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Movements"
    return {name for names in directive["Dimensions"] for name in names}


def test_an_answer_is_measured(function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    function(event("inline_clip"))
    (line,) = [line for line in metrics_of(capsys.readouterr().out) if "Answered" in line]
    assert {"Fetch", "Decode", "Predict", "Total"} < line.keys()
    assert dimensions_of(line) == {"service"}


@pytest.mark.parametrize(
    ("name", "metric", "code"),
    [("inline_empty", "Refused", "empty_file"), ("inline_clip", "Failed", "model_unavailable")],
)
def test_an_error_is_counted_by_its_kind_and_its_code(
    name: str,
    metric: str,
    code: str,
    function: Function,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("BUNDLE", str(tmp_path / "none"))
    function(event(name))
    lines = metrics_of(capsys.readouterr().out)
    assert sum(metric in line for line in lines) == 1
    (counted,) = [line for line in lines if "Errors" in line]
    assert counted["code"] == code
    assert dimensions_of(counted) == {"service", "code"}


def test_a_description_is_the_contract_of_the_loaded_model(function: Function) -> None:
    status, body = function({"describe": True})
    assert status == 200
    assert Contract.model_validate(body["contract"]).labels == tuple(LABELS)


@pytest.mark.parametrize("event", [{"describe": False}, {"describe": True, "key": "a"}, {"describe": "yes"}])
def test_a_description_that_asks_for_more_is_refused(function: Function, event: dict[str, object]) -> None:
    status, body = function(event)
    assert (status, body["error"]["code"]) == (400, "bad_request")


def test_a_request_has_the_time_that_lambda_leaves_it_less_a_margin(
    function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    def classify(_: object, *, deadline: float) -> None:
        given.append(deadline)
        raise TimedOut()

    monkeypatch.setattr(service(), "classify", classify)
    monkeypatch.setattr("classify.handler.time.monotonic", lambda: 1000.0)
    assert function(event("inline_clip"), Context(remaining_ms=29_500))[0] == 504
    assert given == [1028.5]
