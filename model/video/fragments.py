"""Fragmented files, as browsers and streaming recorders write them: samples are listed in pieces behind the index.

Source: ISO/IEC 14496-12 section 8.8 (mvex, trex, moof, traf, tfhd, trun).
"""

from __future__ import annotations

from collections.abc import Iterable

from model.errors import CorruptVideo
from model.video.boxes import Box, BoxReader
from model.video.track import MAX_SAMPLES, only

_TFHD_FIELDS = ((0x01, 8), (0x02, 4))
"""Optional fields before the default duration: (flag, bytes)."""
_TFHD_DURATION = 0x08
_TRUN_FIELDS = ((0x001, 4), (0x004, 4))
_TRUN_DURATION = 0x100
_TRUN_ROW = 0xF00
"""Flags of the four-byte columns of a trun: duration, size, flags, composition offset."""


def count_fragments(reader: BoxReader, moov: Box, fragments: Iterable[Box], number: int) -> tuple[int, int]:
    """Samples of track `number` in the fragments, and their duration in ticks.

    Args:
        moov: the index, whose `trex` boxes hold default durations.
        fragments: the file's `moof` boxes. One that is cut off ends the count, as it ends playing.

    Raises:
        CorruptVideo: a box is damaged, or the fragments claim more than `MAX_SAMPLES` samples of all tracks.
    """
    defaults = _default_durations(reader, moov)
    samples = ticks = everything = 0
    for moof in fragments:
        if not moof.complete:
            break
        for traf in reader.children(moof):
            if traf.kind != b"traf":
                continue
            track, duration = _fragment_header(reader, only(reader, traf, b"tfhd"), defaults)
            for trun in reader.children(traf):
                if trun.kind != b"trun":
                    continue
                (count,) = reader.unpack("I", trun, 4)
                everything += count
                if everything > MAX_SAMPLES:
                    raise CorruptVideo(
                        f"The fragments claim {everything} samples; {MAX_SAMPLES} are the most we believe."
                    )
                if track == number:
                    samples += count
                    ticks += _run_ticks(reader, trun, count, duration)
    return samples, ticks


def _default_durations(reader: BoxReader, moov: Box) -> dict[int, int]:
    """Default duration of a sample by track, in ticks."""
    durations = {}
    for mvex in reader.children(moov):
        if mvex.kind != b"mvex":
            continue
        for trex in reader.children(mvex):
            if trex.kind == b"trex":
                number, _, duration = reader.unpack("III", trex, 4)
                durations[number] = duration
    return durations


def _fragment_header(reader: BoxReader, tfhd: Box, defaults: dict[int, int]) -> tuple[int, int]:
    """Track of a fragment and the duration of its samples where they have none of their own."""
    flags, number = reader.unpack("II", tfhd)
    if not flags & _TFHD_DURATION:
        return number, defaults.get(number, 0)
    offset = 8 + sum(size for flag, size in _TFHD_FIELDS if flags & flag)
    return number, reader.unpack("I", tfhd, offset)[0]


def _run_ticks(reader: BoxReader, trun: Box, count: int, duration: int) -> int:
    """Duration of the samples of one run, in ticks."""
    (flags,) = reader.unpack("I", trun)
    if not flags & _TRUN_DURATION:
        return count * duration
    offset = 8 + sum(size for flag, size in _TRUN_FIELDS if flags & flag)
    columns = (flags & _TRUN_ROW).bit_count()
    return sum(row[0] for row in reader.rows(trun, "I" * columns, count, offset))
