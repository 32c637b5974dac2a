"""Reading a multipart form whose file goes straight to disk, a chunk at a time, never past its limit.

Werkzeug's own parser keeps files of any allowed size before the other fields have been read; this one reads them first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from model.errors import BadRequest, EmptyFile, StorageFull, TooLarge, no_room
from model.units import megabytes

FORM_BYTES = 64 * 2**10
"""What everything in a form except its file may take."""

_CHUNK = 64 * 2**10
_MAX_PARTS = 32


class ClipFile:
    """A file that takes at least one byte and at most `max_bytes`; it has its name only once it is whole.

    Raises:
        BadRequest: on entering, if the same file is being written already.
        TooLarge: from `write`, as soon as the limit is passed.
        StorageFull: there is no room for the file.
        EmptyFile: on leaving, if nothing was written.
    """

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        self.path = path
        self.size = 0
        self._partial = path.with_suffix(".part")
        self._max_bytes = max_bytes

    def __enter__(self) -> Self:
        try:
            self._file = self._partial.open("xb", buffering=0)
        except FileExistsError:
            raise BadRequest("The same upload is already under way.") from None
        except OSError as error:
            raise _disk_error(error) from error
        return self

    def write(self, data: bytes | bytearray) -> None:
        """Append bytes."""
        self.size += len(data)
        if self.size > self._max_bytes:
            raise too_large(self._max_bytes)
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            raise _disk_error(error) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if kind is None and self.size > 0:
            self._partial.rename(self.path)
            return
        self._partial.unlink(missing_ok=True)
        if kind is None:
            raise EmptyFile()


def read_form(
    request: Request, *, file_field: str, max_bytes: int, open_file: Callable[[Mapping[str, str]], ClipFile]
) -> dict[str, str]:
    """Read a form with exactly one file; returns its other fields.

    Args:
        request: a request whose body has not been read yet.
        file_field: the name of the file's field.
        max_bytes: the largest file, to refuse by the declared length before anything is read.
        open_file: given the fields that came before the file, says where it goes, or raises.

    Raises:
        BadRequest: not a multipart form, or not one with this file in it.
        TooLarge, EmptyFile: the file has too many bytes, or none.
    """
    boundary = request.mimetype_params.get("boundary", "")
    if request.mimetype != "multipart/form-data" or not boundary:
        raise BadRequest(f"A multipart form with the file field {file_field!r} is expected.")
    request.max_content_length = max_bytes + FORM_BYTES
    if (request.content_length or 0) > request.max_content_length:
        raise too_large(max_bytes)
    try:
        return _parts(request, boundary, file_field, open_file)
    except RequestEntityTooLarge as error:
        raise too_large(max_bytes) from error
    except ValueError as error:
        raise BadRequest("The multipart form is damaged.") from error


def _parts(
    request: Request, boundary: str, file_field: str, open_file: Callable[[Mapping[str, str]], ClipFile]
) -> dict[str, str]:
    decoder = MultipartDecoder(boundary.encode("ascii", "replace"), FORM_BYTES + 2 * _CHUNK, max_parts=_MAX_PARTS)
    fields: dict[str, str] = {}
    text_bytes, files = 0, 0
    while not isinstance(event := _next(decoder, request), Epilogue):
        if isinstance(event, File):
            if files:
                raise BadRequest("One clip per request, please: the form has two.", hint="Send each clip by itself.")
            if event.name != file_field:
                raise BadRequest(f"The form's one file must be in the field {file_field!r}, not {event.name[:50]!r}.")
            files += 1
            with open_file(fields) as target:
                while isinstance(data := _next(decoder, request), Data):
                    target.write(data.data)
                    if not data.more_data:
                        break
        elif isinstance(event, Field):
            value = bytearray()
            while isinstance(data := _next(decoder, request), Data):
                value += data.data
                text_bytes += len(data.data)
                if text_bytes > FORM_BYTES:
                    raise BadRequest(f"The form's fields take more than {FORM_BYTES} bytes.")
                if not data.more_data:
                    break
            fields[event.name] = value.decode("utf-8")
    if not files:
        raise BadRequest(f"The form has no file in the field {file_field!r}.")
    return fields


def _next(decoder: MultipartDecoder, request: Request) -> object:
    """The next event of the form, reading as much of the body as it takes."""
    while isinstance(event := decoder.next_event(), NeedData):
        decoder.receive_data(request.stream.read(_CHUNK) or None)
    return event


def _disk_error(error: OSError) -> Exception:
    return StorageFull() if no_room(error) else error


def too_large(max_bytes: int) -> TooLarge:
    """The error of a file with more bytes than a limit."""
    return TooLarge(f"The file is larger than the limit of {megabytes(max_bytes)}.")
