"""Ending a run when it is asked to, between two steps."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopAsked(Exception):
    """A signal has arrived.

    Attributes:
        signal: its number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.signal = number


class Interrupted(Exception):
    """A run was asked to stop by a signal, and has saved itself.

    Attributes:
        signal: its number.
    """

    def __init__(self, number: int, run: Path, step: int, steps: int) -> None:
        super().__init__(f"{run} is saved at step {step} of {steps}")
        self.signal = number


class Stopper:
    """Within this context, SIGINT and SIGTERM ask for an end at the next `check`.

    Only the first one does: after it, and after the context, signals do again what they did before, so that a second
    one stops at once. A signal that was ignored stays ignored. Python handles signals in its main thread only; in
    another thread nothing changes.
    """

    def __init__(self) -> None:
        self._asked: int | None = None
        self._before: dict[signal.Signals, Any] = {}

    def check(self) -> None:
        """Raise `StopAsked` if a signal has arrived."""
        if self._asked is not None:
            raise StopAsked(self._asked)

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                # None: set by a library in C, which Python could not restore.
                if signal.getsignal(number) not in (None, signal.SIG_IGN):
                    self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = number
        self._restore()

    def _restore(self) -> None:
        while self._before:
            signal.signal(*self._before.popitem())
