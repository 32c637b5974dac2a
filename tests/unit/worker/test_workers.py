"""Clips that end their worker, hold it up or attack it: each is answered, and so is the next."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from model.answers.clip import ClipAnswer
from model.bundle import LITERT, Bundle, Golden, seal, write_goldens
from model.errors import CorruptVideo, InternalError, ModelUnavailable, MovementsError, NotAVideo, NotFound, TimedOut
from model.predict import Predictor
from model.video import read_clip
from model.worker import pool, process
from model.worker import worker as worker_module
from model.worker.limits import SPARE_BYTES
from model.worker.messages import MAX_BYTES, Reply
from model.worker.pool import Workers
from tests.unit.worker.watching import gone, only, same, soon

ROOT = Path(__file__).parents[3]


def test_a_worker_answers_what_this_process_would(workers: Workers, red_clip: Path, tiny_bundle: Path) -> None:
    expected = Predictor.load(tiny_bundle, threads=1).predict(red_clip, top_k=3, stills=True).answer()
    assert same(workers.answer(red_clip, top_k=3, stills=True, deadline=soon()), expected)
    assert len(workers.answer(red_clip).prediction) == 5
    assert workers.contract.name == "tiny"


def test_an_error_is_the_one_that_this_process_would_raise(workers: Workers, tmp_path: Path, tiny_bundle: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("This is a text.")
    here = Predictor.load(tiny_bundle, threads=1)
    for path, kind in ((text, NotAVideo), (tmp_path / "none.mp4", NotFound)):
        with pytest.raises(kind) as expected:
            here.predict(path)
        with pytest.raises(kind) as caught:
            workers.answer(path, deadline=soon())
        assert (caught.value.message, caught.value.hint) == (expected.value.message, expected.value.hint)


@pytest.mark.parametrize("clip", ["segfault", "abort", "exit", "junk"], indirect=True)
def test_a_clip_over_which_its_worker_ends_is_corrupt_and_the_next_is_answered(
    workers: Workers, clip: Path, red_clip: Path
) -> None:
    before = only(workers).pid
    with pytest.raises(CorruptVideo, match="made the decoder fail"):
        workers.answer(clip, deadline=soon())
    assert workers.answer(red_clip, deadline=soon()).prediction
    assert only(workers).pid != before and gone(before)


@pytest.mark.parametrize("clip", ["loop", "sleep", "half"], indirect=True)
def test_a_clip_that_never_ends_is_timed_out_and_the_next_is_answered(
    workers: Workers, clip: Path, red_clip: Path
) -> None:
    before = only(workers).pid
    start = time.monotonic()
    with pytest.raises(TimedOut):
        workers.answer(clip, deadline=soon(0.3))
    assert time.monotonic() - start >= 0.3
    assert workers.answer(red_clip, deadline=soon()).prediction
    assert gone(before)


@pytest.mark.parametrize("clip", ["processor"], indirect=True)
def test_a_clip_that_takes_all_the_processor_time_it_may_have_is_timed_out(
    workers: Workers, clip: Path, red_clip: Path
) -> None:
    with pytest.raises(TimedOut):
        workers.answer(clip, deadline=soon())
    assert workers.answer(red_clip, deadline=soon()).prediction


@pytest.mark.parametrize("clip", ["memory", "opencv"], indirect=True)
def test_a_clip_that_takes_all_memory_is_corrupt_and_the_next_is_answered(
    workers: Workers, clip: Path, red_clip: Path
) -> None:
    with pytest.raises(CorruptVideo, match="more memory is needed"):
        workers.answer(clip, deadline=soon())
    assert workers.answer(red_clip, deadline=soon()).prediction


@pytest.mark.parametrize("clip", ["defect"], indirect=True)
def test_a_defect_of_ours_keeps_its_details_for_the_log(workers: Workers, clip: Path, red_clip: Path) -> None:
    before = only(workers).pid
    with pytest.raises(InternalError) as caught:
        workers.answer(clip, deadline=soon())
    assert "secret" not in caught.value.message + caught.value.hint
    assert "RuntimeError: the secret detail" in str(caught.value.__cause__)
    assert workers.answer(red_clip, deadline=soon()).prediction
    assert gone(before), "a process in which something unforeseen happened goes on"


def test_a_worker_that_was_killed_while_it_had_nothing_to_do_costs_nobody_an_answer(
    workers: Workers, red_clip: Path
) -> None:
    for _ in range(3):
        os.kill(only(workers).pid, signal.SIGKILL)
        assert workers.answer(red_clip, deadline=soon()).prediction


@pytest.mark.parametrize("clip", ["sleep"], indirect=True)
def test_a_worker_that_is_killed_at_work_costs_that_clip_its_answer_and_no_other(
    workers: Workers, clip: Path, red_clip: Path
) -> None:
    pid = only(workers).pid
    threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(CorruptVideo):
        workers.answer(clip, deadline=soon())
    assert workers.answer(red_clip, deadline=soon()).prediction


def test_closing_a_pool_or_losing_it_ends_its_processes(tiny_bundle: Path) -> None:
    started = Workers(Bundle.load(tiny_bundle), threads=1, count=2)
    pids = [worker.pid for worker in started._all]
    assert len(pids) == 2
    started.close()
    assert all(gone(pid) for pid in pids)
    lost = Workers(Bundle.load(tiny_bundle), threads=1)
    pid = only(lost).pid
    del lost
    gc.collect()
    assert gone(pid)


@pytest.mark.parametrize("busy", [False, True])
def test_a_process_that_is_killed_takes_its_workers_along(tiny_bundle: Path, tmp_path: Path, busy: bool) -> None:
    code = f"""
