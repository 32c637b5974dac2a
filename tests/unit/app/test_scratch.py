from __future__ import annotations

import errno
import gc
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from app.scratch import Scratch
from model.errors import StorageFull
from tests.unit.app.conftest import MakePage

ROOT = Path(__file__).parents[3]
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_private_and_gone_when_it_is_closed_or_lost(temporary: Path) -> None:
    scratch = Scratch()
    assert stat.S_IMODE(scratch.directory.stat().st_mode) == 0o700
    (scratch.directory / "clip").write_bytes(b"clip")
    scratch.close()
    assert list(temporary.iterdir()) == []
    scratch = Scratch()
    del scratch
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_a_start_removes_what_a_killed_process_left_and_nothing_of_one_that_lives(temporary: Path) -> None:
    code = """
import sys, time
from app.scratch import Scratch
scratch = Scratch()
(scratch.directory / "clip").write_bytes(b"clip")
print(scratch.directory, flush=True)
time.sleep(3600)
"""
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", code]
    with (
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as first,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as second,
    ):
        assert first.stdout is not None and second.stdout is not None
        killed, living = Path(first.stdout.readline().strip()), Path(second.stdout.readline().strip())
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert killed.exists() and living.exists()
        scratch = Scratch()
        assert set(temporary.iterdir()) == {living, scratch.directory}
        assert (living / "clip").read_bytes() == b"clip"
        second.kill()


def test_a_folder_that_is_swept_before_it_is_locked_is_made_again(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    mkdtemp = tempfile.mkdtemp

    def swept(**how: Any) -> str:
        made.append(mkdtemp(**how))
        if len(made) == 1:
            shutil.rmtree(made[0])
        return made[-1]

    monkeypatch.setattr("app.scratch.tempfile.mkdtemp", swept)
    scratch = Scratch()
    assert len(made) == 2 and scratch.directory == Path(made[1])


def test_without_room_for_a_folder_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("app.scratch.tempfile.mkdtemp", full)
    with pytest.raises(StorageFull):
        Scratch()


def test_a_disk_without_room_for_a_clip_makes_the_page_unhealthy(
    make_page: MakePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = make_page()
    for free, status in ((2**20, 200), (2**20 - 1, 507)):
        monkeypatch.setattr("app.scratch.shutil.disk_usage", lambda _, free=free: Usage(2**30, 0, free))
        assert page.client.get("/health").status_code == status
        assert page.client.get("/health/live").status_code == 200
