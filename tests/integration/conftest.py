"""A server of the page, and a clip for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from model.rendering.mp4 import write_mp4
from tests.servers import Running, start


@pytest.fixture(scope="module")
def server(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start([sys.executable, "-m", "app"], tiny_bundle, tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def red_clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Twelve red frames; the tiny bundle's first label answers to red."""
    path = tmp_path_factory.mktemp("clips") / "red.mp4"
    write_mp4(path, np.full((12, 64, 96, 3), (230, 10, 10), np.uint8))
    return path.read_bytes()
