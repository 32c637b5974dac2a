"""Fixtures that every suite may use."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
settings.register_profile("patient", deadline=None)  # a busy machine is no failure
settings.load_profile("patient")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real clips beside the project; they are only ever looked at, never learned from."""
    if not (SHARED / "clips").is_dir():
        pytest.skip("the folder ../shared with real clips is not beside the project")
    return SHARED


@pytest.fixture(scope="session")
def tiny_bundle() -> Path:
    """A sealed bundle of ten 64 x 64 frames whose answer follows the clip's colour; never write to it."""
    script = ROOT / "tests" / "tiny_bundle.py"
    key = hashlib.sha256(script.read_bytes() + (ROOT / "model" / "contract.py").read_bytes()).hexdigest()[:12]
    target = ROOT / "build" / f"tiny-bundle-{key}"
    if not target.is_dir():
        target.parent.mkdir(exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix="tiny-", dir=target.parent))
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1"}
        subprocess.run([sys.executable, str(script), str(partial)], check=True, env=environment, capture_output=True)
        try:
            partial.rename(target)
        except OSError:  # a parallel test process was first
            shutil.rmtree(partial)
    return target


@pytest.fixture(scope="session")
def red_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of 24 red frames, 128 x 96: red is the first label of the tiny bundle; never write to it."""
    from model.rendering.mp4 import write_mp4

    path = tmp_path_factory.mktemp("clips") / "red.mp4"
    frames = np.zeros((24, 96, 128, 3), np.uint8)
    frames[..., 0] = 230
    write_mp4(path, frames, crf=10)
    return path
