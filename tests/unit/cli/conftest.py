"""What tests of several commands share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.rendering.mp4 import write_mp4


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A red and a green clip; the tiny bundle takes them for the first and the second movement."""
    folder = tmp_path_factory.mktemp("clips")
    for channel, name in enumerate(("bar-facing burpee_1", "thruster_2")):
        frames = np.zeros((12, 64, 96, 3), np.uint8)
        frames[..., channel] = 230
        write_mp4(folder / f"{name}.mp4", frames, crf=10)
    return folder
