"""Sample entries: the codec of a track and its configuration, read from a file and written anew for the decoder.

Of an entry only the codec, the size, the configuration and three numbers of colour are taken; every other box is left
behind, so that no box can make the decoder choose another codec.
Sources: ISO/IEC 14496-12 section 12.1 (entries, colr, pasp), 14496-15 (avcC, hvcC), 14496-1 section 7.2.6 (esds).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from model.errors import CorruptVideo, UnsupportedCodec
from model.video.boxes import Box, BoxReader, name_of
from model.video.headers import Colour, plausible_aspect
from model.video.writing import box, full_box

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

MAX_CONFIGURATION = 1 << 16
"""Bytes of a codec's configuration; encoders write some hundred."""

_CONFIGURATION = {"h264": b"avcC", "hevc": b"hvcC", "av1": b"av1C", "vp9": b"vpcC", "mpeg4": b"esds"}
_WRITTEN = {"h264": b"avc1", "hevc": b"hvc1", "av1": b"av01", "vp9": b"vp09", "mpeg4": b"mp4v"}
_LENGTH_FIELD = {"h264": 4, "hevc": 21}
"""Byte of the configuration whose lowest two bits are the length of lengths, less one."""
_FIELDS = 78
"""Bytes of a visual sample entry before its boxes."""
_MPEG4_VISUAL = 0x20


@dataclass(frozen=True)
class SampleEntry:
    """What the samples of a track are coded with.

    Attributes:
        codec: as in `CODECS`.
        width, height: of a coded frame, in pixels.
        configuration: content of the codec's own box; empty where a codec does without.
        length_bytes: of the field before every NAL unit of a sample; 0 for codecs without.
        colour: what the file says beside the stream; None where it says nothing.
        pixel_aspect: width of a pixel by its height.
    """

    codec: str
    width: int
    height: int
    configuration: bytes
    length_bytes: int
    colour: Colour | None
    pixel_aspect: float

    def written(self, configuration: bytes, colour: Colour) -> bytes:
        """The entry as the decoder gets it.

        Args:
            configuration: as `StreamGuard` prepared it.
            colour: what the decoder is told of it.
        """
        fields = struct.pack(">6xH16xHHIIIH32xHh", 1, self.width, self.height, 0x480000, 0x480000, 0, 1, 24, -1)
        parts = [fields]
        if self.codec == "mpeg4":
            parts.append(full_box(b"esds", _described(configuration)))
        elif configuration:
            parts.append(box(_CONFIGURATION[self.codec], configuration))
        if self.colour is not None:
            values = (colour.primaries, colour.transfer, colour.matrix, 0x80 * colour.full_range)
            parts.append(box(b"colr", b"nclx", struct.pack(">HHHB", *values)))
        return box(_WRITTEN[self.codec], *parts)


def read_entries(reader: BoxReader, stsd: Box) -> tuple[SampleEntry, ...]:
    """The sample entries of a video track.

    Raises:
        UnsupportedCodec: one is coded in a way that is not accepted.
        CorruptVideo: there is none, they have several codecs, or one is damaged.
    """
    entries = tuple(_entry(reader, child) for child in reader.children(stsd, skip=8))
    if len({entry.codec for entry in entries}) != 1:
        raise CorruptVideo(f"The video track has {len({entry.codec for entry in entries})} codecs; it must have one.")
    if not all(entry.width and entry.height for entry in entries):
        raise CorruptVideo(f"The frames of the video are {entries[0].width} x {entries[0].height} pixels.")
    return entries


def unsupported(name: str) -> UnsupportedCodec:
    """The error for a codec that is not accepted."""
    return UnsupportedCodec(f"The video is coded as {name}; H.264, H.265, AV1, VP9 and MPEG-4 are accepted.")


def _entry(reader: BoxReader, entry: Box) -> SampleEntry:
    codec = CODECS.get(entry.kind)
    if codec is None:
        raise unsupported(name_of(entry.kind))
    width, height = reader.unpack("HH", entry, 24)
    configuration, colour, aspect = b"", None, 1.0
    for child in reader.children(entry, skip=_FIELDS):
        if child.kind == _CONFIGURATION[codec] and not configuration:
            if child.length > MAX_CONFIGURATION:
                raise CorruptVideo(f"The configuration of the codec has {child.length} bytes.")
            configuration = reader.read(child, child.length)
        elif child.kind == b"colr" and colour is None:
            colour = _colour(reader, child)
        elif child.kind == b"pasp" and child.length >= 8:
            aspect = plausible_aspect(*reader.unpack("II", child))
    if not configuration and codec != "vp9":
        raise CorruptVideo(f"The codec {name_of(entry.kind)} has no configuration.")
    if codec == "mpeg4":
        configuration = _mpeg4_configuration(configuration)
    field = _LENGTH_FIELD.get(codec)
    if field is not None and (len(configuration) <= field or configuration[0] != 1):
        raise CorruptVideo(f"The configuration of {name_of(entry.kind)} is damaged.")
    length_bytes = 0 if field is None else (configuration[field] & 3) + 1
    return SampleEntry(codec, width, height, configuration, length_bytes, colour, aspect)


def _colour(reader: BoxReader, colr: Box) -> Colour | None:
    form = reader.read(colr, 4) if colr.length >= 10 else b""
    if form not in (b"nclx", b"nclc"):
        return None
    primaries, transfer, matrix = reader.unpack("HHH", colr, 4)
    full = form == b"nclx" and colr.length >= 11 and bool(reader.read(colr, 1, 10)[0] & 0x80)
    return Colour(primaries, transfer, matrix, full)


def _mpeg4_configuration(esds: bytes) -> bytes:
    """The decoder's configuration in an `esds`: an envelope that may also name JPEG, PNG, MPEG-2 and others."""
    data = _descriptor(esds[4:], 0x03)
    if len(data) > 2 and data[2]:  # dependencies, an address, a clock: streams, never files
        raise unsupported("'mp4v' with stream references")
    data = _descriptor(data[3:], 0x04)
    if data[:1] != bytes((_MPEG4_VISUAL,)):
        raise unsupported(f"'mp4v' of object type {data[0]:#04x}" if data else "'mp4v' of no object type")
    return _descriptor(data[13:], 0x05)


def _descriptor(data: bytes, tag: int) -> bytes:
    """Content of the descriptor that `data` begins with; its length is in up to four bytes of seven bits."""
    if data[:1] != bytes((tag,)):
        raise CorruptVideo("The description of the MPEG-4 stream (esds) is damaged.")
    length, size = 0, 1
    for size in range(1, min(5, len(data))):
        length = length << 7 | data[size] & 0x7F
        if data[size] < 0x80:
            break
    return data[size + 1 : size + 1 + length]


def _described(configuration: bytes) -> bytes:
    """The descriptors of an MPEG-4 visual stream around its configuration."""

    def descriptor(tag: int, content: bytes) -> bytes:
        size = len(content)
        return bytes((tag, *(0x80 | size >> shift & 0x7F for shift in (21, 14, 7)), size & 0x7F)) + content

    decoder = bytes((_MPEG4_VISUAL, 0x11)) + bytes(11) + descriptor(0x05, configuration)
    return descriptor(0x03, b"\0\1\0" + descriptor(0x04, decoder) + descriptor(0x06, b"\2"))
