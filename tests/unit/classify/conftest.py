"""An S3 with the bucket of uploads, and the function's own client of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from classify.storage import connect
from tests.e2e.emulator.s3 import LocalS3, local_s3


@pytest.fixture(scope="module")
def server() -> Iterator[LocalS3]:
    """One S3 for a file of tests, which use keys of their own."""
    with local_s3() as running:
        yield running


@pytest.fixture
def s3(server: LocalS3, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client made as the function makes it."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return connect()
