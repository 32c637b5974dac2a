from __future__ import annotations

import pytest
from pydantic import ValidationError

from classify.settings import Runtime, Settings

DIGEST = f"sha256:{'0a' * 32}"


def test_the_environment_is_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOAD_BUCKET", "uploads")
    monkeypatch.setenv("BUNDLE", "s3://models/models/a0/1")
    monkeypatch.setenv("ENGINE", "tensorflow")
    monkeypatch.setenv("THREADS", "4")
    monkeypatch.setenv("BUNDLE_DIGEST", DIGEST)
    settings = Settings()
    assert settings.bundle_digest == DIGEST
    assert (settings.upload_bucket, settings.bundle) == ("uploads", "s3://models/models/a0/1")
    assert (settings.engine, settings.threads) == ("tensorflow", 4)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UPLOAD_BUCKET", ""),
        ("BUNDLE", ""),
        ("BUNDLE_DIGEST", ""),
        ("BUNDLE_DIGEST", "0a" * 32),
        ("BUNDLE_DIGEST", f"{DIGEST}\n"),
        ("BUNDLE_DIGEST", DIGEST.upper()),
        ("ENGINE", "onnx"),
        ("THREADS", "0"),
        ("THREADS", "many"),
    ],
)
def test_a_wrong_value_is_refused_when_the_function_starts(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPLOAD_BUCKET", "uploads")
    monkeypatch.setenv("BUNDLE", "/bundle")
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_only_lambda_is_taken_for_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_INITIALIZATION_TYPE", raising=False)
    assert not Runtime().is_lambda
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    assert Runtime().is_lambda


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("BUNDLE", "b", True),
        ("THREADS", "1", True),
        ("THREADS", "16", True),
        ("THREADS", "17", False),
        ("DEADLINE_MARGIN_SECONDS", "0", True),
        ("DEADLINE_MARGIN_SECONDS", "-0.1", False),
        ("UPLOAD_BUCKET", "b" * 3, True),
        ("UPLOAD_BUCKET", "b" * 2, False),
        ("UPLOAD_BUCKET", "b" * 63, True),
        ("UPLOAD_BUCKET", "b" * 64, False),
    ],
)
def test_values_have_their_bounds(name: str, value: str, accepted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOAD_BUCKET", "uploads")
    monkeypatch.setenv("BUNDLE", "/bundle")
    monkeypatch.setenv(name, value)
    if accepted:
        assert str(getattr(Settings(), name.lower())) in (value, f"{value}.0")
    else:
        with pytest.raises(ValidationError, match=name.lower()):
            Settings()


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOAD_BUCKET", "uploads")
    monkeypatch.setenv("BUNDLE", "/bundle")
    settings = Settings()
    assert (settings.threads, settings.deadline_margin_seconds, settings.engine) == (2, 1.0, "auto")
