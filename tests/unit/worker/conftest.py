"""Workers of the tiny bundle that misbehave where a clip's name asks them to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.bundle import Bundle
from model.worker import worker
from model.worker.pool import Workers


@pytest.fixture(scope="module")
def workers(tiny_bundle: Path) -> Iterator[Workers]:
    """One worker, which is replaced as often as it ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "MODULE", "tests.unit.worker.misbehaving")
        started = Workers(Bundle.load(tiny_bundle), threads=1)
        yield started
        started.close()


@pytest.fixture
def clip(red_clip: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of the red clip under the name that the test is given."""
    return Path(shutil.copy(red_clip, tmp_path / f"{request.param}.mp4"))
