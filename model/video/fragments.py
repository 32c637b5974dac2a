"""Fragmented files, as browsers and streaming recorders write them: samples are listed in pieces behind the index.

Source: ISO/IEC 14496-12 section 8.8 (mvex, trex, moof, traf, tfhd, tfdt, trun).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from model.errors import CorruptVideo
from model.video.boxes import Box, BoxReader, name_of
from model.video.samples import MAX_SAMPLES, Samples
from model.video.track import only

_BASE_OFFSET, _ENTRY, _DURATION, _SIZE, _FLAGS = 0x01, 0x02, 0x08, 0x10, 0x20
"""Optional fields of a `tfhd`, in this order."""
_MOOF_IS_BASE = 0x020000
_DATA_OFFSET, _FIRST_FLAGS = 0x001, 0x004
"""Optional fields of a `trun` before its rows."""
_COLUMNS = (0x100, 0x200, 0x400, 0x800)
"""Flags of the four-byte columns of a `trun`: duration, size, flags, composition offset."""
_NOT_SYNC = 0x10000
_TOO_LARGE = 1 << 62


@dataclass(frozen=True)
class _Defaults:
    """What holds for samples that say nothing themselves."""

    entry: int
    duration: int
    size: int
    flags: int


def read_fragments(
    reader: BoxReader, moov: Box, fragments: Iterable[tuple[int, Box]], number: int, begin: int
) -> list[Samples]:
    """The samples of one track in the fragments, a value per run.

    Args:
        reader: of the file.
        moov: the index, whose `trex` boxes hold defaults.
        fragments: first byte and box of every `moof`. One that is cut off ends the film, as it ends playing.
        number: of the track.
        begin: decoding time at which the fragments begin where they do not say it themselves, in ticks.

    Raises:
        CorruptVideo: a box is damaged, or there are more than `MAX_SAMPLES` samples of all tracks.
    """
    defaults = _defaults(reader, moov)
    found: list[Samples] = []
    everything, clock = 0, begin
    for start, moof in fragments:
        if not moof.complete:
            break
        data_end = start  # where the data of the track before ended, for files that count on from there
        for traf in reader.children(moof):
            if traf.kind != b"traf":
                continue
            track, base, own = _header(reader, only(reader, traf, b"tfhd"), defaults, start, data_end)
            boxes = list(reader.children(traf))
            if track == number:
                clock = next((_decode_time(reader, box) for box in boxes if box.kind == b"tfdt"), clock)
            position = base
            for trun in (box for box in boxes if box.kind == b"trun"):
                (count,) = reader.unpack("I", trun, 4)
                everything += count
                if everything > MAX_SAMPLES:
                    raise CorruptVideo(
                        f"The fragments claim {everything} samples; {MAX_SAMPLES} are the most that are accepted."
                    )
                samples, position, clock_after = _run(reader, trun, count, own, base, position, clock)
                if track == number:
                    found.append(samples)
                    clock = clock_after
            data_end = position
    return found


def _defaults(reader: BoxReader, moov: Box) -> dict[int, _Defaults]:
    """Defaults by track."""
    defaults = {}
    for mvex in reader.children(moov):
        if mvex.kind != b"mvex":
            continue
        for trex in reader.children(mvex):
            if trex.kind == b"trex":
                number, entry, duration, size, flags = reader.unpack("5I", trex, 4)
                defaults[number] = _Defaults(entry, duration, size, flags)
    return defaults


def _header(
    reader: BoxReader, tfhd: Box, known: dict[int, _Defaults], moof: int, data_end: int
) -> tuple[int, int, _Defaults]:
    """Track of a fragment, the byte that its data offsets count from, and the defaults of its samples."""
    flags, number = reader.unpack("II", tfhd)
    defaults = known.get(number, _Defaults(1, 0, 0, 0))
    position = 8
    base = moof if flags & _MOOF_IS_BASE else data_end
    if flags & _BASE_OFFSET:
        base = _long(reader, tfhd, position)
        position += 8
    values = [defaults.entry, defaults.duration, defaults.size, defaults.flags]
    for index, flag in enumerate((_ENTRY, _DURATION, _SIZE, _FLAGS)):
        if flags & flag:
            (values[index],) = reader.unpack("I", tfhd, position)
            position += 4
    return number, base, _Defaults(*values)


def _decode_time(reader: BoxReader, tfdt: Box) -> int:
    long = reader.read(tfdt, 1)[0] == 1
    return _long(reader, tfdt, 4) if long else reader.unpack("I", tfdt, 4)[0]


def _long(reader: BoxReader, box: Box, offset: int) -> int:
    """A field of 64 bits, of which no honest file uses the highest two."""
    (value,) = reader.unpack("Q", box, offset)
    if value >= _TOO_LARGE:
        raise CorruptVideo(f"The box {name_of(box.kind)} says {value}, a place or a time that no file has.")
    return value


def _run(
    reader: BoxReader, trun: Box, count: int, defaults: _Defaults, base: int, position: int, clock: int
) -> tuple[Samples, int, int]:
    """The samples of one run, the byte behind them, and the decoding time behind them."""
    (flags,) = reader.unpack("I", trun)
    offset = 8
    if flags & _DATA_OFFSET:
        position = base + reader.unpack("i", trun, offset)[0]
        offset += 4
    first_flags = None
    if flags & _FIRST_FLAGS:
        (first_flags,) = reader.unpack("I", trun, offset)
        offset += 4
    given = [flag for flag in _COLUMNS if flags & flag]
    columns = dict.fromkeys(_COLUMNS, np.empty(0, np.uint32))
    if given:
        rows = reader.column(trun, f"{len(given)}I", count, offset)
        columns.update({flag: rows[:, index] for index, flag in enumerate(given)})
    durations, sizes, sample_flags, shifts = (
        columns[flag].astype(np.int64) if flag in given else np.full(count, value, np.int64)
        for flag, value in zip(_COLUMNS, (defaults.duration, defaults.size, defaults.flags, 0), strict=True)
    )
    if first_flags is not None and count:
        sample_flags[0] = first_flags
    ends, times = np.cumsum(sizes), np.cumsum(durations)
    decoded = clock + times - durations
    samples = Samples(
        offsets=position + ends - sizes,
        sizes=sizes,
        decoded=decoded,
        durations=durations,
        shown=decoded + shifts.astype(np.uint32).astype(np.int32),
        sync=(sample_flags & _NOT_SYNC) == 0,
        entries=np.full(count, defaults.entry - 1, np.int32),
        fragment=np.ones(count, bool),
    )
    total = int(ends[-1]) if count else 0
    return samples, position + total, clock + (int(times[-1]) if count else 0)
