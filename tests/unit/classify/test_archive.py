"""Parts of an archive: which rows are written where, and what is refused."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from classify.archive import Archivist, Clips, PartRequest, Place, Settings
from classify.service import Service
from classify.settings import Settings as FunctionSettings
from model.answers.clip import ClipAnswer
from model.errors import BadRequest, CorruptVideo, ModelUnavailable
from tests.e2e.emulator.s3 import LocalS3
from tests.unit.app.fakes import answer_body

ARCHIVES = ("films", "answers")


class FakeWorkers:
    """Answer every clip with the same, but for those whose text says what is wrong."""

    contract: Any = SimpleNamespace(limits=SimpleNamespace(max_bytes=100))

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def answer(self, path: Path, *, top_k: int, deadline: float) -> ClipAnswer:
        text = path.read_text()
        self.asked.append((text, top_k))
        if text == "broken":
            raise CorruptVideo("It is broken.")
        if text == "crash":
            raise RuntimeError("a defect of ours")
        return ClipAnswer.model_validate(answer_body())


@pytest.fixture
def workers() -> FakeWorkers:
    return FakeWorkers()


@pytest.fixture
def archivist(server: LocalS3, s3: Any, workers: FakeWorkers, monkeypatch: pytest.MonkeyPatch) -> Archivist:
    for bucket in ARCHIVES:
        if bucket not in {found["Name"] for found in server.client.list_buckets()["Buckets"]}:
            place = {"LocationConstraint": "eu-west-1"}
            server.client.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    service = Service(FunctionSettings(upload_bucket="films", bundle="nowhere"))
    monkeypatch.setattr(service, "workers", lambda: workers)
    return Archivist(service, s3, ARCHIVES)


def request(*files: str, bucket: str = "films", out: str = "answers", **more: Any) -> PartRequest:
    return PartRequest(
        part=Clips(number=7, files=files),
        source=Place(bucket=bucket, prefix="2026/"),
        out=Place(bucket=out, prefix="all/rows/run/"),
        **more,
    )


def rows(server: LocalS3) -> list[dict[str, Any]]:
    content = server.client.get_object(Bucket="answers", Key="all/rows/run/000007.jsonl")["Body"].read()
    return [json.loads(line) for line in content.splitlines()]


def put(server: LocalS3, **texts: str) -> None:
    for name, text in texts.items():
        server.client.put_object(Bucket="films", Key=f"2026/{name}.mp4", Body=text.encode())


def test_every_clip_of_a_part_has_its_row_and_all_clips_are_kept(
    archivist: Archivist, server: LocalS3, workers: FakeWorkers
) -> None:
    put(server, good="good", bad="broken", worse="crash")
    counts = archivist.answer(
        request("good.mp4", "bad.mp4", "worse.mp4", "missing.mp4", top_k=3), deadline=time.monotonic() + 60
    )
    assert counts == {"rows": 4, "errors": 3}
    found = rows(server)
    assert [row["file"] for row in found] == ["good.mp4", "bad.mp4", "worse.mp4", "missing.mp4"]
    assert found[0]["prediction"][0][0] == "thruster"
    assert [row["error"]["code"] for row in found[1:]] == ["corrupt_video", "internal", "not_found"]
    assert workers.asked[0] == ("good", 3)
    assert {"2026/good.mp4", "2026/bad.mp4", "2026/worse.mp4"} <= set(server.listing("films"))


@pytest.mark.parametrize("where", ["bucket", "out"])
def test_only_archives_are_read_and_written(archivist: Archivist, where: str) -> None:
    with pytest.raises(BadRequest, match="not one of the archives"):
        archivist.answer(request("a.mp4", **{where: "uploads"}), deadline=time.monotonic() + 60)


def test_what_is_left_when_the_time_is_up_is_said_to_be_asked_again(archivist: Archivist, server: LocalS3) -> None:
    put(server, one="good")
    archivist.answer(request("one.mp4"), deadline=time.monotonic() + 5)
    (row,) = rows(server)
    assert row["error"]["code"] == "timed_out"


def test_without_a_model_no_row_is_written(archivist: Archivist, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise ModelUnavailable()

    monkeypatch.setattr(archivist._service, "workers", none)
    with pytest.raises(ModelUnavailable):
        archivist.answer(request("one.mp4"), deadline=time.monotonic() + 60)


@pytest.mark.parametrize("wrong", [{"part": {"number": 0, "files": []}}, {"top_k": 0}, {"more": 1}])
def test_a_request_of_another_form_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PartRequest.model_validate(request("a.mp4").model_dump() | wrong)


def test_the_environment_names_the_archives(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().archives == ()
    monkeypatch.setenv("ARCHIVES", '["films", "answers"]')
    assert Settings().archives == ARCHIVES
