"""A track of an mp4 or mov file: what it holds, how many samples and how long, whole or in fragments.

Sources: ISO/IEC 14496-12 sections 8.3 to 8.8 (boxes), ISO/IEC 14496-1 section 7.2.6 (esds descriptors),
the MP4 registration authority's list of sample entries and object types.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.errors import CorruptVideo, UnsupportedCodec
from model.video.boxes import Box, BoxReader, name_of

CODECS = {
    b"avc1": "h264",
    b"avc3": "h264",
    b"hvc1": "hevc",
    b"hev1": "hevc",
    b"av01": "av1",
    b"vp09": "vp9",
    b"mp4v": "mpeg4",
}
"""Sample entries that may reach the decoder. The FFmpeg inside OpenCV would open some two hundred others."""

MAX_SAMPLES = 5_000_000
"""Samples of one track. Tables can claim 2^32 of them in twenty bytes, and a demuxer makes an entry for each."""

_ENTRY_FIELDS = 78
_MPEG4_VISUAL = 0x20
_FOREIGN = frozenset(
    (b"alac", b"dvc1", b"esds", b"glbl", b"mdia", b"minf", b"moof", b"moov", b"sinf", b"stbl", b"strf", b"stsd",
     b"traf", b"trak", b"wave")
)  # fmt: skip
"""Boxes that have no place in the entry of an allowed codec and with which FFmpeg would choose another decoder."""

Matrix = tuple[int, ...]
"""Nine fields a b u c d v x y w of a display matrix; a to d in 1/65536."""


@dataclass(frozen=True)
class Track:
    """A video track as the index declares it.

    Attributes:
        number: its identifier within the file.
        codec: as in `CODECS`.
        width, height: of a coded frame, in pixels: the largest, if the track has several kinds.
        frames: samples listed in the index; those of fragments are not among them.
        ticks, timescale: their duration in units of 1 / `timescale` seconds.
        matrix: how a frame is turned for display.
    """

    number: int
    codec: str
    width: int
    height: int
    frames: int
    ticks: int
    timescale: int
    matrix: Matrix


def read_track(reader: BoxReader, trak: Box) -> Track | None:
    """The video track in a `trak` box; None if it holds sound or data.

    Raises:
        UnsupportedCodec: it is coded in a way that is not in `CODECS`.
        CorruptVideo: a box that it needs is missing, doubled, cut off, or beyond every measure.
    """
    mdia = only(reader, trak, b"mdia")
    table = only(reader, only(reader, mdia, b"minf"), b"stbl")
    samples, ticks = _samples(reader, table)
    if reader.read(only(reader, mdia, b"hdlr"), 4, 8) != b"vide":
        return None
    number, matrix = _header(reader, only(reader, trak, b"tkhd"))
    mdhd = only(reader, mdia, b"mdhd")
    (timescale,) = reader.unpack("I", mdhd, 20 if reader.read(mdhd, 1)[0] == 1 else 12)
    if timescale == 0:
        raise CorruptVideo("The video track has no unit of time (a time scale of 0).")
    codec, width, height = _format(reader, only(reader, table, b"stsd"))
    return Track(number, codec, width, height, samples, ticks, timescale, matrix)


def only(reader: BoxReader, parent: Box, kind: bytes) -> Box:
    """The one box of a kind in `parent`.

    Raises:
        CorruptVideo: there is none, there are two (of which a decoder might choose the other), or it is cut off.
    """
    found = [box for box in reader.children(parent) if box.kind == kind]
    if len(found) != 1 or not found[0].complete:
        state = "is cut off" if len(found) == 1 else f"is there {len(found)} times"
        raise CorruptVideo(f"The box {name_of(kind)} within {name_of(parent.kind)} {state}.")
    return found[0]


def _header(reader: BoxReader, tkhd: Box) -> tuple[int, Matrix]:
    """Identifier and display matrix of a track."""
    long = reader.read(tkhd, 1)[0] == 1
    (number,) = reader.unpack("I", tkhd, 20 if long else 12)
    return number, reader.unpack("9i", tkhd, 52 if long else 40)


def _samples(reader: BoxReader, table: Box) -> tuple[int, int]:
    """How many samples a sample table lists and their duration in ticks."""
    boxes = {box.kind: box for box in reader.children(table)}
    sizes = boxes.get(b"stsz") or boxes.get(b"stz2")
    count = reader.unpack("I", sizes, 8)[0] if sizes is not None else 0
    shown = _runs(reader, boxes[b"ctts"])[0] if b"ctts" in boxes else 0
    timed, ticks = _runs(reader, boxes[b"stts"]) if b"stts" in boxes else (0, 0)
    if max(count, shown, timed) > MAX_SAMPLES:
        raise CorruptVideo(f"A track claims {max(count, shown, timed)} samples; {MAX_SAMPLES} are the most we believe.")
    return count, ticks


def _runs(reader: BoxReader, box: Box) -> tuple[int, int]:
    """Samples and ticks of a table of (how many, ticks each)."""
    (entries,) = reader.unpack("I", box, 4)
    samples = ticks = 0
    for many, each in reader.rows(box, "II", entries, 8):
        samples += many
        ticks += many * each
    return samples, ticks


def _format(reader: BoxReader, stsd: Box) -> tuple[str, int, int]:
    """Codec, and the largest width and height, of the sample entries of a video track."""
    codecs, width, height = set(), 0, 0
    for entry in reader.children(stsd, skip=8):
        codec = CODECS.get(entry.kind)
        if codec is None:
            raise _unsupported(name_of(entry.kind))
        wide, high = reader.unpack("HH", entry, 24)
        width, height = max(width, wide), max(height, high)
        for box in reader.children(entry, skip=_ENTRY_FIELDS):
            if codec == "mpeg4" and box.kind == b"esds":
                _require_mpeg4(reader, box)
            elif box.kind in _FOREIGN:
                raise _unsupported(f"{name_of(entry.kind)} with {name_of(box.kind)}")
        codecs.add(codec)
    if len(codecs) != 1:
        raise CorruptVideo(f"The video track has {len(codecs)} codecs; it must have one.")
    if not width or not height:
        raise CorruptVideo(f"The frames of the video are {width} x {height} pixels.")
    return codecs.pop(), width, height


def _require_mpeg4(reader: BoxReader, esds: Box) -> None:
    """`mp4v` is an envelope: its descriptor may also name JPEG, PNG, MPEG-2 and others."""
    data = reader.read(esds, min(esds.length, 64))[4:]
    data = _descriptor(data, 0x03)
    flags = data[2] if len(data) > 2 else 0
    if flags:  # dependencies, an address, a clock: streams, never files
        raise _unsupported("'mp4v' with stream references")
    data = _descriptor(data[3:], 0x04)
    if data[:1] != bytes((_MPEG4_VISUAL,)):
        raise _unsupported(f"'mp4v' of object type {data[0]:#04x}" if data else "'mp4v' of no object type")


def _descriptor(data: bytes, tag: int) -> bytes:
    """Content of the descriptor that `data` begins with; its length is in up to four bytes of seven bits."""
    if data[:1] != bytes((tag,)):
        raise CorruptVideo("The description of the MPEG-4 stream (esds) is damaged.")
    size = 1
    while size < 4 and data[size : size + 1] >= b"\x80":
        size += 1
    return data[size + 1 :]


def _unsupported(name: str) -> UnsupportedCodec:
    return UnsupportedCodec(f"The video is coded as {name}; H.264, H.265, AV1, VP9 and MPEG-4 are accepted.")
