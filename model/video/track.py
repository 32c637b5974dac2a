"""The one video track of an mp4 or mov file that is looked at: which it is, and what its boxes say of it.

Sources: ISO/IEC 14496-12 sections 8.3 to 8.6 and 12.1 (boxes), the MP4 registration authority's list of sample entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.errors import CorruptVideo, NoVideoTrack, UnsupportedCodec
from model.video.boxes import Box, BoxReader, name_of
from model.video.entry import SampleEntry, read_entries

MAX_EDITS = 1000
"""Edits of a track that are looked at; phones write two, editors some dozens."""

_ENABLED = 1
"""The flag in `tkhd` without which a track is not shown."""

Matrix = tuple[int, ...]
"""Nine fields a b u c d v x y w of a display matrix; a to d in 1/65536."""


@dataclass(frozen=True)
class Edit:
    """A part of the track that is shown: from `start` on, for `ticks`, both in ticks of the track."""

    start: int
    ticks: int


@dataclass(frozen=True)
class Track:
    """A video track as the index declares it.

    Attributes:
        number: its identifier within the file.
        timescale: ticks per second.
        matrix: how a frame is turned for display.
        entries: the descriptions that its samples refer to, one codec for all of them.
        edits: what is shown of it, in order; none where everything is.
        table: its sample table (`stbl`).
    """

    number: int
    timescale: int
    matrix: Matrix
    entries: tuple[SampleEntry, ...]
    edits: tuple[Edit, ...]
    table: Box

    @property
    def codec(self) -> str:
        """As in `model.video.entry.CODECS`."""
        return self.entries[0].codec

    @property
    def width(self) -> int:
        """Of a coded frame, in pixels: the largest, if the track has several kinds."""
        return max(entry.width for entry in self.entries)

    @property
    def height(self) -> int:
        """As `width`."""
        return max(entry.height for entry in self.entries)


def find_film(reader: BoxReader, moov: Box, film_timescale: int) -> Track:
    """The track that holds the film: the first one of pictures in a codec that is accepted.

    A file may hold other tracks of pictures: a cover, a time code, the depth of a phone's cinematic mode. Those that
    are not enabled come after those that are, and none but the chosen one is read.

    Args:
        reader: of the file.
        moov: the index.
        film_timescale: ticks per second of the film as a whole, in which lengths of edits are told.

    Raises:
        NoVideoTrack: no track holds pictures.
        UnsupportedCodec: there are such tracks, but none is coded in a way that is accepted.
        CorruptVideo: a box that is needed is missing, doubled or cut off.
    """
    traks = [box for box in reader.children(moov) if box.kind == b"trak"]
    pictures = [trak for trak in traks if _handler(reader, trak) == b"vide"]
    if not pictures:
        raise NoVideoTrack(f"The file has no video track; its tracks ({len(traks)}) hold only sound or data.")
    refusal: UnsupportedCodec | None = None
    for trak in sorted(pictures, key=lambda trak: not _enabled(reader, trak)):
        try:
            return _read(reader, trak, film_timescale)
        except UnsupportedCodec as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal


def only(reader: BoxReader, parent: Box, kind: bytes) -> Box:
    """The one box of a kind in `parent`.

    Raises:
        CorruptVideo: there is none, there are two (of which another reader might choose the other), or it is cut off.
    """
    found = [box for box in reader.children(parent) if box.kind == kind]
    if len(found) != 1 or not found[0].complete:
        state = "is cut off" if len(found) == 1 else f"is there {len(found)} times"
        raise CorruptVideo(f"The box {name_of(kind)} within {name_of(parent.kind)} {state}.")
    return found[0]


def _handler(reader: BoxReader, trak: Box) -> bytes:
    return reader.read(only(reader, only(reader, trak, b"mdia"), b"hdlr"), 4, 8)


def _enabled(reader: BoxReader, trak: Box) -> bool:
    return bool(reader.unpack("I", only(reader, trak, b"tkhd"))[0] & _ENABLED)


def _read(reader: BoxReader, trak: Box, film_timescale: int) -> Track:
    tkhd = only(reader, trak, b"tkhd")
    long = reader.read(tkhd, 1)[0] == 1
    (number,) = reader.unpack("I", tkhd, 20 if long else 12)
    timescale = timescale_of(reader, only(reader, only(reader, trak, b"mdia"), b"mdhd"))
    table = only(reader, only(reader, only(reader, trak, b"mdia"), b"minf"), b"stbl")
    return Track(
        number=number,
        timescale=timescale,
        matrix=reader.unpack("9i", tkhd, 52 if long else 40),
        entries=read_entries(reader, only(reader, table, b"stsd")),
        edits=_edits(reader, trak, timescale, film_timescale),
        table=table,
    )


def timescale_of(reader: BoxReader, header: Box) -> int:
    """Ticks per second in an `mvhd` or `mdhd`; raises `CorruptVideo` if there are none."""
    (timescale,) = reader.unpack("I", header, 20 if reader.read(header, 1)[0] == 1 else 12)
    if timescale == 0:
        raise CorruptVideo("The video track has no unit of time (a time scale of 0).")
    return timescale


def _edits(reader: BoxReader, trak: Box, timescale: int, film_timescale: int) -> tuple[Edit, ...]:
    """What is shown of the track; empty edits, which only delay it, are left out."""
    for edts in reader.children(trak):
        for elst in reader.children(edts) if edts.kind == b"edts" else ():
            if elst.kind == b"elst":
                return tuple(_rows(reader, elst, timescale, film_timescale))
    return ()


def _rows(reader: BoxReader, elst: Box, timescale: int, film_timescale: int) -> Sequence[Edit]:
    (count,) = reader.unpack("I", elst, 4)
    if count > MAX_EDITS:
        raise CorruptVideo(f"The track has {count} edits; {MAX_EDITS} are the most that are accepted.")
    form = "Qq4x" if reader.read(elst, 1)[0] == 1 else "Ii4x"
    rows = list(reader.rows(elst, form, count, 8))
    return [
        Edit(start, (2 * ticks * timescale + film_timescale) // (2 * film_timescale))
        for ticks, start in rows
        if start >= 0
    ]
