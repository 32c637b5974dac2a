"""Workers of the tiny bundle that misbehave where a clip's name asks them to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from model.bundle import Bundle
from model.rendering.mp4 import write_mp4
from model.worker import worker
from model.worker.pool import Workers


@pytest.fixture(scope="session")
def red_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "red.mp4"
    frames = np.zeros((24, 96, 128, 3), np.uint8)
    frames[..., 0] = 230
    write_mp4(path, frames, crf=10)
    return path


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
