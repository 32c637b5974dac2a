"""A training job on a folder that looks like SageMaker's: the entry point, as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from model.cli.sagemaker import commands, options
from model.contract import MOVEMENTS
from model.defaults import RUN_LOG
from tests.servers import ROOT
from tests.unit.training.small_run import curve, write_shard

STEPS = 6
QUICK = {"size": "32", "batch": "4", "steps": str(STEPS), "threads": "1"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What a container finds under /opt/ml."""
    channel = tmp_path / "input" / "data" / "training"
    channel.mkdir(parents=True)
    write_shard(channel / "shard-00000.npz", 210, labels=tuple(one.label for one in MOVEMENTS))
    configure(tmp_path, QUICK)
    return tmp_path


def configure(tree: Path, given: dict[str, Any]) -> None:
    path = tree / "input" / "config" / "hyperparameters.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(given))


def started(tree: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "model.cli.sagemaker", "train"],
        cwd=ROOT,
        env={**os.environ, "SM_ROOT": str(tree), "CUDA_VISIBLE_DEVICES": "-1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
def test_a_job_trains_keeps_checkpoints_and_leaves_a_model(tree: Path) -> None:
    with started(tree) as job:
        output, _ = job.communicate()
    assert job.returncode == 0, output
    assert (tree / "checkpoints" / RUN_LOG).is_file()
    assert len(curve(tree / "model")) == len(curve(tree / "checkpoints")) > 0
    assert not (tree / "output" / "failure").exists()


@pytest.mark.slow
def test_a_job_that_is_taken_away_goes_on_where_it_was(tree: Path) -> None:
    configure(tree, {**QUICK, "steps": "40"})
    with started(tree) as job:
        end = time.monotonic() + 120
        while not (tree / "checkpoints" / RUN_LOG).is_file() or len(curve(tree / "checkpoints")) < 2:
            assert job.poll() is None and time.monotonic() < end
            time.sleep(0.02)
        job.send_signal(signal.SIGTERM)  # two minutes later the machine is gone
        job.communicate()
    assert job.returncode != 0
    assert "ended with status 143" in (tree / "output" / "failure").read_text()
    with started(tree) as job:
        output, _ = job.communicate()
    assert job.returncode == 0, output
    assert "resumes at step" in output


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"steps": 3}, "must hold texts only"),
        ({"steps": "many"}, "ended with status 2"),
        ({"stream": "perhaps"}, "must be true or false"),
    ],
)
def test_what_is_wrong_is_told_to_the_console(tree: Path, given: dict[str, Any], told: str) -> None:
    configure(tree, given)
    with started(tree) as job:
        job.communicate()
    assert job.returncode == 1
    assert told in (tree / "output" / "failure").read_text()


def test_channels_and_hyperparameters_become_commands(tmp_path: Path) -> None:
    for channel in ("training", "records", "test", "clips"):
        (tmp_path / "input" / "data" / channel).mkdir(parents=True)
    configure(tmp_path, {"learning_rate": "0.001", "stream": "false", "mixed_precision": "true", "version": "7"})
    data = tmp_path / "input" / "data"
    both = ["--data", str(data / "records"), "--data", str(data / "training")]
    train, bundle = commands(tmp_path)
    run = str(tmp_path / "checkpoints")
    assert train == [
        "train", *both, "--out", run, "--resume", "--learning-rate", "0.001", "--base", "--mixed-precision",
    ]  # fmt: skip
    judged = ["--clips", str(data / "clips"), "--test", str(data / "test")]
    assert bundle == ["bundle", run, *both, *judged, "--out", str(tmp_path / "model/bundle"), "--version", "7"]
    assert list(options({"mixed-precision": "false"})) == []


def test_without_data_there_is_nothing_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no channel to train on"):
        list(commands(tmp_path))
