"""The samples of a video track: where each lies in the file, when it is decoded and when it is shown.

The tables of the index (ISO/IEC 14496-12, sections 8.6 and 8.7) come in as boxes and leave as arrays; those of
fragments do so in `model.video.fragments`. What is kept is bounded by `MAX_SAMPLES`, some 50 bytes each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from model.errors import CorruptVideo
from model.video.boxes import Box, BoxReader

MAX_SAMPLES = 1_000_000
"""Samples of one track: two hours at 120 frames per second have 864 000. Tables can claim 2^32 in twenty bytes."""


@dataclass(frozen=True)
class Samples:
    """The samples of a track in decoding order; every array has one entry for each.

    Attributes:
        offsets: int64, first byte in the file.
        sizes: int64, bytes.
        decoded: int64, decoding time in ticks of the track.
        durations: int64, ticks.
        shown: int64, presentation time in ticks of the track.
        sync: bool, the file says that decoding may start here.
        entries: int32, index of the sample's entry in `stsd`, from 0.
        fragment: bool, listed in a fragment and not in the index.
    """

    offsets: np.ndarray
    sizes: np.ndarray
    decoded: np.ndarray
    durations: np.ndarray
    shown: np.ndarray
    sync: np.ndarray
    entries: np.ndarray
    fragment: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets)

    @property
    def end(self) -> int:
        """Decoding time behind the last sample, in ticks."""
        return int(self.decoded[-1] + self.durations[-1]) if len(self) else 0

    def take(self, chosen: np.ndarray) -> Samples:
        """The samples at some indices, or where a mask is true."""
        return Samples(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    @staticmethod
    def joined(parts: Iterable[Samples]) -> Samples:
        """Samples one after the other."""
        rows = list(parts)
        return Samples(*(np.concatenate([getattr(p, name) for p in rows]) for name in Samples.__dataclass_fields__))


def read_samples(reader: BoxReader, table: Box) -> Samples:
    """The samples that a sample table (`stbl`) lists.

    Tables that disagree end where the shortest ends, as players do.

    Raises:
        CorruptVideo: a table is cut off or claims more than `MAX_SAMPLES` samples.
    """
    boxes: dict[bytes, Box] = {}
    for box in reader.children(table):
        boxes.setdefault(box.kind, box)
    sizes = _sizes(reader, boxes)
    offsets, entries = _places(reader, boxes, sizes)
    count = len(offsets)
    sizes = sizes[:count]
    durations = _expanded(reader, boxes.get(b"stts"), count, signed=False)
    shifts = _expanded(reader, boxes.get(b"ctts"), count, signed=True)
    decoded = np.concatenate([[0], np.cumsum(durations)[:-1]]) if count else durations
    sync = np.ones(count, bool)
    if b"stss" in boxes:
        (many,) = reader.unpack("I", boxes[b"stss"], 4)
        numbers = reader.column(boxes[b"stss"], "I", many, 8).astype(np.int64) - 1
        sync[:] = False
        sync[numbers[(numbers >= 0) & (numbers < count)]] = True
    return Samples(
        offsets=offsets,
        sizes=sizes,
        decoded=decoded,
        durations=durations,
        shown=decoded + shifts,
        sync=sync,
        entries=entries,
        fragment=np.zeros(count, bool),
    )


def _sizes(reader: BoxReader, boxes: dict[bytes, Box]) -> np.ndarray:
    if b"stsz" in boxes:
        each, count = reader.unpack("II", boxes[b"stsz"], 4)
        _bounded(count)
        if each:
            return np.full(count, each, np.int64)
        return reader.column(boxes[b"stsz"], "I", count, 12).astype(np.int64)
    if b"stz2" in boxes:
        bits, count = reader.unpack("II", boxes[b"stz2"], 4)
        _bounded(count)
        bits &= 0xFF
        if bits in (8, 16):
            return reader.column(boxes[b"stz2"], "B" if bits == 8 else "H", count, 12).astype(np.int64)
        if bits == 4:
            pairs = reader.column(boxes[b"stz2"], "B", (count + 1) // 2, 12)
            return np.stack([pairs >> 4, pairs & 15], axis=1).ravel()[:count].astype(np.int64)
        raise CorruptVideo(f"The table of sample sizes has fields of {bits} bits.")
    return np.empty(0, np.int64)


def _places(reader: BoxReader, boxes: dict[bytes, Box], sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First byte and entry of every sample: chunks, and samples one behind the other within a chunk."""
    kind, form = (b"stco", "I") if b"stco" in boxes else (b"co64", "Q")
    if kind not in boxes or b"stsc" not in boxes:
        return np.empty(0, np.int64), np.empty(0, np.int32)
    (chunks,) = reader.unpack("I", boxes[kind], 4)
    _bounded(chunks)
    starts = reader.column(boxes[kind], form, chunks, 8).astype(np.int64)
    (runs,) = reader.unpack("I", boxes[b"stsc"], 4)
    rows = reader.column(boxes[b"stsc"], "3I", runs, 8).astype(np.int64)
    first, per_chunk, entry = rows[:, 0] - 1, rows[:, 1], rows[:, 2] - 1
    if not chunks:
        return np.empty(0, np.int64), np.empty(0, np.int32)
    if not runs or (np.diff(first) <= 0).any() or first[0] != 0:
        raise CorruptVideo("The table of chunks (stsc) is not in order.")
    lengths = np.diff(np.append(first, chunks).clip(0, chunks))
    per_chunk, entry = np.repeat(per_chunk, lengths), np.repeat(entry, lengths)
    held = np.minimum(np.cumsum(per_chunk.clip(0, MAX_SAMPLES)), len(sizes))
    per_chunk = np.diff(held, prepend=0)
    count = int(held[-1])
    chunk = np.repeat(np.arange(chunks), per_chunk)
    before = np.concatenate([[0], np.cumsum(sizes[:count])[:-1]]) if count else np.empty(0, np.int64)
    opening = np.concatenate([[0], held[:-1]])[chunk]
    return starts[chunk] + before - before[opening.clip(0, max(count - 1, 0))], entry[chunk].astype(np.int32)


def _expanded(reader: BoxReader, box: Box | None, count: int, *, signed: bool) -> np.ndarray:
    """A table of (how many, value) as one value a sample, int64 [count]; the last value goes on, none is 0."""
    if box is None:
        return np.zeros(count, np.int64)
    (entries,) = reader.unpack("I", box, 4)
    rows = reader.column(box, "2I", entries, 8)
    _bounded(int(rows[:, 0].sum(dtype=np.uint64)))
    values = rows[:, 1].astype(np.int32) if signed else rows[:, 1]
    many = np.diff(np.minimum(np.cumsum(rows[:, 0].astype(np.uint64)), count), prepend=np.uint64(0)).astype(np.int64)
    given = np.repeat(values.astype(np.int64), many)
    rest = count - len(given)
    last = 0 if signed or not len(given) else int(given[-1])
    return np.concatenate([given, np.full(rest, last, np.int64)]) if rest else given


def _bounded(count: int) -> None:
    if count > MAX_SAMPLES:
        raise CorruptVideo(f"A track claims {count} samples; {MAX_SAMPLES} are the most that are accepted.")
