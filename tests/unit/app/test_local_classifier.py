from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.scratch import Scratch
from app.services.local_classifier import LocalClassifier
from app.services.local_uploads import LocalUploadStore
from app.services.uploads import new_key
from model.answers.clip import ClipAnswer
from model.bundle import Bundle
from model.defaults import EngineName
from model.errors import BadRequest, CorruptVideo, ModelUnavailable, NotFound
from tests.records import record_with
from tests.unit.app.fakes import CONTRACT, answer_body, fake_report


class FakeWorkers:
    """Answer like workers; count how often they were made."""

    made = 0
    contract = CONTRACT
    bundle: Any
    closed = False

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        type(self).made += 1
        self.asked: list[dict[str, Any]] = []

    def answer(self, path: Path, **options: Any) -> ClipAnswer:
        self.asked.append({"clip": path.read_bytes(), **options})
        if self.error is not None:
            raise self.error
        return ClipAnswer.read(answer_body())

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def store() -> Iterator[LocalUploadStore]:
    scratch = Scratch()
    yield LocalUploadStore(scratch, max_bytes=1000, minutes=1)
    scratch.close()


def opened(store: LocalUploadStore, bundle: Path) -> LocalClassifier:
    return LocalClassifier(store, bundle, engine=EngineName.AUTO, threads=1, workers=1, deadline_seconds=30)


def make(store: LocalUploadStore, monkeypatch: pytest.MonkeyPatch, workers: FakeWorkers) -> LocalClassifier:
    classifier = opened(store, Path("nowhere"))

    def load() -> FakeWorkers:
        FakeWorkers.made += 1
        return workers

    FakeWorkers.made = 0
    monkeypatch.setattr(classifier, "_load", load)
    return classifier


def put(store: LocalUploadStore, tmp_path: Path) -> str:
    clip = tmp_path / threading.current_thread().name
    clip.write_bytes(b"clip")
    return store.put(clip)


def test_an_upload_is_predicted_before_a_deadline_and_then_deleted(
    store: LocalUploadStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workers = FakeWorkers()
    key = put(store, tmp_path)
    answer = make(store, monkeypatch, workers).classify(key, top_k=3, stills=True)
    assert answer.prediction[0] == ("thruster", 0.8123)
    (asked,) = workers.asked
    assert (asked["clip"], asked["top_k"], asked["stills"]) == (b"clip", 3, True)
    assert asked["deadline"] is not None
    with pytest.raises(NotFound):
        store.path(key)


def test_an_upload_that_fails_is_deleted_too(
    store: LocalUploadStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = put(store, tmp_path)
    with pytest.raises(CorruptVideo):
        make(store, monkeypatch, FakeWorkers(CorruptVideo())).classify(key, top_k=5, stills=False)
    assert list(store.directory.iterdir()) == []


@pytest.mark.parametrize(("key", "kind"), [("../clip.mp4", BadRequest), (new_key(), NotFound)], ids=["a path", "a key"])
def test_a_key_of_nothing_is_an_error_of_its_kind(
    store: LocalUploadStore, monkeypatch: pytest.MonkeyPatch, key: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        make(store, monkeypatch, FakeWorkers()).classify(key, top_k=5, stills=False)


def test_many_at_once_share_one_model(store: LocalUploadStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    classifier = make(store, monkeypatch, FakeWorkers())
    FakeWorkers.made = 0
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: classifier.classify(put(store, tmp_path), top_k=5, stills=False), range(16)))
    assert len(answers) == 16
    assert FakeWorkers.made == 1


def test_the_report_is_the_one_in_the_bundle(
    store: LocalUploadStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workers = FakeWorkers()
    workers.bundle = SimpleNamespace(directory=tmp_path)
    classifier = make(store, monkeypatch, workers)
    assert classifier.report() is None
    record_with(fake_report()).write(tmp_path)
    report = classifier.report()
    assert report is not None and report.model_copy(update={"warnings": ()}) == fake_report()


def test_a_model_that_is_not_there_is_an_error_that_names_no_path_and_the_log_has_it(
    store: LocalUploadStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    classifier = opened(store, tmp_path / "secret")
    with pytest.raises(ModelUnavailable) as caught:
        classifier.contract()
    assert "secret" not in caught.value.message + caught.value.hint
    assert "secret" in caplog.text


def test_loading_in_the_background_does_not_fail_the_start(
    store: LocalUploadStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    opened(store, tmp_path / "secret").warm()
    for thread in threading.enumerate():
        if thread.name == "load-model":
            thread.join(30)
    assert "the model cannot be loaded" in caplog.text


def test_a_closed_classifier_ends_its_workers_and_opens_others_when_it_is_asked_again(
    store: LocalUploadStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workers = FakeWorkers()
    classifier = make(store, monkeypatch, workers)
    classifier.close()
    assert not workers.closed
    classifier.classify(put(store, tmp_path), top_k=5, stills=False)
    classifier.close()
    assert workers.closed
    classifier.classify(put(store, tmp_path), top_k=5, stills=False)
    assert FakeWorkers.made == 2


def test_workers_are_started_as_the_settings_say(
    store: LocalUploadStore, tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    started: list[dict[str, Any]] = []

    def start(bundle: Bundle, **how: Any) -> FakeWorkers:
        started.append(how)
        return FakeWorkers()

    monkeypatch.setattr("app.services.local_classifier.Workers", start)
    classifier = LocalClassifier(
        store, tiny_bundle, engine=EngineName.LITERT, threads=3, workers=4, deadline_seconds=30
    )
    assert classifier.contract() == CONTRACT
    assert started == [{"engine": EngineName.LITERT, "threads": 3, "count": 4}]
    (loaded,) = [record for record in caplog.records if record.message == "model loaded"]
    assert 0 <= loaded.__dict__["ms"] < 60_000
