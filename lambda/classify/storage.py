"""The bucket of uploads, and of what becomes of them: the only module of the function that talks to AWS."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import IO, Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, IncompleteReadError

from classify.telemetry import logger
from model.errors import (
    EmptyFile,
    NotFound,
    StorageFull,
    StoreUnavailable,
    TimedOut,
    TooLarge,
    no_room,
)

CHUNK = 2**18
"""Bytes read from S3 at a time."""

READ_TIMEOUT = 3.0
"""Seconds without a byte from S3 after which an attempt has failed; a region's own S3 answers in milliseconds."""

ATTEMPTS = 4
"""How often an upload is asked for, as long as there is time."""

_FIRST_WAIT = 0.1
"""Seconds before the second attempt at most; the waits double, and how much of one is waited is chance."""

_GONE = frozenset({"403", "404", "412", "AccessDenied", "Forbidden", "NoSuchKey", "NotFound", "PreconditionFailed"})
"""Without permission to list a bucket, S3 answers 403 for a key that does not exist; 412 is a key written anew."""


class _Transient(Exception):
    """The store's fault, which the next attempt may not meet."""


def connect(attempts: int = 1) -> Any:
    """An S3 client that gives up early; its address and credentials are the environment's.

    It is botocore's own: boto3 would import its transfers of large files, which take a tenth of a cold start.
    """
    config = Config(connect_timeout=1, read_timeout=READ_TIMEOUT, retries={"total_max_attempts": attempts})
    return botocore.session.get_session().create_client("s3", config=config)


class Uploads:
    """The objects that people uploaded to one bucket."""

    def __init__(self, bucket: str, client: Any) -> None:
        self.bucket = bucket
        self.client = client

    def download(self, key: str, target: IO[bytes], *, max_bytes: int, deadline: float) -> None:
        """Copy an upload into an open file, a chunk at a time.

        The size is asked for first, and the object that is read is the one that was measured (`IfMatch`). What fails
        through the store is tried again while there is time. A store that answers in drips cannot hold this up beyond
        the deadline: the thread that reads is left behind then, and ends with its next chunk.

        Args:
            key: the object's key.
            target: where the bytes go.
            max_bytes: an object with more is refused before anything of it is read.
            deadline: instant of `time.monotonic()` at which to give up.

        Raises:
            NotFound: there is no such object, or it may not be read.
            EmptyFile, TooLarge: the object has no bytes, or too many.
            StoreUnavailable: the store fails, again and again.
            StorageFull: there is no room for it here.
            TimedOut: the deadline passed.
        """
        for attempt in range(ATTEMPTS):
            try:
                _until(deadline, lambda: self._copy(key, target, max_bytes, deadline))
                return
            except _Transient as error:
                wait = random.uniform(0, _FIRST_WAIT * 2**attempt)
                logger.warning("upload cannot be read yet", key=key, attempt=attempt + 1, reason=repr(error.__cause__))
                if time.monotonic() + wait >= deadline:
                    raise TimedOut() from error
                if attempt == ATTEMPTS - 1:
                    raise StoreUnavailable() from error
                time.sleep(wait)

    def delete(self, key: str) -> None:
        """Delete an upload; a failure is logged and left to the bucket's expiry, since the answer is known by now."""
        try:
            self.client.delete_object(Bucket=self.bucket, Key=key)
        except (ClientError, BotoCoreError):
            logger.exception("upload cannot be deleted", key=key)

    def _copy(self, key: str, target: IO[bytes], max_bytes: int, deadline: float) -> None:
        """One attempt."""
        target.seek(0)
        target.truncate()
        try:
            head = self.client.head_object(Bucket=self.bucket, Key=key)
            size = int(head["ContentLength"])
            if size == 0:
                raise EmptyFile()
            if size > max_bytes:
                raise TooLarge(f"The file has {size} bytes; the limit is {max_bytes}.")
            found = self.client.get_object(Bucket=self.bucket, Key=key, IfMatch=head["ETag"])
            if found["ContentLength"] != size:
                raise IncompleteReadError(actual_bytes=found["ContentLength"], expected_bytes=size)
            body, written = found["Body"], 0
            while written < size:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimedOut()
                body.set_socket_timeout(min(READ_TIMEOUT, left))
                chunk = body.read(CHUNK)
                write(target, chunk)
                written += len(chunk)
            body.read()  # nothing is left of it; this compares its checksum
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code not in _GONE:
                raise _Transient from error
            logger.warning("upload cannot be read", key=key, s3_error=code)
            raise NotFound() from error
        except (BotoCoreError, OSError) as error:
            raise _Transient from error


class Results:
    """What is known of workouts that are analysed, beside their uploads: small objects.

    Every method raises `StoreUnavailable` if the store fails, again and again.
    """

    def __init__(self, bucket: str, client: Any) -> None:
        self.bucket = bucket
        self.client = client

    def read(self, key: str) -> bytes | None:
        """An object; None if there is none."""
        try:
            content: bytes = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code", "") in _GONE:
                return None
            raise StoreUnavailable() from error
        except (BotoCoreError, OSError) as error:
            raise StoreUnavailable() from error
        return content

    def write(self, key: str, content: bytes) -> None:
        """Write an object, over the one that is there."""
        try:
            self.client.put_object(Bucket=self.bucket, Key=key, Body=content)
        except (ClientError, BotoCoreError, OSError) as error:
            raise StoreUnavailable() from error

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, whether they are there or not; a failure is logged and left to the bucket's expiry."""
        for key in keys:
            try:
                self.client.delete_object(Bucket=self.bucket, Key=key)
            except (ClientError, BotoCoreError):
                logger.exception("object cannot be deleted", key=key)


def write(target: IO[bytes], chunk: bytes) -> None:
    """Write to the disk; raises `StorageFull` if there is no room."""
    try:
        while chunk:
            chunk = chunk[target.write(chunk) :]
    except OSError as error:
        if no_room(error):
            raise StorageFull() from error
        raise


def _until(deadline: float, work: Callable[[], None]) -> None:
    """Do some work in a thread, and leave it behind at a deadline.

    Raises:
        TimedOut: the deadline passed.
        Exception: whatever the work raises.
    """
    done: Future[None] = Future()

    def run() -> None:
        try:
            work()
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    Thread(target=run, name="download", daemon=True).start()
    try:
        done.result(max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        raise TimedOut() from None
