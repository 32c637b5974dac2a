from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.services.local_classifier import LocalClassifier
from app.services.local_uploads import LocalUploadStore
from app.services.open_services import open_services
from app.settings import Settings


def test_without_an_environment_the_page_is_for_this_machine_only() -> None:
    settings = Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8050)
    services = open_services(settings)
    assert isinstance(services.uploads, LocalUploadStore)
    assert isinstance(services.classifier, LocalClassifier)
    services.uploads.close()


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
