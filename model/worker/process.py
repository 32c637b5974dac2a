"""`python -m model.worker.process FD`: loads a model, then answers clip after clip until its parent is gone."""

from __future__ import annotations

import base64
import os
import signal
import sys
import time
import traceback
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from model.answers.error import ErrorDetail
from model.errors import CorruptVideo, InternalError, MovementsError
from model.worker.limits import confine, forbid_files, limit_memory, limit_processor_seconds
from model.worker.messages import MAX_BYTES, Question, Reply, Start, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from model.answers.workout import Progress
    from model.predict import Predictor

REPORT_SECONDS = 0.5
"""How often the parent is told how far a workout is."""

_INSUFFICIENT_MEMORY = -4
"""OpenCV's number of the error."""


def main() -> None:
    """Serve the parent at the other end of an inherited socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to obey; it closes the socket
    connection = Connection(int(sys.argv[1]))
    try:
        predictor = _load(connection)
        while predictor is not None:
            question = Question.model_validate_json(connection.recv_bytes(MAX_BYTES))
            _send(connection, Reply())  # from here on, whatever ends this process is the clip's doing
            reply = replied(predictor, question, lambda progress: _send(connection, Reply(progress=progress)))
            _send(connection, reply)
            if reply.details is not None:  # a process in which something unforeseen happened does not go on
                break
    except (EOFError, OSError):  # the parent is gone
        pass
    # Nothing of ours needs an ending, and destructors of native libraries may wait for threads.
    os._exit(0)


def _load(connection: Connection) -> Predictor | None:
    """The predictor, having predicted once; None if there is none, which the parent has been told."""
    start = Start.model_validate_json(connection.recv_bytes(MAX_BYTES))
    try:
        import numpy as np

        from model.bundle import Bundle
        from model.engines import runs_on_litert
        from model.predict import Predictor

        bundle = Bundle.load(start.bundle)
        # TensorFlow reads a SavedModel from files that are assembled first; its threads have begun by then.
        early = runs_on_litert(bundle, start.engine)
        if early:
            _restrict()
        predictor = Predictor(bundle, engine=start.engine, threads=start.threads)
        predictor.probabilities(np.zeros(predictor.contract.input_shape, np.float32))  # the first one is the slowest
        if not early:
            _restrict()
        limit_memory()
    except Exception as error:
        kind = error if isinstance(error, MovementsError) else InternalError()
        _send(connection, Reply(error=ErrorDetail.of(kind), details=traceback.format_exc()))
        return None
    _send(connection, Reply())
    return predictor


def _restrict() -> None:
    confine()
    forbid_files()


def replied(
    predictor: Predictor, question: Question, report: Callable[[Progress], None] = lambda progress: None
) -> Reply:
    """What is said to a question: an answer, or why there is none; `report` is told how far a workout is."""
    left = max(0.0, question.deadline - time.monotonic())
    limit_processor_seconds(left * (os.cpu_count() or 1))
    try:
        if question.task is not Task.CLIP:
            return _about_workout(predictor, question, _seldom(report))
        prediction = predictor.predict(
            question.path,
            top_k=question.top_k,
            stills=question.stills,
            deadline=question.deadline,
            body=question.body,
            part=question.part,
        )
        if question.stills:
            from model.near import with_near

            return Reply(answer=with_near(prediction))
        return Reply(answer=prediction.answer())
    except MovementsError as error:
        details = traceback.format_exc() if isinstance(error, InternalError) else None
        return Reply(error=ErrorDetail.of(error), details=details)
    except Exception as error:
        if _without_memory(error):
            refused = CorruptVideo("To decode the video, more memory is needed than one clip may have.")
            return Reply(error=ErrorDetail.of(refused), details=traceback.format_exc())
        return Reply(error=ErrorDetail.of(InternalError()), details=traceback.format_exc())


def _about_workout(predictor: Predictor, question: Question, report: Callable[[Progress], None]) -> Reply:
    from model.pose.read import Followed
    from model.workout.analyse import analyse, follow_piece, pieces_of
    from model.workout.standards import read_standards

    path, athlete, deadline = question.path, question.athlete, question.deadline
    if question.task is Task.PIECES:
        return Reply(pieces=tuple(pieces_of(path, predictor, deadline=deadline)))
    stored = question.followed
    followed = None if stored is None else [Followed.from_bytes(one.read_bytes()) for one in stored]
    if question.task is Task.FOLLOW and question.piece is not None:
        before = followed[-1] if followed else None
        found = follow_piece(
            path, predictor, question.piece, athlete=athlete, before=before, deadline=deadline, report=report
        )
        return Reply(followed=base64.b64encode(found.as_bytes()))
    workout = analyse(
        path,
        predictor,
        read_standards(),
        athlete=athlete,
        followed=followed,
        bodies=True,
        deadline=deadline,
        report=report,
    )
    return Reply(workout=workout.answer)


def _seldom(report: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """The same, told at most every REPORT_SECONDS, and at the end of every stage."""
    last = 0.0

    def told(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if progress.share >= 1 or now - last >= REPORT_SECONDS:
            last = now
            report(progress)

    return told


def _without_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or getattr(error, "code", None) == _INSUFFICIENT_MEMORY


def _send(connection: Connection, reply: Reply) -> None:
    connection.send_bytes(reply.model_dump_json(exclude_unset=True).encode())


if __name__ == "__main__":
    main()
