"""Between the file and the decoder: headers of the stream are held against limits, and its colour is called ordinary.

Everything that a decoder allocates follows from the headers in the stream, not from the index of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from model.contract import Limits
from model.errors import CorruptVideo, TooManyPixels, UnsupportedCodec
from model.video.bits import Bits, OutOfBits, escaped, overwritten, unescaped
from model.video.colour import told
from model.video.entry import SampleEntry
from model.video.headers import (
    Colour,
    StreamHeader,
    av1_header,
    h264_header,
    hevc_header,
    mpeg4_colour_bit,
    mpeg4_header,
    vp9_header,
)
from model.video.interlaced import MESSAGES, SHOWN_AS_FRAME, announced, without_timing
from model.video.references import units

MAX_BYTES_HELD = 320 * 2**20
"""Bytes of the pictures that a decoder keeps at once. 4096 x 2304 in ten bits with six references has 226 MB."""

_H264_SEQUENCE, _HEVC_SEQUENCE, _AV1_SEQUENCE = 7, 33, 1
_HEVC_MESSAGES = (39, 40)
"""Messages of H.265 are left out: nothing is decoded from them, but they call HLG ordinary, or a picture interlaced."""
_MARK = b"\0\0\1"
_VISUAL_OBJECT = 0xB5


class StreamGuard:
    """Prepares the configuration and the samples of one sample entry for the decoder.

    Attributes:
        colour: of the film, as the stream says it, else as the file does.
        pixel_aspect: likewise.
    """

    def __init__(self, entry: SampleEntry, limits: Limits) -> None:
        self._entry = entry
        self._limits = limits
        self.colour = entry.colour or Colour()
        self.pixel_aspect = entry.pixel_aspect
        self._interlaced = False

    def configuration(self) -> bytes:
        """The configuration of the codec, as the decoder gets it.

        Raises:
            CorruptVideo: it is damaged.
            TooManyPixels: the stream is beyond the limits.
        """
        data = self._entry.configuration
        try:
            if self._entry.codec == "h264":
                return self._h264_configuration(data)
            if self._entry.codec == "hevc":
                return self._hevc_configuration(data)
            if self._entry.codec == "av1":
                return data[:4] + self._av1(data[4:])
            if self._entry.codec == "mpeg4":
                return self._mpeg4(data)
            return data
        except (OutOfBits, IndexError) as error:
            raise CorruptVideo("The header of the video stream is damaged.") from error

    def sample(self, data: bytes) -> bytes:
        """A sample, as the decoder gets it; raises as `configuration` does."""
        try:
            if self._entry.length_bytes:
                return self._units(data)
            if self._entry.codec == "av1":
                return self._av1(data)
            if self._entry.codec == "mpeg4":
                return self._mpeg4(data)
            self._hold(vp9_header(data))
            return data
        except OutOfBits as error:
            raise CorruptVideo("A header within the video stream is damaged.") from error

    def _h264_configuration(self, data: bytes) -> bytes:
        parts, position = [data[:6]], 6
        for _ in range(data[5] & 31):
            unit, position = _counted(data, position)
            parts.append(_with_length(self._sequence(unit, h264_header), 2))
        return b"".join([*parts, data[position:]])

    def _hevc_configuration(self, data: bytes) -> bytes:
        parts, position = [data[:23]], 23
        for _ in range(data[22]):
            head, count = data[position : position + 1], int.from_bytes(data[position + 1 : position + 3], "big")
            kind = head[0] & 63 if head else 0
            kept = 0 if kind in _HEVC_MESSAGES else count
            parts.append(head + kept.to_bytes(2, "big"))
            position += 3
            for _ in range(count):
                unit, position = _counted(data, position)
                if kept:
                    parts.append(_with_length(self._sequence(unit, hevc_header) if kind == _HEVC_SEQUENCE else unit, 2))
        return b"".join(parts)

    def _units(self, data: bytes) -> bytes:
        """A sample of NAL units; itself in the ordinary case that nothing in it changes."""
        size = self._entry.length_bytes
        hevc = self._entry.codec == "hevc"
        changed: list[tuple[int, int, bytes]] = []
        for begin, length in units(data, size):
            if begin >= len(data):
                break
            unit = data[begin : begin + length]
            kind = data[begin] >> 1 & 63 if hevc else data[begin] & 31
            if kind == (_HEVC_SEQUENCE if hevc else _H264_SEQUENCE):
                new = _with_length(self._sequence(unit, hevc_header if hevc else h264_header), size)
            elif hevc and kind in _HEVC_MESSAGES:
                new = b""
            elif not hevc and kind == MESSAGES:
                new = without_timing(unit)
                if new == unit:
                    continue
                new = _with_length(new, size) if new else b""
            else:
                continue
            changed.append((begin - size, begin + length, new))
        if not changed and not self._interlaced:
            return data
        parts, position = [_with_length(SHOWN_AS_FRAME, size) if self._interlaced else b""], 0
        for first, after, new in changed:
            parts += [data[position:first], new]
            position = after
        return b"".join([*parts, data[position:]])

    def _sequence(self, unit: bytes, parse: Callable[[bytes], StreamHeader]) -> bytes:
        header = parse(unit)
        self._hold(header)
        if parse is h264_header and header.interlaced:
            self._interlaced = True
            unit = announced(unit)
        if header.colour is None or header.colour_bit is None:
            return unit
        known = told(header.colour, header.chroma)
        if known == header.colour:
            return unit
        return escaped(overwritten(unescaped(unit), header.colour_bit, 24, _code_points(known)))

    def _av1(self, data: bytes) -> bytes:
        for begin, end, kind in _av1_units(data):
            if kind != _AV1_SEQUENCE:
                continue
            header = av1_header(data[begin:end])
            self._hold(header)
            if header.colour is not None and header.colour_bit is not None:
                known = told(header.colour, header.chroma)
                data = overwritten(data, 8 * begin + header.colour_bit, 24, _code_points(known))
        return data

    def _mpeg4(self, data: bytes) -> bytes:
        place = data.find(_MARK)
        while 0 <= place < len(data) - 4:
            if 0x20 <= data[place + 3] <= 0x2F:
                header = mpeg4_header(data[place + 4 :])
                self._hold(header)
                if header is not None and header.interlaced:
                    raise UnsupportedCodec("The video is interlaced MPEG-4, which cannot be read.")
            elif data[place + 3] == _VISUAL_OBJECT and (bit := mpeg4_colour_bit(data[place + 4 :])) is not None:
                at = 8 * (place + 4) + bit
                primaries, transfer, matrix = (Bits(data).at(at + 8 * index, 8) for index in range(3))
                colour = Colour(primaries, transfer, matrix)
                data = overwritten(data, at, 24, _code_points(told(colour, chroma=1)))
            place = data.find(_MARK, place + 3)
        return data

    def _hold(self, header: StreamHeader | None) -> None:
        """Hold a header against the limits, and keep what it says of the picture."""
        if header is None:
            return
        if header.width * header.height > _rounded_up(self._limits.max_pixels):
            raise TooManyPixels(
                f"A frame of the video has {header.width} x {header.height} pixels; at most "
                f"{self._limits.max_pixels} in all are accepted."
            )
        if header.bytes_held > MAX_BYTES_HELD:
            raise TooManyPixels(
                f"To decode the video, {header.bytes_held >> 20} MB of pictures must be kept at once; at most "
                f"{MAX_BYTES_HELD >> 20} are accepted.",
                hint="Export it with fewer reference frames, eight bits and 4:2:0, or make it smaller.",
            )
        if header.colour is not None:
            self.colour = header.colour
        if header.pixel_aspect is not None and self._entry.pixel_aspect == 1:
            self.pixel_aspect = header.pixel_aspect


def _code_points(colour: Colour) -> int:
    """Primaries, transfer and matrix side by side, as all headers have them."""
    return colour.primaries << 16 | colour.transfer << 8 | colour.matrix


def _rounded_up(pixels: int) -> int:
    """Coded frames are whole blocks: up to 63 pixels more in both directions than what is shown."""
    return pixels + 64 * (4 * 4096)


def _counted(data: bytes, position: int) -> tuple[bytes, int]:
    """A unit behind its length of two bytes, and the place behind it."""
    length = int.from_bytes(data[position : position + 2], "big")
    end = position + 2 + length
    if length == 0 or end > len(data):
        raise OutOfBits
    return data[position + 2 : end], end


def _with_length(unit: bytes, size: int) -> bytes:
    try:
        return len(unit).to_bytes(size, "big") + unit
    except OverflowError:
        raise OutOfBits from None


def _av1_units(data: bytes) -> Iterator[tuple[int, int, int]]:
    """First byte, end and kind of the content of every OBU."""
    position = 0
    while position < len(data):
        head = data[position]
        begin = position + (2 if head & 4 else 1)
        length, shift = 0, 0
        if not head & 2:
            yield begin, len(data), head >> 3 & 15
            return
        while begin < len(data) and shift < 56:
            byte = data[begin]
            begin += 1
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        yield begin, min(begin + length, len(data)), head >> 3 & 15
        position = begin + length
