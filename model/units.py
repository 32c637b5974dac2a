"""Sizes and times in words."""

from __future__ import annotations


def megabytes(size: int, *, decimals: int | None = None) -> str:
    """A size in bytes for people, in units of 1024, as file managers show it.

    Args:
        size: bytes.
        decimals: of the megabytes, so that two sizes can be compared ("200.1 MB; at most 200.0 MB"), smaller ones then
            being told in bytes; without it, three significant digits of the unit that fits (1.5 MB, 12 KB).
    """
    if decimals is not None:
        return f"{size / 2**20:.{decimals}f} MB" if size >= 2**20 else f"{size} bytes"
    if size < 2**20:
        return f"{size / 2**10:.3g} KB"
    return f"{size / 2**20:.3g} MB" if size < 1000 * 2**20 else f"{size / 2**30:.3g} GB"


def clock(seconds: float) -> str:
    """A time of a film for people: 1:05.3, or 1:02:03.4 from an hour on."""
    tenths = max(0, round(seconds * 10))
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest // 10:02}.{rest % 10}"
    return f"{hours}:{minutes:02}:{tail}" if hours else f"{minutes}:{tail}"
