from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.clips import plain_clip

ROOT = Path(__file__).parents[3]


def test_the_baseline_reads_every_frame_as_the_thesis_did(tmp_path: Path) -> None:
    path, read = plain_clip(tmp_path / "red.mp4", (250, 0, 0), frames=14), tmp_path / "clip.npy"
    # In a process of its own, as in a benchmark: where `model.video` has been imported, OpenCV opens no path.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENCV_")}
    code = (
        "import sys, numpy, pathlib; from model.benchmark.predecessor import read_every_frame; "
        "numpy.save(sys.argv[2], read_every_frame(pathlib.Path(sys.argv[1])))"
    )
    subprocess.run([sys.executable, "-c", code, path, read], cwd=ROOT, env=environment, check=True, capture_output=True)
    clip = np.load(read)

    assert clip.shape == (1, 14, 224, 224, 3)
    assert clip.dtype == np.float32
    blue, _, red = clip.mean(axis=(0, 1, 2, 3))
    assert red > 1.05, "divided by 225, red exceeds one"
    assert blue < 0.1, "the channels are BGR"
