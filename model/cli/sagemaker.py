"""A training job as SageMaker starts one: `python -m model.cli.sagemaker train`, with everything below /opt/ml.

    input/config/hyperparameters.json   options of `movements train` by their names, as text; also `name` and `version`
    input/data/<channel>/               clips or records to train on; `test` and `clips` as for `movements bundle`
    checkpoints/                        the run, which SageMaker keeps in S3 and puts back after an interruption
    model/                              the bundle, if there was a channel to judge it by; else the run's weights
    output/failure                      why the job failed, for the console

(Amazon SageMaker developer guide, "How Amazon SageMaker AI provides training information"). A run goes on from the
checkpoint that it finds, as on a spot instance that was taken away.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path("/opt/ml")
FAILURE_CHARACTERS = 1024
"""What of a failure the console shows."""

JUDGE = ("test", "clips")
"""Channels that are not trained on."""

OF_BUNDLE = frozenset({"name", "version"})
"""Hyperparameters that are options of `movements bundle`."""

FLAGS = {
    "stream": ("--stream", "--base"),
    "freeze": ("--freeze", "--whole"),
    "mixed-precision": ("--mixed-precision", None),
}
"""Options that are said or not, by what `true` and `false` stand for."""


def options(given: Mapping[str, str]) -> Iterator[str]:
    """Options of a command from hyperparameters, which are text; raises `ValueError` for a flag that is neither."""
    for name, value in given.items():
        option = name.replace("_", "-")
        if option not in FLAGS:
            yield from (f"--{option}", value)
            continue
        if value.lower() not in ("true", "false"):
            raise ValueError(f"{name} must be true or false, not {value!r}")
        said = FLAGS[option][value.lower() == "false"]
        if said is not None:
            yield said


def commands(root: Path) -> Iterator[list[str]]:
    """The commands of a job: train, and make a bundle if there is something to judge it by.

    Raises:
        ValueError: no channel to train on, or a hyperparameter that is no text.
    """
    path = root / "input" / "config" / "hyperparameters.json"
    given: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if not all(isinstance(value, str) for value in given.values()):
        raise ValueError(f"{path} must hold texts only")
    data = root / "input" / "data"
    channels = sorted(folder for folder in data.iterdir() if folder.is_dir()) if data.is_dir() else []
    taught = [folder for folder in channels if folder.name not in JUDGE]
    if not taught:
        raise ValueError(f"{data} has no channel to train on, such as `training`")
    sources = [word for folder in taught for word in ("--data", str(folder))]
    run = root / "checkpoints"
    train = {name: value for name, value in given.items() if name not in OF_BUNDLE}
    yield ["train", *sources, "--out", str(run), "--resume", *options(train)]
    judged = [word for folder in channels if folder.name in JUDGE for word in (f"--{folder.name}", str(folder))]
    if any(folder.name == "test" for folder in channels):
        bundle = {name: value for name, value in given.items() if name in OF_BUNDLE}
        yield ["bundle", str(run), *sources, *judged, "--out", str(root / "model" / "bundle"), *options(bundle)]


def main(root: Path = ROOT) -> int:
    """Do a job; the status that SageMaker takes for success or failure."""
    from model.cli.__main__ import run as movements

    try:
        todo = list(commands(root))
        shutil.rmtree(root / "model" / "bundle", ignore_errors=True)
        for command in todo:
            sys.stdout.write(f"movements {' '.join(command)}\n")
            sys.stdout.flush()
            status = _run(movements, command)
            if status:
                raise RuntimeError(f"`movements {command[0]}` ended with status {status}; the log says why")
        if len(todo) == 1:
            shutil.copytree(root / "checkpoints", root / "model", dirs_exist_ok=True)
    except Exception as error:
        (root / "output").mkdir(parents=True, exist_ok=True)
        (root / "output" / "failure").write_text(str(error)[:FAILURE_CHARACTERS], encoding="utf-8")
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _run(movements: Any, command: list[str]) -> int:
    sys.argv = ["movements", *command]
    try:
        movements()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(os.environ.get("SM_ROOT", ROOT))))