import sys, time
from pathlib import Path
from model.bundle import Bundle
from model.worker import worker
from model.worker.pool import Workers
worker.MODULE = "tests.unit.worker.misbehaving"
workers = Workers(Bundle.load({str(tiny_bundle)!r}), threads=1)
print(next(iter(workers._all)).pid, flush=True)
if {busy}:
    workers.answer(Path({str(tmp_path / "loop.mp4")!r}), deadline=time.monotonic() + 0.5)
time.sleep(3600)
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        if busy:
            time.sleep(0.2)
        parent.kill()
    assert gone(pid, 20), "only its limit of processor time can end a worker that is at work"


def test_a_model_that_does_not_load_is_unavailable_and_the_reason_is_the_cause(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, bundle)
    opened = Bundle.load(bundle)
    (bundle / LITERT).write_bytes(b"no flatbuffer")
    with pytest.raises(ModelUnavailable) as caught:
        Workers(opened, threads=1)
    assert "is not what its manifest says" in str(caught.value.__cause__)
    seal(bundle)
    with pytest.raises(ModelUnavailable) as caught:
        Workers(opened, threads=1)
    assert "flatbuffer" in str(caught.value.__cause__)


def test_a_program_that_ends_at_once_is_no_model(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "MODULE", "tests.unit.worker.nothing_there")
    with pytest.raises(ModelUnavailable) as caught:
        Workers(Bundle.load(tiny_bundle), threads=1)
    assert "ended with 1 while it loaded the model" in str(caught.value.__cause__)


def test_a_system_that_lets_no_process_start_has_no_model(tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module.sys, "executable", "/nowhere/python")
    with pytest.raises(ModelUnavailable):
        Workers(Bundle.load(tiny_bundle), threads=1)


def test_who_waits_until_the_deadline_hears_that_many_wait(workers: Workers, tmp_path: Path, red_clip: Path) -> None:
    only(workers)
    slow = Path(shutil.copy(red_clip, tmp_path / "sleep.mp4"))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(workers.answer, slow, deadline=soon(1.5))
        time.sleep(0.2)
        with pytest.raises(ModelUnavailable, match="Too many clips are waiting"):
            workers.answer(red_clip, deadline=soon(0.2))
        with pytest.raises(TimedOut):
            first.result()
    assert workers.answer(red_clip, deadline=soon()).prediction


def test_many_clips_at_once_are_answered_while_others_end_their_workers(
    tiny_bundle: Path, red_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "MODULE", "tests.unit.worker.misbehaving")
    started = Workers(Bundle.load(tiny_bundle), threads=1, count=2)
    hostile = {name: Path(shutil.copy(red_clip, tmp_path / f"{name}.mp4")) for name in ("segfault", "abort", "defect")}
    expected = started.answer(red_clip, deadline=soon())
    paths = [red_clip if number % 5 else hostile[("segfault", "abort", "defect")[number % 3]] for number in range(40)]

    def ask(path: Path) -> ClipAnswer | MovementsError:
        try:
            return started.answer(path, deadline=soon(60))
        except MovementsError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(ask, paths))
    for path, answer in zip(paths, given, strict=True):
        if path == red_clip:
            assert isinstance(answer, ClipAnswer) and same(answer, expected)
        else:
            assert type(answer) is (InternalError if path.stem == "defect" else CorruptVideo)
    started.close()


