from __future__ import annotations

import base64
import errno
import json
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from classify.events import InlineClip, Request, UploadedClip
from classify.service import Service
from classify.settings import Settings
from model.answers.clip import ClipAnswer
from model.answers.report import Report
from model.bundle import MANIFEST, Bundle, digest_of
from model.contract import MOVEMENTS, Contract, NoneOfThese
from model.defaults import EngineName
from model.errors import (
    BadRequest,
    CorruptVideo,
    InternalError,
    ModelUnavailable,
    MovementsError,
    StorageFull,
    TimedOut,
    TooLarge,
)
from model.evaluation.report import report_of_arrays
from model.worker.pool import Workers
from tests.e2e.emulator.s3 import key_of
from tests.records import record_with

CONTRACT = Contract(name="fake", version="1", architecture="none", movements=MOVEMENTS, none_of_these=NoneOfThese())
UPLOAD = UploadedClip(bucket="uploads", key=key_of("clip"))
INLINE = InlineClip.model_construct(video=b"inline")


class FakeUploads:
    """The bucket of uploads, with one clip in it."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    def download(self, key: str, target: Any, *, max_bytes: int, deadline: float) -> None:
        target.write(b"uploaded")

    def delete(self, key: str) -> None:
        self.deleted.append(key)


class FakeWorkers:
    """Read the clip they are given, as text, and can be made to fail."""

    contract: Any = SimpleNamespace(limits=SimpleNamespace(max_bytes=100))
    bundle: Any
    checked = False
    error: MovementsError | None = None

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.contents: list[str] = []

    def check(self) -> None:
        self.checked = True

    def answer(self, path: Path, *, top_k: int, stills: bool, deadline: float, part: object = None) -> ClipAnswer:
        self.paths.append(path)
        if self.error:
            raise self.error
        self.contents.append(path.read_text())
        timing = {"decode": 1.0, "predict": 2.0, "total": 3.5}
        return ClipAnswer.model_construct(timing_ms=timing)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return Service(Settings(upload_bucket="uploads", bundle="/bundle"))


@pytest.fixture
def uploads(service: Service, monkeypatch: pytest.MonkeyPatch) -> FakeUploads:
    fake = FakeUploads()
    monkeypatch.setattr(service, "uploads", lambda: fake)
    return fake


@pytest.fixture
def workers(service: Service, monkeypatch: pytest.MonkeyPatch) -> FakeWorkers:
    fake = FakeWorkers()
    monkeypatch.setattr(service, "workers", lambda: fake)
    return fake


def classify(service: Service, request: Request, seconds: float = 60) -> ClipAnswer:
    return service.classify(request, deadline=time.monotonic() + seconds)


@pytest.mark.parametrize(("request_", "content"), [(UPLOAD, "uploaded"), (INLINE, "inline")])
def test_the_worker_sees_the_clip_in_a_private_file_that_is_gone_afterwards(
    request_: Request, content: str, service: Service, uploads: FakeUploads, workers: FakeWorkers, tmp_path: Path
) -> None:
    classify(service, request_)
    assert workers.contents == [content]
    assert workers.paths[0].parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_fetching_is_part_of_the_total_time(service: Service, uploads: FakeUploads, workers: FakeWorkers) -> None:
    timing = classify(service, UPLOAD).timing_ms
    assert list(timing) == ["fetch", "decode", "predict", "total"]
    assert timing["total"] == pytest.approx(timing["fetch"] + 3.5)


@pytest.mark.parametrize("error", [CorruptVideo(), TimedOut(), InternalError()])
def test_a_failure_leaves_no_file_behind(
    error: MovementsError, service: Service, uploads: FakeUploads, workers: FakeWorkers, tmp_path: Path
) -> None:
    workers.error = error
    with pytest.raises(type(error)):
        classify(service, UPLOAD)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "deleted"),
    [(None, True), (CorruptVideo(), True), (TimedOut(), False), (ModelUnavailable(), False), (InternalError(), False)],
)
def test_an_upload_is_deleted_unless_another_attempt_may_answer_otherwise(
    error: MovementsError | None, deleted: bool, service: Service, uploads: FakeUploads, workers: FakeWorkers
) -> None:
    workers.error = error
    if error is None:
        classify(service, UPLOAD)
    else:
        with pytest.raises(type(error)):
            classify(service, UPLOAD)
    assert uploads.deleted == ([UPLOAD.key] if deleted else [])


def test_only_the_bucket_of_uploads_is_touched(service: Service, uploads: FakeUploads, workers: FakeWorkers) -> None:
    with pytest.raises(BadRequest, match="bucket"):
        classify(service, UploadedClip(bucket="other", key=UPLOAD.key))
    assert (uploads.deleted, workers.paths) == ([], [])


def test_a_request_past_its_deadline_is_not_predicted(
    service: Service, uploads: FakeUploads, workers: FakeWorkers, tmp_path: Path
) -> None:
    with pytest.raises(TimedOut):
        classify(service, INLINE, seconds=-1)
    assert workers.paths == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("clips", [0, 1000])
def test_a_description_carries_contract_and_report_within_what_an_answer_may_weigh(
    clips: int, service: Service, workers: FakeWorkers, tmp_path: Path
) -> None:
    workers.contract = CONTRACT
    workers.bundle = SimpleNamespace(directory=tmp_path)
    assert not workers.checked
    assert service.describe().to_json() == {"contract": CONTRACT.model_dump(mode="json"), "evaluation": None}
    assert workers.checked
    probabilities = np.random.default_rng(0).dirichlet(np.ones(CONTRACT.outputs), clips)
    truth = np.arange(clips) % CONTRACT.outputs
    report = report_of_arrays(CONTRACT, probabilities, truth, test_set=f"{clips} clips")
    record_with(report).write(tmp_path)
    evaluation = service.describe().to_json()["evaluation"]
    described = Report.model_validate(evaluation)
    assert described.warnings and described.model_copy(update={"warnings": ()}) == report
    assert len(json.dumps(json.dumps(evaluation))) < 300_000


def test_workers_are_made_once_however_many_ask_at_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    all_ask = threading.Barrier(8)

    class SlowWorkers:
        def __init__(self, *_: object, **__: object) -> None:
            time.sleep(0.05)
            made.append(self)

    monkeypatch.setattr(Bundle, "load", lambda *_, **__: None)
    monkeypatch.setattr("classify.service.Workers", SlowWorkers)

    def ask(_: int) -> Workers:
        all_ask.wait(10)
        return service.workers()

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(ask, range(8)))
    assert len(made) == 1
    assert {id(workers) for workers in given} == {id(made[0])}


@pytest.mark.parametrize(
    "error", [ModelUnavailable("/secret/path is altered"), CorruptVideo("golden clip"), ImportError()]
)
def test_whatever_keeps_the_model_from_loading_it_is_unavailable_until_it_loads(
    error: Exception, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object, **__: object) -> None:
        raise error

    loaded = FakeWorkers()
    monkeypatch.setattr("classify.service.Workers", lambda *_, **__: loaded)
    monkeypatch.setattr(Bundle, "load", load)
    with pytest.raises(ModelUnavailable) as caught:
        service.workers()
    assert caught.value.__cause__ is error
    assert "secret" not in caught.value.message
    monkeypatch.setattr(Bundle, "load", lambda *_, **__: None)
    assert id(service.workers()) == id(loaded)


def test_a_model_with_another_digest_than_the_setting_says_is_never_opened(tiny_bundle: Path) -> None:
    digest = digest_of((tiny_bundle / MANIFEST).read_bytes())
    settings = Settings(upload_bucket="uploads", bundle=str(tiny_bundle), bundle_digest=digest)
    assert Service(settings).workers().contract.name == "tiny"
    other = settings.model_copy(update={"bundle_digest": f"sha256:{'0a' * 32}"})
    with pytest.raises(ModelUnavailable) as caught:
        Service(other).workers()
    assert "has the digest" in str(caught.value.__cause__)


def test_a_container_starts_although_its_model_is_not_ready(
    service: Service, uploads: FakeUploads, tmp_path: Path
) -> None:
    service.warm()


def test_a_container_that_starts_again_removes_the_clips_of_a_killed_process(
    service: Service, uploads: FakeUploads, workers: FakeWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path, **_: object) -> None:
        Path(f"{path}.left").write_bytes(path.read_bytes())
        raise CorruptVideo()

    monkeypatch.setattr(workers, "answer", killed)
    with pytest.raises(CorruptVideo):
        classify(service, UPLOAD)
    (tmp_path / "bundles").mkdir()
    assert len(list(tmp_path.iterdir())) == 2
    service.warm()
    assert list(tmp_path.iterdir()) == [tmp_path / "bundles"]


@pytest.mark.parametrize(("count", "accepted"), [(100, True), (101, False)])
def test_a_clip_in_the_request_may_have_exactly_as_many_bytes_as_the_contract_allows(
    count: int, accepted: bool, service: Service, uploads: FakeUploads, workers: FakeWorkers
) -> None:
    request = InlineClip(video=base64.b64encode(b"x" * count).decode())  # type: ignore[arg-type]
    if accepted:
        classify(service, request)
        assert workers.contents == ["x" * count]
    else:
        with pytest.raises(TooLarge, match="101 bytes; the limit is 100"):
            classify(service, request)


def test_the_time_to_fetch_is_in_milliseconds_with_one_digit(
    service: Service, uploads: FakeUploads, workers: FakeWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter((10.0, 10.1234))
    monkeypatch.setattr("classify.service.time.perf_counter", lambda: next(clock))
    assert classify(service, UPLOAD).timing_ms["fetch"] == 123.4


def test_a_clip_that_comes_when_the_time_is_up_is_not_looked_at(
    service: Service, uploads: FakeUploads, workers: FakeWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classify.service.time.monotonic", lambda: 50.0)
    with pytest.raises(TimedOut):
        service.classify(UPLOAD, deadline=50.0)
    assert workers.paths == []
    service.classify(UPLOAD, deadline=50.1)
    assert len(workers.paths) == 1


def test_a_leftover_that_is_gone_already_does_not_keep_a_container_from_starting(
    service: Service, uploads: FakeUploads, workers: FakeWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: [tmp_path / "movements-clip-gone.mp4"])
    service.warm()


def test_a_model_in_s3_is_read_with_the_connection_to_the_uploads_and_another_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[str, dict[str, Any]]] = []

    def load(source: str, **how: Any) -> None:
        opened.append((source, how))

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(Bundle, "load", load)
    monkeypatch.setattr("classify.service.Workers", lambda *_, **how: SimpleNamespace(**how))
    for source, connected in (("s3://bucket/models/a/1", True), ("/bundle", False)):
        service = Service(Settings(upload_bucket="uploads", bundle=source, threads=3, engine=EngineName.LITERT))
        client = object()
        monkeypatch.setattr(service, "uploads", lambda client=client: SimpleNamespace(client=client))
        made: Any = service.workers()
        assert (made.threads, made.engine) == (3, EngineName.LITERT)
        asked, how = opened[-1]
        assert asked == source and how["cache"] == tmp_path / "bundles"
        assert how["s3"] is (client if connected else None)


def test_a_full_disk_is_said_and_the_upload_stays(
    service: Service, uploads: FakeUploads, workers: FakeWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("classify.service.tempfile.NamedTemporaryFile", full)
    with pytest.raises(StorageFull):
        classify(service, UPLOAD)
    assert uploads.deleted == []
