"""The boxes ("atoms") of an mp4 or mov file, walked with bounded work.

Nothing is taken on trust: a box lies inside its parent, the boxes of a file are counted, tables are read in pieces.
Source of the form: ISO/IEC 14496-12, section 4.2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

from model.errors import CorruptVideo

MAX_BOXES = 200_000
"""Boxes read of one file; a minute with a fragment for every frame at 240 fps has 130 000."""
MAX_ROWS = 2_000_000
"""Rows of tables read of one file; three hours of film with reordered frames have 650 000."""
MAX_READ = 1 << 20
"""Largest single read."""


class Box(NamedTuple):
    """One box.

    Attributes:
        kind: its four characters.
        start, end: its content in the file, in bytes; never beyond the parent's end.
        complete: False if it claims more bytes than its parent (or the file) has.
    """

    kind: bytes
    start: int
    end: int
    complete: bool

    @property
    def length(self) -> int:
        """Bytes of content that are there."""
        return self.end - self.start


class BoxReader:
    """Reads boxes of one open file of `size` bytes."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._boxes_left = MAX_BOXES
        self._rows_left = MAX_ROWS
        self.root = Box(b"file", 0, size, True)

    def children(self, parent: Box, *, skip: int = 0) -> Iterator[Box]:
        """The boxes in `parent`, in order; `skip` bytes of fields come before them.

        Rests too short for a header end the walk, as players do. The last box may be incomplete.

        Raises:
            CorruptVideo: a box is smaller than its own header, or the file has more than `MAX_BOXES`.
        """
        position = parent.start + skip
        while parent.end - position >= 8:
            self._boxes_left -= 1
            if self._boxes_left < 0:
                raise CorruptVideo(f"The file has more than {MAX_BOXES} boxes.")
            header = self._at(position, min(16, parent.end - position))
            size, kind = struct.unpack_from(">I4s", header)
            start = position + 8
            if size == 1:
                if len(header) < 16:
                    return
                (size,) = struct.unpack_from(">Q", header, 8)
                start += 8
            elif size == 0:
                size = parent.end - position
            if position + size < start:
                raise CorruptVideo(f"The box {name_of(kind)} at byte {position} says that it has {size} bytes.")
            yield Box(kind, start, min(position + size, parent.end), position + size <= parent.end)
            position += size

    def read(self, box: Box, count: int, offset: int = 0) -> bytes:
        """`count` bytes of the content of `box` from `offset` on.

        Raises:
            CorruptVideo: the box does not have them.
        """
        if offset < 0 or offset + count > box.length:
            raise CorruptVideo(
                f"The box {name_of(box.kind)} is cut off: {box.length} bytes where {offset + count} are needed."
            )
        return self._at(box.start + offset, count)

    def unpack(self, form: str, box: Box, offset: int = 0) -> tuple[int, ...]:
        """The big-endian fields `form` (as in `struct`, without the sign of order) at `offset` of the content."""
        form = ">" + form
        return struct.unpack(form, self.read(box, struct.calcsize(form), offset))

    def rows(self, box: Box, form: str, count: int, offset: int) -> Iterator[tuple[int, ...]]:
        """`count` rows of the fields `form` from `offset` of the content on, read in pieces.

        Raises:
            CorruptVideo: the box is too short for them, or the file has more than `MAX_ROWS`; said before the first.
        """
        row = struct.Struct(">" + form)
        self._spend(box, count, row.size, offset)
        piece = MAX_READ // row.size
        for first in range(0, count, piece):
            rows = min(piece, count - first)
            yield from row.iter_unpack(self._at(box.start + offset + first * row.size, rows * row.size))

    def column(self, box: Box, form: str, count: int, offset: int) -> np.ndarray:
        """Rows of one or more big-endian fields of a kind, from `offset` of the content on.

        Args:
            box: the table.
            form: of a row: `B`, `H`, `I` or `Q`, perhaps with how many stand side by side before it (`3I`).
            count: rows.
            offset: of the first row, in bytes of the content.

        Returns:
            Unsigned integers [count], or [count, fields].

        Raises:
            CorruptVideo: as for `rows`.
        """
        fields = int(form[:-1] or 1)
        kind = np.dtype({"B": ">u1", "H": ">u2", "I": ">u4", "Q": ">u8"}[form[-1]])
        self._spend(box, count, kind.itemsize * fields, offset)
        values = np.frombuffer(self._at(box.start + offset, count * fields * kind.itemsize), kind)
        return (values if form[:-1] == "" else values.reshape(count, fields)).astype(kind.newbyteorder("="))

    def _spend(self, box: Box, count: int, row_bytes: int, offset: int) -> None:
        """Refuse a table that is too short for its rows, or that is more than a file may have."""
        self._rows_left -= count
        if self._rows_left < 0:
            raise CorruptVideo(f"The tables of the file have more than {MAX_ROWS} entries.")
        if offset + count * row_bytes > box.length:
            raise CorruptVideo(
                f"The table {name_of(box.kind)} is cut off: {count} entries do not fit in {box.length} bytes."
            )

    def _at(self, position: int, count: int) -> bytes:
        self._file.seek(position)
        data = self._file.read(count)
        if len(data) != count:  # the file shrank while it was read
            raise CorruptVideo("The file ends early.")
        return data


def name_of(kind: bytes) -> str:
    """Four characters of a box or a codec, safe to show to people."""
    return ascii(kind.decode("latin-1"))