def test_a_pool_that_is_closed_answers_nothing(tiny_bundle: Path, red_clip: Path) -> None:
    started = Workers(Bundle.load(tiny_bundle), threads=1)
    started.close()
    with pytest.raises(ModelUnavailable):
        started.answer(red_clip, deadline=soon())


@pytest.mark.parametrize(("moved", "sound"), [(0.004, True), (0.006, False)])
def test_golden_clips_are_answered_by_a_worker_and_only_once(
    tiny_bundle: Path, red_clip: Path, tmp_path: Path, moved: float, sound: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))
    predictor = Predictor.load(tiny_bundle, threads=1)
    given = predictor.probabilities(read_clip(red_clip, predictor.contract).tensor)
    given[given.argmax()] -= moved
    write_goldens(bundle, [Golden(red_clip, tuple(given.tolist()))])
    seal(bundle)
    started = Workers(Bundle.load(bundle), threads=1)
    if sound:
        started.check()
        monkeypatch.setattr(started, "answer", lambda *_, **__: pytest.fail("the clip was answered again"))
        started.check()
    else:
        for _ in range(2):
            with pytest.raises(ModelUnavailable, match=r"red.mp4 is off by 0\.006"):
                started.check()
    started.close()


def test_constants_are_those_of_the_documentation() -> None:
    assert (SPARE_BYTES, MAX_BYTES) == (1073741824, 67108864)
    assert (worker_module.START_SECONDS, worker_module.GRACE_SECONDS) == (120, 0.5)


@pytest.mark.parametrize(
    ("clip", "reason"),
    [("segfault", "was ended by SIGSEGV"), ("abort", "was ended by SIGABRT"), ("exit", "ended with 0")],
    indirect=["clip"],
)
def test_the_log_says_how_a_worker_ended(
    workers: Workers, clip: Path, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(CorruptVideo):
        workers.answer(clip, deadline=soon())
    (record,) = [one for one in caplog.records if one.message == "a worker ended over a clip"]
    assert (record.__dict__["reason"], record.__dict__["late"]) == (reason, False)


@pytest.mark.parametrize("clip", ["defect"], indirect=True)
def test_a_worker_ends_with_a_defect_and_not_with_a_clip_that_is_refused(
    workers: Workers, clip: Path, tmp_path: Path
) -> None:
    worker = only(workers)
    (tmp_path / "text.mp4").write_text("text")
    for _ in range(2):
        with pytest.raises(NotAVideo):
            workers.answer(tmp_path / "text.mp4", deadline=soon())
    assert only(workers) is worker and worker.alive
    with pytest.raises(InternalError):
        workers.answer(clip, deadline=soon())
    assert not worker.alive


def test_a_worker_that_cannot_be_started_is_tried_again_by_the_next_clip(
    workers: Workers, red_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.kill(only(workers).pid, signal.SIGKILL)
    with monkeypatch.context() as patch:
        patch.setattr(worker_module, "MODULE", "tests.unit.worker.nothing_there")
        for _ in range(2):
            with pytest.raises(ModelUnavailable):
                workers.answer(red_clip, deadline=soon())
    monkeypatch.setattr(worker_module, "MODULE", "tests.unit.worker.misbehaving")
    assert workers.answer(red_clip, deadline=soon()).prediction


def test_what_was_not_said_is_not_sent(tiny_bundle: Path) -> None:
    sent: list[bytes] = []
    process._send(SimpleNamespace(send_bytes=sent.append), Reply())  # type: ignore[arg-type]
    assert sent == [b"{}"]


@pytest.mark.parametrize("clip", ["loop"], indirect=True)
def test_a_clip_of_a_batch_has_a_deadline_too(
    workers: Workers, clip: Path, red_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pool.ANSWER_SECONDS == 120
    monkeypatch.setattr(pool, "ANSWER_SECONDS", 0.3)
    with pytest.raises(TimedOut):
        workers.answer(clip)
    monkeypatch.undo()
    assert workers.answer(red_clip).prediction
