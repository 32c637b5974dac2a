"""What `make` sets up, and when it does so again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not on this machine")
def test_an_environment_of_another_folder_is_set_up_for_this_one(tmp_path: Path) -> None:
    venv, log = tmp_path / "venv", tmp_path / "log"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").write_text(f'#!/bin/sh\necho "$@" >> {log}\n')
    (venv / "bin/python").chmod(0o755)

    def installed() -> bool:
        log.write_text("")
        subprocess.run(["make", "--silent", f"VENV={venv}", f"{venv}/.app"], cwd=ROOT, check=True)
        return "--editable" in log.read_text()

    assert [installed(), installed()] == [True, False]
    (venv / ".folder").write_text("/where/it/was/copied/from\n")
    assert [installed(), installed()] == [True, False]
