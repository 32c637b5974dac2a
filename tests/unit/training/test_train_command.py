"""`movements train` as a process of its own, ended as people and machines end it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model.contract import MOVEMENTS
from model.defaults import RUN_LOG
from tests.unit.training.small_run import curve, write_shard

pytestmark = pytest.mark.slow

STEPS = 24


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_shard(folder / "shard-00000.npz", 210, labels=tuple(movement.label for movement in MOVEMENTS))
    return folder


@pytest.fixture(scope="module")
def undisturbed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    with started(data, folder) as process:
        process.communicate()
    assert process.returncode == 0
    return folder


def started(data: Path, run: Path, *options: str) -> subprocess.Popen[str]:
    arguments = f"--data {data} --out {run} --size 32 --batch 4 --steps {STEPS} --threads 1".split()
    return subprocess.Popen(
        [sys.executable, "-m", "model.cli", "train", *arguments, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
        # Where the tests run in the background, a shell may have told them to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_ended_by_a_signal_and_resumed_has_the_loss_curve_of_an_undisturbed_one(
    number: signal.Signals, status: int, data: Path, undisturbed: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    with started(data, run) as process:
        while process.poll() is None and (not (run / RUN_LOG).is_file() or len(curve(run)) < 3):
            time.sleep(0.01)
        process.send_signal(number)
        _, errors = process.communicate()
    assert process.returncode == status
    assert f"{run} is saved at step " in errors
    assert f" of {STEPS}. Go on from there with --resume.\n" in errors
    with started(data, run, "--resume") as process:
        output, _ = process.communicate()

    assert process.returncode == 0
    assert output.startswith(f"{run} resumes at step ")
    assert curve(run) == curve(undisturbed)
