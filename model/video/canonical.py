"""Writes the small mp4 that the decoder gets to see: one track, our tables, the samples that are needed.

A decoder's demuxer is what hostile files attack first. Ours reads nothing that such a file says about its own
structure: every box here is written by us (ISO/IEC 14496-12), and only the coded pictures and the configuration of
their codec come from the file.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence

import numpy as np

from model.video.writing import box, full_box, u32

TIMESCALE = 1000
"""Ticks per second. A frame lasts one tick, so that its time in milliseconds is its place in order of presentation."""

_LONG_HEADER = 16
"""Bytes before the content of a box whose length has 64 bits."""
_MATRIX = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def write_canonical(
    entries: Sequence[bytes], size: tuple[int, int], samples: Iterable[bytes], places: np.ndarray, kinds: np.ndarray
) -> io.BytesIO:
    """A film of the samples in decoding order.

    Args:
        entries: sample entries (`model.video.entry.SampleEntry.written`).
        size: width and height of a coded frame, in pixels.
        samples: their bytes, taken one after the other.
        places: int [samples], place of each in order of presentation: from 0 on, gaps allowed, no repeats.
        kinds: int [samples], index of each sample's entry.
    """
    film = io.BytesIO()
    film.write(box(b"ftyp", b"isom", u32(0x200), b"isom"))
    begin = film.tell()
    film.write(bytes(_LONG_HEADER))
    start = film.tell()
    sizes = np.array([film.write(sample) for sample in samples], np.int64)
    film.write(_index(entries, size, sizes, places, kinds, start))
    film.seek(begin)
    film.write(struct.pack(">I4sQ", 1, b"mdat", _LONG_HEADER + int(sizes.sum())))
    film.seek(0)
    return film


def _index(
    entries: Sequence[bytes],
    size: tuple[int, int],
    sizes: np.ndarray,
    places: np.ndarray,
    kinds: np.ndarray,
    start: int,
) -> bytes:
    """The `moov` box of samples whose first byte is at `start`."""
    count = len(sizes)
    width, height = size
    table = box(
        b"stbl",
        full_box(b"stsd", u32(len(entries)), *entries),
        full_box(b"stts", u32(1, count, 1)),
        full_box(b"ctts", u32(count), _delays(places)),
        *_chunks(sizes, kinds, start),
        full_box(b"stsz", u32(0, count), sizes.astype(">u4").tobytes()),
    )
    media = box(
        b"mdia",
        full_box(b"mdhd", u32(0, 0, TIMESCALE, count, 0x55C40000)),
        full_box(b"hdlr", u32(0), b"vide", bytes(13)),
        box(
            b"minf",
            full_box(b"vmhd", bytes(8), flags=1),
            box(b"dinf", full_box(b"dref", u32(1), full_box(b"url ", flags=1))),
            table,
        ),
    )
    header = full_box(b"tkhd", u32(0, 0, 1, 0, count, 0, 0, 0, 0), _MATRIX, u32(width << 16, height << 16), flags=3)
    film = full_box(b"mvhd", u32(0, 0, TIMESCALE, count, 0x10000, 0x1000000, 0, 0), _MATRIX, bytes(24), u32(2))
    return box(b"moov", film, box(b"trak", header, media))


def _delays(places: np.ndarray) -> bytes:
    """Rows of a `ctts`: sample i is decoded at i, and shown at its place plus what the latest one needs."""
    late = np.arange(len(places)) - places
    return np.stack([np.ones_like(late), late.max(initial=0) - late], axis=1).astype(">u4").tobytes()


def _chunks(sizes: np.ndarray, kinds: np.ndarray, start: int) -> tuple[bytes, bytes]:
    """`stsc` and `co64`: a chunk for every run of samples with the same entry."""
    first = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist()]
    offsets = start + np.concatenate([[0], np.cumsum(sizes)])[first]
    rows = [
        u32(chunk + 1, after - begin, int(kinds[begin]) + 1)
        for chunk, (begin, after) in enumerate(zip(first, [*first[1:], len(sizes)], strict=True))
    ]
    return (
        full_box(b"stsc", u32(len(rows)), *rows),
        full_box(b"co64", u32(len(first)), offsets.astype(">u8").tobytes()),
    )
