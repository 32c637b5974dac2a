"""What a worker may not do, and what it is given: as the kernel says."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import time
from pathlib import Path
from types import SimpleNamespace

import landlockpy
import pytest

from model.bundle import Bundle
from model.defaults import EngineName
from model.errors import InternalError
from model.predict import Predictor
from model.worker import limits, process
from model.worker import worker as worker_module
from model.worker.limits import SPARE_BYTES
from model.worker.messages import Question
from model.worker.pool import Workers
from tests.unit.worker.watching import only, soon

needs_landlock = pytest.mark.skipif(not landlockpy.supported(), reason="this kernel has no Landlock")


@needs_landlock
@pytest.mark.parametrize("clip", ["write", "delete", "program"], indirect=True)
def test_a_worker_reads_files_and_does_nothing_else_to_them(workers: Workers, clip: Path, red_clip: Path) -> None:
    with pytest.raises(InternalError) as caught:
        workers.answer(clip, deadline=soon())
    assert "PermissionError" in str(caught.value.__cause__)
    assert [path.name for path in clip.parent.iterdir()] == [clip.name]
    assert workers.answer(red_clip, deadline=soon()).prediction


@pytest.mark.skipif(landlockpy.abi_version() < 4, reason="this kernel's Landlock does not know of networks")
def test_a_worker_reaches_no_network(workers: Workers, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        clip = tmp_path / "network.mp4"
        clip.write_text(str(server.getsockname()[1]))
        with pytest.raises(InternalError) as caught:
            workers.answer(clip, deadline=soon())
    assert "PermissionError" in str(caught.value.__cause__)


@pytest.mark.skipif(landlockpy.abi_version() < 6, reason="this kernel's Landlock does not know of signals")
@pytest.mark.parametrize("clip", ["signal"], indirect=True)
def test_a_worker_sends_no_signals(workers: Workers, clip: Path) -> None:
    with pytest.raises(InternalError) as caught:
        workers.answer(clip, deadline=soon())
    assert "PermissionError" in str(caught.value.__cause__)


def test_limits_are_set_that_cannot_be_raised_again(workers: Workers, red_clip: Path) -> None:
    workers.answer(red_clip, deadline=soon(100))
    text = Path(f"/proc/{only(workers).pid}/limits").read_text()
    rows = {line[:26].strip(): line[26:].split()[:2] for line in text.splitlines()[1:]}
    assert rows["Max file size"] == rows["Max core file size"] == ["0", "0"]
    soft, hard = map(int, rows["Max data size"])
    assert soft == hard and SPARE_BYTES < soft < 2 * SPARE_BYTES
    assert 100 <= int(rows["Max cpu time"][0]) <= 100 * (os.cpu_count() or 1) + 60


def test_a_worker_is_given_no_keys(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    started = Workers(Bundle.load(tiny_bundle), threads=1)
    environment = Path(f"/proc/{only(started).pid}/environ").read_bytes()
    assert b"AWS" not in environment and b"secret" not in environment
    assert Path(f"/proc/{only(started).pid}/cwd").resolve() == Path("/")
    started.close()


def test_memory_that_a_worker_gives_back_is_written_over(tiny_bundle: Path) -> None:
    started = Workers(Bundle.load(tiny_bundle), threads=1)
    assert b"MALLOC_PERTURB_=85" in Path(f"/proc/{only(started).pid}/environ").read_bytes().split(b"\0")
    started.close()


@needs_landlock
@pytest.mark.parametrize("clip", ["null"], indirect=True)
def test_a_worker_may_throw_away_what_it_has_to_say(workers: Workers, clip: Path) -> None:
    assert workers.answer(clip, deadline=soon()).prediction


@needs_landlock
def test_a_worker_of_tensorflow_is_confined_once_its_model_is_loaded(
    tiny_bundle: Path, red_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "MODULE", "tests.unit.worker.misbehaving")
    started = Workers(Bundle.load(tiny_bundle), engine=EngineName.TENSORFLOW, threads=1)
    assert started.answer(red_clip, deadline=soon()).model.engine == "tensorflow"
    with pytest.raises(InternalError) as caught:
        started.answer(Path(shutil.copy(red_clip, tmp_path / "write.mp4")), deadline=soon())
    assert "PermissionError" in str(caught.value.__cause__)
    started.close()


def test_a_question_has_the_processor_time_of_all_cores_until_its_deadline(
    tiny_bundle: Path, red_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    monkeypatch.setattr(process, "limit_processor_seconds", given.append)
    monkeypatch.setattr("model.worker.process.os.cpu_count", lambda: 3)
    predictor = Predictor.load(tiny_bundle, threads=1)
    now = time.monotonic()
    for deadline in (now + 20, now - 5):
        process.replied(predictor, Question(path=red_clip, top_k=1, stills=False, deadline=deadline))
    assert 50 < given[0] <= 60 and given[1] == 0


def test_limits_are_set_as_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(limits.resource, "setrlimit", lambda kind, values: done.append((kind, values)))
    monkeypatch.setattr(limits.resource, "getrlimit", lambda _: (-1, -1))
    monkeypatch.setattr(limits.resource, "getrusage", lambda _: SimpleNamespace(ru_utime=10.25, ru_stime=1.5))
    monkeypatch.setattr(limits, "_data_bytes", lambda: 1000)
    limits.limit_processor_seconds(7.5)
    limits.limit_memory()
    limits.forbid_files()
    cpu, data, size, core = (getattr(resource, f"RLIMIT_{name}") for name in ("CPU", "DATA", "FSIZE", "CORE"))
    memory = 1000 + SPARE_BYTES
    assert done == [(cpu, (20, -1)), (data, (memory, memory)), (size, (0, 0)), (core, (0, 0))]
    done.clear()
    monkeypatch.setattr(limits.resource, "getrlimit", lambda _: (5, 15))
    limits.limit_processor_seconds(7.5)
    assert done == [(cpu, (15, 15))]


def test_the_memory_of_a_process_is_read_in_bytes() -> None:
    given = limits._data_bytes()
    status = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    assert given is not None and abs(given - 1024 * int(status["VmData"].split()[0])) < 2**24
