"""The bucket of uploads: the only module of the function that talks to AWS."""

from __future__ import annotations

import time
from typing import IO, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from classify.telemetry import logger
from model.errors import EmptyFile, NotFound, TimedOut, TooLarge

CHUNK = 2**20
"""Bytes read from S3 at a time."""

READ_TIMEOUT = 3.0
"""Seconds without a byte from S3 after which an attempt has failed; a region's own S3 answers in milliseconds."""

_GONE = frozenset({"403", "404", "412", "AccessDenied", "Forbidden", "NoSuchKey", "NotFound", "PreconditionFailed"})
"""Without permission to list a bucket, S3 answers 403 for a key that does not exist; 412 is a key written anew."""


def connect() -> Any:
    """An S3 client that gives up early; its address and credentials are the environment's, as boto3 reads them."""
    retries = {"mode": "standard", "total_max_attempts": 2}
    return boto3.client("s3", config=Config(connect_timeout=1, read_timeout=READ_TIMEOUT, retries=retries))


class Uploads:
    """The objects that people uploaded to one bucket."""

    def __init__(self, bucket: str, client: Any) -> None:
        self.bucket = bucket
        self.client = client

    def download(self, key: str, target: IO[bytes], *, max_bytes: int, deadline: float) -> None:
        """Copy an upload into an open file, a chunk at a time.

        The size is asked for first, and the object that is read is the one that was measured (`IfMatch`).

        Args:
            key: the object's key.
            target: where the bytes go.
            max_bytes: an object with more is refused before anything of it is read.
            deadline: instant of `time.monotonic()` at which to give up.

        Raises:
            NotFound: there is no such object, or it may not be read.
            EmptyFile, TooLarge: the object has no bytes, or too many.
            TimedOut: the deadline passed.
        """
        try:
            head = self.client.head_object(Bucket=self.bucket, Key=key)
            size = int(head["ContentLength"])
            if size == 0:
                raise EmptyFile()
            if size > max_bytes:
                raise TooLarge(f"The file has {size} bytes; the limit is {max_bytes}.")
            body = self.client.get_object(Bucket=self.bucket, Key=key, IfMatch=head["ETag"])["Body"]
            written = 0
            while written < size:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimedOut()
                body.set_socket_timeout(min(READ_TIMEOUT, left))
                written += target.write(body.read(CHUNK))
            body.read()  # nothing is left of it; this compares its checksum
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code not in _GONE:
                raise
            logger.warning("upload cannot be read", key=key, s3_error=code)
            raise NotFound() from error
        except BotoCoreError as error:
            if time.monotonic() >= deadline:
                raise TimedOut() from error
            raise

    def delete(self, key: str) -> None:
        """Delete an upload; a failure is logged and left to the bucket's expiry, since the answer is known by now."""
        try:
            self.client.delete_object(Bucket=self.bucket, Key=key)
        except (ClientError, BotoCoreError):
            logger.exception("upload cannot be deleted", key=key)
