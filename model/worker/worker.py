"""One worker, as its parent holds it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import Pipe
from pathlib import Path
from threading import Timer

from pydantic import BaseModel, ValidationError

from model.answers.clip import ClipAnswer
from model.answers.workout import Progress, WorkoutAnswer
from model.errors import ERRORS, InternalError, ModelUnavailable, MovementsError, TimedOut
from model.worker.messages import MAX_BYTES, Question, Reply, Start

MODULE = "model.worker.process"
"""What runs in the process."""

GRACE_SECONDS = 0.5
"""How much longer than its deadline a worker may take, which looks at the clock itself between two frames."""

START_SECONDS = 120.0
"""A worker that has not loaded its model by then never will."""

_ENVIRONMENT = frozenset(
    {
        *("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "HOME", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE"),
        *("CUDA_VISIBLE_DEVICES", "TF_CPP_MIN_LOG_LEVEL"),
    }
)
"""The variables that a worker is given; keys to AWS are not among them."""

_FIXED = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_PERTURB_": "85",
    "PYDANTIC_DISABLE_PLUGINS": "__all__",
}
"""NumPy multiplies nothing large here, and every arena reserves address space. Memory that is given back is written
over (glibc), so that a decoder that hands out a buffer as it found it hands out nobody's pictures. Pydantic would read
the metadata of all that is installed to look for plugins.
"""

logger = logging.getLogger(__name__)


class WorkerGone(Exception):
    """The worker had ended before it was asked; another may be asked instead."""


class WorkerEnded(Exception):
    """The worker ended while it looked at a film, as decoders do over damaged ones; or somebody ended it."""


class Worker:
    """A process with a model, which answers one question at a time."""

    def __init__(self, start: Start) -> None:
        """Start the process; `ready` waits for its model.

        Raises:
            ModelUnavailable: the system lets no process start.
        """
        try:
            self._connection, other = Pipe()
        except OSError as error:
            raise ModelUnavailable() from error
        known = {name: value for name, value in os.environ.items() if name in _ENVIRONMENT}
        path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
        command = [sys.executable, "-P", "-m", MODULE, str(other.fileno())]
        try:
            self._process = subprocess.Popen(
                command,
                env={**known, **_FIXED, "PYTHONPATH": path},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(other.fileno(),),
                start_new_session=True,
            )
        except OSError as error:
            self._connection.close()
            raise ModelUnavailable() from error
        finally:
            other.close()
        with contextlib.suppress(WorkerGone):  # `ready` tells
            self._send(start)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    def ready(self) -> None:
        """Wait until the model is loaded.

        Raises:
            ModelUnavailable: it cannot be loaded; the error's cause tells why.
        """
        reply = self._reply(time.monotonic() + START_SECONDS)
        if reply is None:
            raise ModelUnavailable() from RuntimeError(f"the worker {self._ending()} while it loaded the model")
        if reply.error is not None:
            self.close()
            raise ModelUnavailable(reply.error.message, hint=reply.error.hint) from _Remote(reply.details)

    def ask(self, question: Question) -> ClipAnswer:
        """The answer to a clip.

        Raises:
            WorkerGone: the process had ended before.
            WorkerEnded: it ended over this clip.
            TimedOut: the clip took longer than the deadline of the question, and the process was ended for it.
            MovementsError: whatever else is wrong with the clip.
        """
        reply = self._asked(question, lambda progress: None)
        if reply.answer is None:
            raise InternalError
        return reply.answer

    def analyse(self, question: Question, report: Callable[[Progress], None]) -> WorkoutAnswer:
        """The answer to a workout; `report` is told how far it is. Raises as `ask` does."""
        reply = self._asked(question, report)
        if reply.workout is None:
            raise InternalError
        return reply.workout

    def pieces(self, question: Question) -> tuple[tuple[float, float], ...]:
        """The parts in which a workout is followed. Raises as `ask` does."""
        reply = self._asked(question, lambda progress: None)
        if reply.pieces is None:
            raise InternalError
        return reply.pieces

    def follow(self, question: Question, report: Callable[[Progress], None]) -> bytes:
        """The athlete through a part of a workout; `report` is told how far it is. Raises as `ask` does."""
        reply = self._asked(question, report)
        if reply.followed is None:
            raise InternalError
        return reply.followed

    def _asked(self, question: Question, report: Callable[[Progress], None]) -> Reply:
        """The reply that has an answer."""
        self._send(question)
        if self._reply(question.deadline) is None and not self._late(question):  # it says that it begins
            raise WorkerGone
        while (reply := self._reply(question.deadline)) is not None and reply.progress is not None:
            report(reply.progress)
        if reply is None:
            late = self._late(question)
            logger.warning("a worker ended over a clip", extra={"reason": self._ending(), "late": late})
            if late or self._process.returncode == -signal.SIGXCPU:
                raise TimedOut()
            raise WorkerEnded
        if reply.error is None:
            return reply
        if reply.details is not None:
            self.close()  # it ends by itself, but perhaps not before it is asked again
        raise _error(reply)

    def close(self) -> None:
        """End the process, whatever it does."""
        self._connection.close()
        self._process.kill()
        self._process.wait()

    @staticmethod
    def _late(question: Question) -> bool:
        return time.monotonic() >= question.deadline

    def _send(self, message: BaseModel) -> None:
        try:
            self._connection.send_bytes(message.model_dump_json().encode())
        except OSError as error:
            raise WorkerGone from error

    def _reply(self, deadline: float) -> Reply | None:
        """What the process says; None if it ended, or had to be ended, without a word that can be understood."""
        killer = Timer(max(0.0, deadline - time.monotonic()) + GRACE_SECONDS, self._process.kill)
        killer.daemon = True
        killer.start()
        try:
            return Reply.model_validate_json(self._connection.recv_bytes(MAX_BYTES))
        except (EOFError, OSError, ValidationError):
            self.close()
            return None
        finally:
            killer.cancel()

    def _ending(self) -> str:
        code = self._process.returncode
        return f"was ended by {signal.Signals(-code).name}" if code is not None and code < 0 else f"ended with {code}"


class _Remote(Exception):
    """What happened in a worker, for the log: the traceback there."""


def _error(reply: Reply) -> MovementsError:
    """The error in a reply; what happened in the worker is its cause."""
    error: MovementsError = InternalError()
    if reply.error is not None:
        error = ERRORS.get(reply.error.code, InternalError)(reply.error.message, hint=reply.error.hint)
    if reply.details is not None:
        error.__cause__ = _Remote(reply.details)
    return error
