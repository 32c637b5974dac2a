"""Runs in processes of their own: one that is killed, and one that has two devices. Both go on at the same time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from model.training import checkpoint
from model.training.train import CHECKPOINT, Pace, train
from tests.unit.training.small_run import LABELS, rows, tiny_network, tiny_recipe

KILLED_STEPS, KILLED_ROWS = 40, 10


def killed_on_its_way(folder: Path, shards: list[Path], whole: int) -> bool:
    """Starts the run anew, kills it after three rows; false if it had written the whole by then, on a busy machine."""
    shutil.rmtree(folder, ignore_errors=True)
    script = [sys.executable, "-m", "tests.unit.training.small_run", str(folder), *map(str, shards)]
    with subprocess.Popen(script, env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}) as process:
        while process.poll() is None:
            if (folder / CHECKPOINT).is_file() and len(rows(folder)) >= 3:
                process.kill()
            time.sleep(0.01)
    assert process.returncode in (0, -signal.SIGKILL)
    return process.returncode == -signal.SIGKILL and 3 <= len(rows(folder)) < whole


@pytest.fixture(scope="module", autouse=True)
def killed(tmp_path_factory: pytest.TempPathFactory, shards: list[Path]) -> Iterator[Callable[[], Path]]:
    """Gives the folder of a run that was killed on its way, while the tests go on."""
    folder = tmp_path_factory.mktemp("killed") / "run"

    def kill() -> Path:
        assert any(killed_on_its_way(folder, shards, KILLED_ROWS) for _ in range(5))
        return folder

    with ThreadPoolExecutor(1) as executor:
        yield executor.submit(kill).result


def test_a_run_killed_at_any_moment_goes_on_to_the_same_loss_curve(
    tmp_path: Path, shards: list[Path], killed: Callable[[], Path]
) -> None:
    """Killed by the system, wherever it is just then, not stopped by itself."""

    def run(folder: Path, *, resume: bool = False) -> None:
        recipe, pace = tiny_recipe(KILLED_STEPS), Pace(report_steps=4, evaluations=2, checkpoint_seconds=0.0)
        train(folder, shards, recipe, labels=LABELS, threads=1, network=tiny_network, pace=pace, resume=resume)

    run(tmp_path / "whole")
    assert len(rows(tmp_path / "whole")) == KILLED_ROWS
    folder = killed()
    run(folder, resume=True)

    for row, expected in zip(rows(folder), rows(tmp_path / "whole"), strict=True):
        for name in ("step", "loss", "top1", "rate", "held_out_loss", "held_out_top1"):
            assert float(row[name] or 0) == pytest.approx(float(expected[name] or 0), rel=1e-4), (name, row, expected)


@pytest.fixture(scope="module", autouse=True)
def two_devices(tmp_path_factory: pytest.TempPathFactory, shards: list[Path]) -> Iterator[Callable[[], Path]]:
    """Gives the folder of `two_devices.py`, which runs while the other test goes on: it takes seconds to begin."""
    folder = tmp_path_factory.mktemp("devices")
    script = [sys.executable, "-m", "tests.unit.training.two_devices", str(folder), *map(str, shards)]
    with subprocess.Popen(script, env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}) as process:

        def finished() -> Path:
            assert process.wait() == 0
            return folder

        yield finished
        process.kill()


def test_several_devices_learn_what_one_learns(two_devices: Callable[[], Path]) -> None:
    folder = two_devices()
    alone, shared = (checkpoint.read(folder / name / CHECKPOINT)[0] for name in ("alone", "shared"))
    for name, values in alone["average"].items():
        np.testing.assert_allclose(shared["average"][name], values, rtol=2e-4, atol=1e-5, err_msg=name)
