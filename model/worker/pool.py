"""Several workers with one model: clips are answered side by side, and a worker that ended is replaced at once."""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Thread
from typing import TypeVar

from model.answers.clip import ClipAnswer
from model.answers.workout import Progress, WorkoutAnswer
from model.bundle import Bundle
from model.contract import Contract
from model.defaults import TOP_K, EngineName
from model.errors import CorruptVideo, ModelUnavailable
from model.worker.messages import Question, Start, Task
from model.worker.worker import Worker, WorkerEnded, WorkerGone

ANSWER_SECONDS = 120.0
"""How long a clip may take where nobody says it: no clip holds up those behind it for ever."""

logger = logging.getLogger(__name__)

Said = TypeVar("Said")
"""An answer, to a clip or to a workout."""


class Workers:
    """A bundle, opened in processes of their own; called from any thread.

    Args:
        bundle: verified here, and again by every worker.
        engine: what runs the graph.
        threads: of the engine, in each worker.
        count: workers, at least 1.
    """

    def __init__(
        self, bundle: Bundle, *, engine: EngineName = EngineName.AUTO, threads: int = 2, count: int = 1
    ) -> None:
        """Start the workers and wait until they are ready.

        Raises:
            ModelUnavailable: the model cannot be loaded.
        """
        self.bundle = bundle
        self._start = Start(bundle=bundle.directory.absolute(), engine=engine, threads=threads)
        self._checked = False
        self._all: set[Worker] = set()
        self._end = weakref.finalize(self, _close_all, self._all)
        self._free: LifoQueue[Worker | None] = LifoQueue()
        """Those with nothing to do, and None for one that has to be started first."""
        try:
            started = [self._started() for _ in range(count)]
            for worker in started:
                worker.ready()
                self._free.put(worker)
        except ModelUnavailable:
            self.close()
            raise

    @property
    def contract(self) -> Contract:
        """The bundle's contract."""
        return self.bundle.contract

    def answer(
        self,
        path: Path,
        *,
        top_k: int = TOP_K,
        stills: bool = False,
        deadline: float | None = None,
        body: bool = True,
        part: tuple[float, float] | None = None,
    ) -> ClipAnswer:
        """The most probable movements in a clip; see `model.predict.Predictor.predict`.

        Without a deadline it may take `ANSWER_SECONDS`.

        Raises:
            MovementsError: as there; and `CorruptVideo` for a clip over which its worker ended, `ModelUnavailable` if
                none had time before the deadline.
        """
        if deadline is None:
            deadline = time.monotonic() + ANSWER_SECONDS
        question = Question(path=path.absolute(), top_k=top_k, stills=stills, deadline=deadline, body=body, part=part)
        return self._asked(question, lambda worker: worker.ask(question))

    def workout(
        self,
        path: Path,
        *,
        athlete: tuple[float, float] | None = None,
        followed: Sequence[Path] | None = None,
        deadline: float,
        report: Callable[[Progress], None] = lambda progress: None,
    ) -> WorkoutAnswer:
        """What is done in a film; see `model.workout.analyse`. One whose worker ended is looked at once more.

        Args:
            path, athlete, deadline, report: as there.
            followed: files with what `follow` gave for each of its `pieces`; None where they were not followed yet.

        Raises:
            MovementsError: as there, and as `answer` does.
        """
        question = Question(
            path=path.absolute(),
            deadline=deadline,
            task=Task.WORKOUT,
            athlete=athlete,
            followed=None if followed is None else tuple(one.absolute() for one in followed),
        )
        return self._asked(question, lambda worker: worker.analyse(question, report), again=True)

    def pieces(self, path: Path, *, deadline: float) -> tuple[tuple[float, float], ...]:
        """The parts in which a film is followed; see `model.workout.analyse.pieces_of`. Raises as `workout` does."""
        question = Question(path=path.absolute(), deadline=deadline, task=Task.PIECES)
        return self._asked(question, lambda worker: worker.pieces(question), again=True)

    def follow(
        self,
        path: Path,
        piece: tuple[float, float],
        *,
        athlete: tuple[float, float] | None = None,
        before: Path | None = None,
        deadline: float,
        report: Callable[[Progress], None] = lambda progress: None,
    ) -> bytes:
        """The athlete through a part of a film; see `model.workout.analyse.follow_piece`. Raises as `workout` does."""
        question = Question(
            path=path.absolute(),
            deadline=deadline,
            task=Task.FOLLOW,
            athlete=athlete,
            piece=piece,
            followed=None if before is None else (before.absolute(),),
        )
        return self._asked(question, lambda worker: worker.follow(question, report), again=True)

    def _asked(self, question: Question, ask: Callable[[Worker], Said], *, again: bool = False) -> Said:
        """What a worker says; with `again`, another is asked where one ended over the question."""
        try:
            return self._said(question, ask)
        except WorkerEnded as error:
            if again:
                return self._asked(question, ask)
            raise CorruptVideo("The video made the decoder fail.") from error

    def _said(self, question: Question, ask: Callable[[Worker], Said]) -> Said:
        worker = self._take(question.deadline)
        try:
            if worker is not None:
                try:
                    return ask(worker)
                except WorkerGone:  # since it was taken
                    self._dismiss(worker)
                    worker = None
            worker = self._ready()
            return ask(worker)
        except WorkerGone as error:
            raise ModelUnavailable() from error
        finally:
            self._give_back(worker)

    def check(self) -> None:
        """Have a worker answer the bundle's golden clips by pictures alone, once.

        Raises:
            ModelUnavailable: one gets other probabilities than it must.
            MovementsError: one gets none.
        """
        if self._checked:
            return
        for golden in self.bundle.goldens:
            answer = self.answer(golden.clip, top_k=len(self.contract.labels), body=False)
            by_label = dict(answer.prediction)
            given = [by_label[label] for label in self.contract.labels]
            if answer.none_of_these is not None:
                given.append(answer.none_of_these.probability)
            golden.require(given)
        self._checked = True

    def close(self) -> None:
        """End the workers, whatever they do; also happens when this object or the process ends."""
        self._end()

    def _take(self, deadline: float) -> Worker | None:
        if not self._end.alive:
            raise ModelUnavailable
        try:
            worker = self._free.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            raise ModelUnavailable("Too many clips are waiting.", hint="Send the clip again in a minute.") from None
        if worker is not None and not worker.alive:
            logger.warning("a worker had ended while it had nothing to do")
            self._dismiss(worker)
            return None
        return worker

    def _give_back(self, worker: Worker | None) -> None:
        """Make room for the next clip; a worker that ended is replaced in the background."""
        if worker is None or worker.alive:  # None could not be started: the next clip tries again
            self._free.put(worker)
            return
        self._dismiss(worker)
        if self._end.alive:
            Thread(target=self._replace, name="replace-worker", daemon=True).start()

    def _replace(self) -> None:
        try:
            self._free.put(self._ready())
        except ModelUnavailable as error:
            logger.error("a worker cannot be replaced", exc_info=error)
            self._free.put(None)

    def _ready(self) -> Worker:
        worker = self._started()
        try:
            worker.ready()
        except ModelUnavailable:
            self._dismiss(worker)
            raise
        return worker

    def _started(self) -> Worker:
        worker = Worker(self._start)
        self._all.add(worker)
        return worker

    def _dismiss(self, worker: Worker) -> None:
        self._all.discard(worker)
        worker.close()


def _close_all(workers: set[Worker]) -> None:
    for worker in list(workers):
        worker.close()
