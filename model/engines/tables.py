"""Where things lie in a flatbuffer: its tables, their fields, and what these refer to.

Everything may raise `struct.error`, or `ValueError`, where a file says that something lies outside it.
"""

from __future__ import annotations

import mmap
import struct

Data = mmap.mmap | bytes | bytearray


def field(data: Data, table: int, number: int) -> int | None:
    """Where a table has a field; None if it has none."""
    start = table - struct.unpack_from("<i", data, table)[0]
    if start < 0:
        raise ValueError("a table's layout is outside the file")
    entry = 4 + 2 * number
    if entry + 2 > struct.unpack_from("<H", data, start)[0]:
        return None
    offset: int = struct.unpack_from("<H", data, start + entry)[0]
    return table + offset if offset else None


def reference(data: Data, table: int, number: int) -> int | None:
    """Where the vector or string is that a field refers to."""
    place = field(data, table, number)
    return None if place is None else place + u32(data, place)


def text(data: Data, start: int) -> str:
    """At most 100 bytes of a string."""
    return data[start + 4 : start + 4 + min(u32(data, start), 100)].decode("utf-8", "replace")


def u32(data: Data, start: int) -> int:
    """An unsigned number of four bytes."""
    value: int = struct.unpack_from("<I", data, start)[0]
    return value
