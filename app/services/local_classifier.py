"""The classifier on this machine: a model in processes of its own."""

from __future__ import annotations

import contextlib
import logging
import time
from pathlib import Path
from threading import Lock, Thread

from app.services.local_uploads import LocalUploadStore
from model.answers.clip import ClipAnswer, Part
from model.answers.report import Report
from model.bundle import CONTRACT, Bundle
from model.contract import Contract
from model.defaults import EngineName
from model.errors import ModelUnavailable
from model.record import stored_report
from model.worker.pool import Workers

logger = logging.getLogger(__name__)


class LocalClassifier:
    """Has workers predict; they are started once, in the background or by the first who needs them.

    Args:
        uploads: where the clips are.
        bundle: directory of the model.
        engine: what runs the graph.
        threads: threads of the engine, in each worker.
        workers: how many clips are predicted at once.
        deadline_seconds: how long a prediction may take, the wait for a worker counted in.
    """

    def __init__(
        self,
        uploads: LocalUploadStore,
        bundle: Path,
        *,
        engine: EngineName,
        threads: int,
        workers: int,
        deadline_seconds: float,
    ) -> None:
        self._uploads = uploads
        self._bundle = bundle
        self._engine = engine
        self._threads = threads
        self._count = workers
        self._deadline_seconds = deadline_seconds
        self._lock = Lock()
        self._workers: Workers | None = None
        self._contract: Contract | None = None

    def classify(self, key: str, *, top_k: int, stills: bool, part: Part | None = None) -> ClipAnswer:
        """The answer to an upload, which is deleted whatever the answer is."""
        clip = self._uploads.path(key)
        try:
            workers = self._ready()
            deadline = time.monotonic() + self._deadline_seconds
            return workers.answer(clip, top_k=top_k, stills=stills, deadline=deadline, part=part)
        finally:
            self._uploads.discard(key)

    def contract(self) -> Contract:
        """The contract of the loaded model; waits for it to be loaded."""
        return self._ready().contract

    def check(self) -> None:
        """Have a worker answer the bundle's golden clips, once."""
        self._ready().check()

    def known_contract(self) -> Contract | None:
        """The contract as it stands in the bundle, whether that can be loaded or not."""
        if self._contract is None:
            with contextlib.suppress(OSError, ValueError):
                self._contract = Contract.read(self._bundle / CONTRACT)
        return self._contract

    def report(self) -> Report | None:
        """The report in the loaded model's bundle; waits for it to be loaded."""
        return stored_report(self._ready().bundle.directory)

    def warm(self) -> None:
        """Load the model in the background; a failure is logged, and the next request tries again."""
        Thread(target=self._try_to_load, name="load-model", daemon=True).start()

    def _try_to_load(self) -> None:
        with contextlib.suppress(ModelUnavailable):
            self._ready()

    def use(self, bundle: Path) -> None:
        """Answer with another model from now on; whoever is being answered gets the answer of the one before."""
        with self._lock:
            before, self._workers = self._workers, None
            self._bundle, self._contract = bundle, None
        if before is not None:
            before.close()

    def close(self) -> None:
        """End the workers."""
        with self._lock:
            if self._workers is not None:
                self._workers.close()
            self._workers = None

    def _ready(self) -> Workers:
        with self._lock:
            if self._workers is None:
                start = time.perf_counter()
                self._workers = self._load()
                contract = self._workers.contract
                milliseconds = round((time.perf_counter() - start) * 1e3)
                logger.info(
                    "model loaded", extra={"model": contract.name, "version": contract.version, "ms": milliseconds}
                )
            return self._workers

    def _load(self) -> Workers:
        try:
            bundle = Bundle.load(self._bundle)
            return Workers(bundle, engine=self._engine, threads=self._threads, count=self._count)
        except Exception as error:  # whatever the reason, it names files of this machine: for the log only
            logger.exception("the model cannot be loaded")
            raise ModelUnavailable() from error
