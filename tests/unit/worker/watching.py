"""What tests of workers ask of them."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from model.answers.clip import ClipAnswer
from model.worker.pool import Workers
from model.worker.worker import Worker


def soon(seconds: float = 30) -> float:
    return time.monotonic() + seconds


def gone(pid: int, seconds: float = 10) -> bool:
    """Whether a process ends within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(FileNotFoundError):
            if "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text():
                time.sleep(0.01)
                continue
        return True
    return False


def only(workers: Workers) -> Worker:
    """The worker of a pool of one, once it has nothing to do."""
    taken = workers._take(soon())
    assert taken is not None
    workers._give_back(taken)
    return taken


def same(answer: ClipAnswer, other: ClipAnswer) -> bool:
    """Whether two answers differ in nothing but times."""
    return answer.model_copy(update={"timing_ms": {}}) == other.model_copy(update={"timing_ms": {}})
