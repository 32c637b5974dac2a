"""Processes that work side by side."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from model.processes import process_pool

WORKERS = 2
_DEADLINE = 60.0
_PARENT = f"""
import sys
from pathlib import Path
from model.processes import process_pool
from tests.unit.model.test_processes import hold

if __name__ == "__main__":
    with process_pool({WORKERS}) as pool:
        list(pool.map(hold, [Path(sys.argv[1])] * {WORKERS}, range({WORKERS})))
"""


def hold(folder: Path, number: int) -> None:
    """Locks a file, and keeps it for as long as the process lasts."""
    file = (folder / str(number)).open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    (folder / f"{number} is held").touch()
    time.sleep(10 * _DEADLINE)


def test_they_do_what_they_are_given() -> None:
    with process_pool(WORKERS) as pool:
        assert list(pool.map(abs, [-1, 2, -3])) == [1, 2, 3]


def test_they_end_with_the_one_that_started_them_even_if_it_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT, str(tmp_path)]) as parent:
        try:
            _wait_for(lambda: len(list(tmp_path.glob("* is held"))) == WORKERS)
        finally:
            parent.kill()
    _wait_for(lambda: not any(_is_held(tmp_path / str(number)) for number in range(WORKERS)))


def _is_held(path: Path) -> bool:
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
