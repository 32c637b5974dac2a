"""The form of a file that is kept without what stands in another file, its base.

    one line of JSON, see `Header`
    the bytes that the base does not have, in their order

`pieces` says which arrays of the base stand where in the file. Nothing that a file says is trusted: a base and an
assembled file must have their digests, every array must lie in the base, and pieces must follow one another.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.parts.index import Index
from model.parts.reference import Reference

MAX_HEADER = 2**22
"""Bytes of the line of JSON."""

MAX_GROWTH = 4
"""How many times larger than base and parts together an assembled file may be."""

_DIGEST = r"^[0-9a-f]{64}$"


class Header(BaseModel):
    """What the first line says.

    Attributes:
        base_sha256: of the base.
        sha256, size: of the assembled file.
        pieces: where an array of the base begins in the assembled file, and `Reference`'s offset, shape and order.
    """

    model_config = ConfigDict(strict=True, extra="forbid")

    base_sha256: str = Field(pattern=_DIGEST)
    sha256: str = Field(pattern=_DIGEST)
    size: int = Field(ge=0)
    pieces: list[tuple[int, int, list[int], list[int]]]


def assemble(parts: bytes, base: bytes) -> bytes:
    """The file that was taken apart.

    Args:
        parts: content of the file of parts.
        base: content of the file that its arrays stand in.

    Raises:
        ValueError: the base is another one, or the parts do not make the file that they name.
    """
    line, newline, rest = parts[:MAX_HEADER].partition(b"\n")
    if not newline:
        raise ValueError(f"its header does not end within {MAX_HEADER} bytes")
    try:
        header = Header.model_validate_json(line)
    except ValidationError as error:
        raise ValueError(f"its header cannot be read: {error}") from error
    rest = parts[len(line) + 1 :]
    if hashlib.sha256(base).hexdigest() != header.base_sha256:
        raise ValueError("it was made for other weights")
    if header.size > MAX_GROWTH * (len(base) + len(parts)):
        raise ValueError(f"it would have {header.size} bytes, which is more than {MAX_GROWTH} times its parts")
    whole, own = io.BytesIO(), 0
    for at, offset, shape, order in header.pieces:
        reference = Reference(offset, tuple(shape), tuple(order))
        gap = at - whole.tell()
        if gap < 0 or own + gap > len(rest) or at + reference.size > header.size:
            raise ValueError(f"the piece at {at} does not follow the one before it, or reaches beyond the end")
        whole.write(rest[own : own + gap])
        whole.write(reference.take(base).tobytes())
        own += gap
    whole.write(rest[own:])
    result = whole.getvalue()
    if len(result) != header.size or hashlib.sha256(result).hexdigest() != header.sha256:
        raise ValueError("its parts do not make the file that it names")
    return result


def take_apart(data: bytes, arrays: Iterable[np.ndarray], index: Index) -> bytes:
    """The parts of a file, from which `assemble` makes it again, byte for byte.

    Args:
        data: content of the file.
        arrays: whose bytes stand in the file, in the order in which they do; others are passed over.
        index: of the base.
    """
    pieces: list[tuple[int, int, list[int], list[int]]] = []
    own, end = [], 0
    for array in arrays:
        references = index.find(array)
        at = data.find(array.tobytes(), end) if references else -1
        if at < 0:
            continue
        own.append(data[end:at])
        for reference in references:
            pieces.append((at, reference.offset, list(reference.shape), list(reference.order)))
            at += reference.size
        end = at
    header = Header(
        base_sha256=hashlib.sha256(index.data).hexdigest(),
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        pieces=pieces,
    )
    return header.model_dump_json().encode() + b"\n" + b"".join(own) + data[end:]
