"""The boxes that we write ourselves."""

from __future__ import annotations

import struct


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of four characters and its content."""
    length = 8 + sum(len(part) for part in content)
    return b"".join((struct.pack(">I4s", length, kind), *content))


def full_box(kind: bytes, *content: bytes, flags: int = 0) -> bytes:
    """A box that begins with version 0 and flags."""
    return box(kind, u32(flags), *content)


def u32(*values: int) -> bytes:
    """Unsigned integers of four bytes, the highest first."""
    return struct.pack(f">{len(values)}I", *values)
