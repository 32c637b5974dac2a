"""Clips and films that are sent to this server itself: to disk, and on to their store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from flask import g, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.forms import ClipFile, read_form, too_large
from app.scratch import Scratch

Read = TypeVar("Read")

_CHUNK = 64 * 2**10


class Incoming:
    """Receives one file of the request that is being answered.

    Args:
        scratch: where it is kept for a moment.
        put: stores it, and returns its key.
    """

    def __init__(self, scratch: Scratch, put: Callable[[Path], str]) -> None:
        self._scratch = scratch
        self._put = put

    def form(self, file_field: str, max_bytes: int, read: Callable[[dict[str, str]], Read]) -> tuple[Read, str]:
        """Of a form: what is read from its other fields, and the key of the file.

        Args:
            file_field: the file's.
            max_bytes: of the file.
            read: reads the other fields, or raises; the file is not stored then.

        Raises:
            MovementsError: as `read_form`, or from the store.
        """
        path = self._path()
        try:
            fields = read_form(
                request,
                file_field=file_field,
                max_bytes=max_bytes,
                open_file=lambda _: ClipFile(path, max_bytes=max_bytes),
            )
            return read(fields), self._put(path)
        finally:
            path.unlink(missing_ok=True)

    def body(self, max_bytes: int) -> str:
        """The key of a file that is the whole body.

        Raises:
            MovementsError: as `ClipFile`, or from the store.
        """
        path = self._path()
        request.max_content_length = max_bytes
        if (request.content_length or 0) > max_bytes:
            raise too_large(max_bytes)
        try:
            with ClipFile(path, max_bytes=max_bytes) as file:
                while chunk := request.stream.read(_CHUNK):
                    file.write(chunk)
            return self._put(path)
        except RequestEntityTooLarge as error:
            raise too_large(max_bytes) from error
        finally:
            path.unlink(missing_ok=True)

    def _path(self) -> Path:
        return self._scratch.directory / f"{g.request_id}.mp4"
