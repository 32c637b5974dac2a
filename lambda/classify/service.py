"""The work of one request: fetch the clip, predict, delete the upload."""

from __future__ import annotations

import tempfile
import threading
import time
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from classify.events import ClipRequest, InlineClip, UploadedClip
from classify.settings import Settings
from classify.telemetry import logger
from model.answers.clip import ClipAnswer
from model.bundle import Bundle
from model.errors import BadRequest, ClipError, ModelUnavailable, StorageFull, TimedOut, TooLarge, no_room
from model.worker.pool import Workers

if TYPE_CHECKING:
    from classify.storage import Uploads
    from model.answers.model import Description

_PREFIX = "movements-clip-"


class Service:
    """One per container; the worker and the connection to S3 are made when first needed, and kept."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self._workers: Workers | None = None
        self._uploads: Uploads | None = None

    def warm(self) -> None:
        """Make ready what requests need, while the container starts; a model that is not ready is tried again later.

        Clips left behind by a process that was killed in this container are removed: its `/tmp` outlives it.
        """
        for leftover in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            leftover.unlink(missing_ok=True)
        self.uploads()
        try:
            self.workers()
        except ModelUnavailable as error:
            logger.warning(error.message, code=error.code, exc_info=error)

    def classify(self, request: ClipRequest, *, deadline: float) -> ClipAnswer:
        """The answer to a request, with `timing_ms.fetch`.

        An upload is deleted once there is an answer that another attempt would only repeat; after a failure of ours it
        stays for that attempt, and the bucket expires it.

        Args:
            request: what is asked.
            deadline: instant of `time.monotonic()` at which to give up.

        Raises:
            MovementsError: whatever is wrong with the request, the clip or the model.
        """
        if isinstance(request, UploadedClip) and request.bucket != self.settings.upload_bucket:
            raise BadRequest("The request's bucket is not the one for uploads.")
        try:
            answer = self._predict(request, deadline)
        except ClipError:
            self._discard(request)
            raise
        self._discard(request)
        return answer

    def describe(self) -> Description:
        """What the model is and how good it is; raises `ModelUnavailable` if there is none that works as it must."""
        from model.answers.model import Description
        from model.record import stored_report

        workers = self.workers()
        workers.check()
        return Description(contract=workers.contract, evaluation=stored_report(workers.bundle.directory))

    def workers(self) -> Workers:
        """The one worker of a container, with the verified model.

        Raises:
            ModelUnavailable: the model cannot be used; the reason is the error's cause, and the next call tries again.
        """
        with self._lock:
            if self._workers is None:
                source = self.settings.bundle
                s3 = self.uploads().client if source.startswith("s3://") else None
                try:
                    cache = Path(tempfile.gettempdir()) / "bundles"
                    bundle = Bundle.load(source, digest=self.settings.bundle_digest, cache=cache, s3=s3)
                    self._workers = Workers(bundle, engine=self.settings.engine, threads=self.settings.threads)
                except Exception as error:  # whatever the reason, it names files and buckets: for the log only
                    raise ModelUnavailable() from error
            return self._workers

    def uploads(self) -> Uploads:
        """The bucket of uploads, connected once."""
        from classify.storage import Uploads, connect

        with self._lock:
            if self._uploads is None:
                self._uploads = Uploads(self.settings.upload_bucket, connect())
            return self._uploads

    def _predict(self, request: ClipRequest, deadline: float) -> ClipAnswer:
        workers = self.workers()
        start = time.perf_counter()
        with clip_file() as file:
            self._fetch(request, file, workers.contract.limits.max_bytes, deadline)
            fetch_ms = round((time.perf_counter() - start) * 1e3, 1)
            if time.monotonic() >= deadline:
                raise TimedOut()
            answer = workers.answer(
                Path(file.name), top_k=request.top_k, stills=request.stills, deadline=deadline, part=request.part
            )
        return answer.with_fetch(fetch_ms)

    def _fetch(self, request: ClipRequest, target: IO[bytes], max_bytes: int, deadline: float) -> None:
        if isinstance(request, UploadedClip):
            self.uploads().download(request.key, target, max_bytes=max_bytes, deadline=deadline)
        elif len(request.video) > max_bytes:
            raise TooLarge(f"The file has {len(request.video)} bytes; the limit is {max_bytes}.")
        else:
            from classify.storage import write

            write(target, request.video)

    def _discard(self, request: ClipRequest) -> None:
        if not isinstance(request, InlineClip):
            self.uploads().delete(request.key)


def clip_file() -> IO[bytes]:
    """A new file in `/tmp`, removed when it is closed; raises `StorageFull` if there is no room."""
    try:
        return tempfile.NamedTemporaryFile(prefix=_PREFIX, suffix=".mp4", buffering=0)
    except OSError as error:
        if no_room(error):
            raise StorageFull() from error
        raise


@cache
def service() -> Service:
    """The container's service, from its environment."""
    return Service(Settings())
