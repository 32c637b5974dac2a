from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from model.training.interruption import SIGNALS, Interrupted, StopAsked, Stopper


@pytest.fixture(autouse=True)
def received() -> Iterator[list[int]]:
    """Signals that reached the handlers of before, which only remember them."""
    numbers: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        numbers.append(number)

    before = {number: signal.signal(number, remember) for number in SIGNALS}
    yield numbers
    for number, handler in before.items():
        signal.signal(number, handler)


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


def test_without_a_signal_nothing_is_asked(received: list[int]) -> None:
    with Stopper() as stopper:
        stopper.check()
    send(signal.SIGINT)
    stopper.check()
    assert received == [signal.SIGINT], "after the context a signal does what it did before"


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_asks_for_an_end_and_the_second_does_what_it_did_before(
    number: signal.Signals, received: list[int]
) -> None:
    with Stopper() as stopper:
        send(number)
        assert received == []
        for _ in range(2):
            with pytest.raises(StopAsked, match=number.name) as asked:
                stopper.check()
            assert asked.value.signal == number
        for other in SIGNALS:
            send(other)
        assert received == list(SIGNALS)


def test_handlers_are_restored_whatever_ends_the_context(received: list[int]) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(ZeroDivisionError), Stopper():
        assert [signal.getsignal(number) for number in SIGNALS] != before
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Stopper() as stopper:
        send(signal.SIGINT)
        stopper.check()
        send(signal.SIGTERM)
        with pytest.raises(StopAsked, match="SIGTERM"):
            stopper.check()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_in_another_thread_signals_do_what_they_did_before() -> None:
    seen: list[bool] = []
    before = [signal.getsignal(number) for number in SIGNALS]

    def work() -> None:
        with Stopper() as stopper:
            stopper.check()
            seen.append([signal.getsignal(number) for number in SIGNALS] == before)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [True]


def test_an_interrupted_run_says_where_it_is_saved() -> None:
    stopped = Interrupted(signal.SIGTERM, Path("runs/mine"), 20, 60)
    assert str(stopped) == "runs/mine is saved at step 20 of 60"
    assert stopped.signal == 15
