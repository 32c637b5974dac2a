from __future__ import annotations

from pathlib import Path

import numpy as np

from model.benchmark.predecessor import read_every_frame
from tests.clips import plain_clip


def test_the_baseline_reads_every_frame_as_the_thesis_did(tmp_path: Path) -> None:
    clip = read_every_frame(plain_clip(tmp_path / "red.mp4", (250, 0, 0), frames=14))

    assert clip.shape == (1, 14, 224, 224, 3)
    assert clip.dtype == np.float32
    blue, _, red = clip.mean(axis=(0, 1, 2, 3))
    assert red > 1.05, "divided by 225, red exceeds one"
    assert blue < 0.1, "the channels are BGR"
