from __future__ import annotations

import sys

import pytest

from model.benchmark.worker import WorkerFailed, run


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_lines_of_json_come_with_their_time_and_others_are_left_out() -> None:
    lines = run(python("import time; print('noise'); print('{\"a\": 1}', flush=True); time.sleep(0.2); print('{}')"))

    assert [line.value for line in lines] == [{"a": 1}, {}]
    assert 0 < lines[0].seconds < lines[1].seconds - 0.15


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise ValueError('too wide\\n  by far')", "ValueError: too wide"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL, as happens without memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGABRT)", "SIGABRT"),
        ("import sys; sys.exit(3)", "status 3"),
    ],
)
def test_a_worker_that_fails_gives_its_reason_in_a_sentence(code: str, reason: str) -> None:
    with pytest.raises(WorkerFailed, match=reason):
        run(python(code))


def test_a_worker_that_takes_too_long_is_ended() -> None:
    with pytest.raises(WorkerFailed, match=r"longer than 0\.3 s"):
        run(python("import time; time.sleep(60)"), seconds=0.3)
