"""The classifier on this machine: one predictor in this process."""

from __future__ import annotations

import contextlib
import logging
import time
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

from app.services.local_uploads import LocalUploadStore
from model.answers.clip import ClipAnswer
from model.answers.report import Report
from model.contract import Contract
from model.defaults import EngineName
from model.errors import ModelUnavailable
from model.record import stored_report

if TYPE_CHECKING:
    from model.predict import Predictor

logger = logging.getLogger(__name__)


class LocalClassifier:
    """Predicts in this process; the model is loaded once, in the background or by the first who needs it.

    Args:
        uploads: where the clips are.
        bundle: directory of the model.
        engine: what runs the graph.
        threads: threads of the engine.
        deadline_seconds: how long a prediction may take.
    """

    def __init__(
        self, uploads: LocalUploadStore, bundle: Path, *, engine: EngineName, threads: int, deadline_seconds: float
    ) -> None:
        self._uploads = uploads
        self._bundle = bundle
        self._engine = engine
        self._threads = threads
        self._deadline_seconds = deadline_seconds
        self._lock = Lock()
        self._predictor: Predictor | None = None

    def classify(self, key: str, *, top_k: int, stills: bool) -> ClipAnswer:
        """The answer to an upload, which is deleted whatever the answer is."""
        clip = self._uploads.path(key)
        try:
            predictor = self._ready()
            deadline = time.monotonic() + self._deadline_seconds
            return predictor.predict(clip, top_k=top_k, stills=stills, deadline=deadline).answer()
        finally:
            self._uploads.discard(key)

    def contract(self) -> Contract:
        """The contract of the loaded model; waits for it to be loaded."""
        return self._ready().contract

    def report(self) -> Report | None:
        """The report in the loaded model's bundle; waits for it to be loaded."""
        return stored_report(self._ready().bundle.directory)

    def warm(self) -> None:
        """Load the model in the background; a failure is logged, and the next request tries again."""
        Thread(target=self._try_to_load, name="load-model", daemon=True).start()

    def _try_to_load(self) -> None:
        with contextlib.suppress(ModelUnavailable):
            self._ready()

    def _ready(self) -> Predictor:
        with self._lock:
            if self._predictor is None:
                start = time.perf_counter()
                self._predictor = self._load()
                contract = self._predictor.contract
                milliseconds = round((time.perf_counter() - start) * 1e3)
                logger.info(
                    "model loaded", extra={"model": contract.name, "version": contract.version, "ms": milliseconds}
                )
            return self._predictor

    def _load(self) -> Predictor:
        """The predictor, having predicted once: the first prediction of a graph is its slowest."""
        try:
            import numpy as np

            from model.predict import Predictor

            predictor = Predictor.load(self._bundle, engine=self._engine, threads=self._threads)
            predictor.probabilities(np.zeros(predictor.contract.input_shape, np.float32))
        except Exception as error:  # whatever the reason, it names files of this machine: for the log only
            logger.exception("the model cannot be loaded")
            raise ModelUnavailable() from error
        return predictor
