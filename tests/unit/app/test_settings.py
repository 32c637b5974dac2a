from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.listen import _Gunicorn
from app.services.local_classifier import LocalClassifier
from app.services.local_uploads import LocalUploadStore
from app.services.open_services import open_services
from app.settings import Settings
from model.contract import Limits


def test_without_an_environment_the_page_is_for_this_machine_only() -> None:
    settings = Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8050)
    services = open_services(settings)
    assert isinstance(services.uploads, LocalUploadStore)
    assert isinstance(services.classifier, LocalClassifier)
    services.scratch.close()


def test_the_environment_overrides_and_an_empty_variable_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("ENGINE", "tensorflow")
    monkeypatch.setenv("CLASSIFIER_FUNCTION", "")
    monkeypatch.setenv("UPLOAD_BUCKET", "")
    settings = Settings()
    assert (settings.port, settings.engine, settings.upload_bucket) == (9000, "tensorflow", None)


@pytest.mark.parametrize("name", ["CLASSIFIER_FUNCTION", "UPLOAD_BUCKET"])
def test_half_of_the_cloud_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "movements-classify")
    with pytest.raises(ValidationError, match="set both for AWS, or neither"):
        Settings()


@pytest.mark.parametrize(("name", "value"), [("PORT", "0"), ("PORT", "web"), ("ENGINE", "onnx"), ("THREADS", "0")])
def test_a_value_that_cannot_work_is_refused_at_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("PORT", 1, 65535),
        ("THREADS", 1, 64),
        ("WORKERS", 1, 64),
        ("WEB_THREADS", 4, 1024),
        ("MAX_UPLOAD_BYTES", 1, None),
    ],
)
def test_numbers_have_their_bounds(monkeypatch: pytest.MonkeyPatch, name: str, least: int, most: int | None) -> None:
    for value in (least, most):
        if value is not None:
            monkeypatch.setenv(name, str(value))
            assert getattr(Settings(), name.lower()) == value
    for value in (least - 1, None if most is None else most + 1):
        if value is not None:
            monkeypatch.setenv(name, str(value))
            with pytest.raises(ValidationError, match=name.lower()):
                Settings()


@pytest.mark.parametrize("name", ["UPLOAD_MINUTES", "DEADLINE_SECONDS"])
def test_times_are_above_nothing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "0")
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()
    monkeypatch.setenv(name, "0.5")
    assert getattr(Settings(), name.lower()) == 0.5


def test_defaults_are_those_of_the_documentation() -> None:
    settings = Settings()
    assert (settings.threads, settings.workers, settings.web_threads, settings.log_level) == (2, 2, 256, "INFO")
    assert (settings.upload_minutes, settings.deadline_seconds) == (10, 30)
    assert settings.max_upload_bytes == Limits().max_bytes


def test_the_server_has_one_process_and_the_threads_of_the_settings() -> None:
    config = _Gunicorn(Settings(host="0.0.0.0", port=81, web_threads=5)).cfg
    assert (config.bind, config.worker_class_str, config.workers, config.threads) == (["0.0.0.0:81"], "_Worker", 1, 5)
    assert (config.timeout, config.graceful_timeout, config.control_socket_disable) == (120, 10, True)


def test_a_bucket_has_the_length_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLASSIFIER_FUNCTION", "f")
    for length, accepted in ((2, False), (3, True), (63, True), (64, False)):
        monkeypatch.setenv("UPLOAD_BUCKET", "b" * length)
        if accepted:
            assert Settings().upload_bucket == "b" * length
        else:
            with pytest.raises(ValidationError, match="upload_bucket"):
                Settings()
