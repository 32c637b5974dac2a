"""What a stream says of itself in its own headers: size, memory and colour, whatever the file around it claims.

The decoder goes by these and not by the index, so they are held against the limits before it sees them.
Sources: ITU-T H.264 section 7.3.2.1 and annex E, H.265 section 7.3.2.2 and annex E, the AV1 bitstream specification
section 5.5, VP9's section 6.2, ISO/IEC 14496-2 section 6.2.3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.video.bits import Bits, OutOfBits, unescaped

UNSPECIFIED = 2
_SAMPLES_PER_PIXEL = (1.0, 1.5, 2.0, 3.0)
"""Samples per pixel of 4:0:0, 4:2:0, 4:2:2 and 4:4:4."""
_HIGH_PROFILES = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))
_SHAPES: tuple[tuple[int, int], ...] = (
    *((1, 1), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33), (18, 11)),
    *((15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1)),
)
"""Pixel aspects by their number in H.264 and H.265, table E-1."""
_EXPLICIT_SHAPE = 255
_RESERVED_SPACE = 6
"""A colour space of VP9 that there is not."""
_WIDEST = 4.0
"""Pixel aspects beyond it, in either direction, are damage; the widest that cameras write is 2."""


@dataclass(frozen=True)
class Colour:
    """How the values of a picture are meant: code points of ITU-T H.273, 2 where nothing is said."""

    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED
    matrix: int = UNSPECIFIED
    full_range: bool = False


ORDINARY = Colour()


@dataclass(frozen=True)
class StreamHeader:
    """What the header of a stream says.

    Attributes:
        width, height: of a coded frame, in pixels.
        depth: bits of a sample.
        chroma: 0 for grey, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4.
        pictures: how many the decoder must keep for others.
        colour: None where the header says nothing.
        colour_bit: where primaries, transfer and matrix stand in the header (without escapes), in bits; None likewise.
        pixel_aspect: width of a pixel by its height; None where the header says nothing.
        interlaced: pictures may be woven of two fields, each of another instant.
    """

    width: int
    height: int
    depth: int = 8
    chroma: int = 1
    pictures: int = 8
    colour: Colour | None = None
    colour_bit: int | None = None
    pixel_aspect: float | None = None
    interlaced: bool = False

    @property
    def bytes_held(self) -> int:
        """Bytes of the pictures that the decoder keeps at once, with the one at work and the one that is shown."""
        one = self.width * self.height * _SAMPLES_PER_PIXEL[self.chroma] * (2 if self.depth > 8 else 1)
        return round(one * (self.pictures + 2))


def plausible_aspect(across: int, down: int) -> float:
    """Width of a pixel by its height; 1 where two numbers make no sense."""
    aspect = across / down if down else 0.0
    return aspect if 1 / _WIDEST <= aspect <= _WIDEST else 1.0


def displayed_width(width: int, aspect: float) -> int:
    """Width of a frame once its pixels are square."""
    return max(1, round(width * aspect))


def h264_header(unit: bytes) -> StreamHeader:
    """A sequence parameter set of H.264; raises `OutOfBits` if it is damaged."""
    bits = Bits(unescaped(unit))
    header = h264_picture(bits)
    aspect, colour, place = usability(bits) if bits.flag() else (None, None, None)
    return replace(header, colour=colour, colour_bit=place, pixel_aspect=aspect)


def h264_picture(bits: Bits) -> StreamHeader:
    """What a sequence parameter set of H.264 says up to its usability information, and whether there is any."""
    bits.u(8)
    profile, _ = bits.u(8), bits.u(16)
    bits.ue()
    chroma, depth = 1, 8
    if profile in _HIGH_PROFILES:
        chroma = bits.ue(3)
        if chroma == 3:
            bits.u(1)
        depth = max(8 + bits.ue(6), 8 + bits.ue(6))
        bits.u(1)
        if bits.flag():
            for index in range(8 if chroma != 3 else 12):
                if bits.flag():
                    _scaling_list(bits, 16 if index < 6 else 64)
    bits.ue()
    order = bits.ue(2)
    if order == 0:
        bits.ue()
    elif order == 1:
        bits.u(1), bits.se(), bits.se()
        for _ in range(bits.ue(255)):
            bits.se()
    pictures = bits.ue(16)
    bits.u(1)
    width, rows = 16 * (bits.ue() + 1), bits.ue() + 1
    frames_only = bits.flag()
    if not frames_only:
        bits.u(1)
    bits.u(1)
    if bits.flag():
        for _ in range(4):
            bits.ue()
    height = 16 * rows * (1 if frames_only else 2)
    return StreamHeader(width, height, depth, chroma, pictures, interlaced=not frames_only)


def _scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def hevc_header(unit: bytes) -> StreamHeader:
    """A sequence parameter set of H.265; raises `OutOfBits` if it is damaged."""
    bits = Bits(unescaped(unit))
    bits.u(16), bits.u(4)
    layers = bits.u(3)
    bits.u(1)
    _profile(bits, layers)
    bits.ue()
    chroma = bits.ue(3)
    if chroma == 3:
        bits.u(1)
    width, height = bits.ue(), bits.ue()
    if bits.flag():
        for _ in range(4):
            bits.ue()
    depth = max(8 + bits.ue(8), 8 + bits.ue(8))
    count_bits = bits.ue(12) + 4
    pictures = 1
    for _ in range(layers + 1 if bits.flag() else 1):
        pictures = max(pictures, bits.ue(15) + 1)
        bits.ue(), bits.ue()
    for _ in range(6):
        bits.ue()
    if bits.flag() and bits.flag():
        _scaling_lists(bits)
    bits.u(2)
    if bits.flag():
        bits.u(8), bits.ue(), bits.ue(), bits.u(1)
    _short_term_sets(bits)
    if bits.flag():
        for _ in range(bits.ue(32)):
            bits.u(count_bits + 1)
    bits.u(2)
    aspect, colour, place = usability(bits) if bits.flag() else (None, None, None)
    return StreamHeader(width, height, depth, chroma, pictures, colour, place, aspect)


def _profile(bits: Bits, layers: int) -> None:
    """Profile, tier and level of the stream and of its temporal layers."""
    bits.u(96)
    given = [(bits.flag(), bits.flag()) for _ in range(layers)]
    if layers:
        bits.u(2 * (8 - layers))
    for profile, level in given:
        bits.u(88 * profile + 8 * level)


def _scaling_lists(bits: Bits) -> None:
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.flag():
                bits.ue()
                continue
            if size > 1:
                bits.se()
            for _ in range(min(64, 1 << (4 + 2 * size))):
                bits.se()


def _short_term_sets(bits: Bits) -> None:
    """Sets of reference pictures: each a list of distances, perhaps told as a change of the one before."""
    before: list[int] = []
    for index in range(bits.ue(64)):
        if index and bits.flag():
            sign = bits.u(1)
            step = (1 - 2 * sign) * (bits.ue(1 << 15) + 1)
            kept = [distance for distance in [*before, 0] if bits.flag() or bits.flag()]
            before = [distance + step for distance in kept if distance + step]
            if len(before) > 16:
                raise OutOfBits
            before = [d for d in sorted(before, reverse=True) if d < 0] + [d for d in sorted(before) if d > 0]
        else:
            negative, positive = bits.ue(16), bits.ue(16)
            before = []
            for count, sign in ((negative, -1), (positive, 1)):
                place = 0
                for _ in range(count):
                    place += sign * (bits.ue(1 << 15) + 1)
                    before.append(place)
                    bits.u(1)


def usability(bits: Bits) -> tuple[float | None, Colour | None, int | None]:
    """Pixel aspect, colour and the place of the latter in usability information (VUI), H.264 and H.265 alike."""
    aspect = None
    if bits.flag():
        shape = bits.u(8)
        if shape == _EXPLICIT_SHAPE:
            aspect = plausible_aspect(bits.u(16), bits.u(16))
        elif 0 < shape < len(_SHAPES):
            aspect = plausible_aspect(*_SHAPES[shape])
    if bits.flag():
        bits.u(1)
    if not bits.flag():
        return aspect, None, None
    bits.u(3)
    full = bits.flag()
    if not bits.flag():
        return aspect, Colour(full_range=full), None
    place = bits.position
    return aspect, Colour(bits.u(8), bits.u(8), bits.u(8), full), place


def av1_header(unit: bytes) -> StreamHeader:
    """The content of a sequence header OBU of AV1; raises `OutOfBits` if it is damaged."""
    bits = Bits(unit)
    profile, _, reduced = bits.u(3), bits.u(1), bits.flag()
    if reduced:
        bits.u(5)
    else:
        _operating_points(bits)
    wide, high = bits.u(4) + 1, bits.u(4) + 1
    width, height = bits.u(wide) + 1, bits.u(high) + 1
    if not reduced and bits.flag():
        bits.u(7)
    bits.u(3)
    if not reduced:
        bits.u(4)
        ordered = bits.flag()
        if ordered:
            bits.u(2)
        screen = 2 if bits.flag() else bits.u(1)
        if screen and not bits.flag():
            bits.u(1)
        if ordered:
            bits.u(3)
    bits.u(3)
    high_depth = bits.flag()
    depth = 8 if not high_depth else 12 if profile == 2 and bits.flag() else 10
    grey = profile != 1 and bits.flag()
    colour = place = None
    if bits.flag():
        place = bits.position
        primaries, transfer, matrix = bits.u(8), bits.u(8), bits.u(8)
        full = bits.flag() if grey or (primaries, transfer, matrix) != (1, 13, 0) else True
        colour = Colour(primaries, transfer, matrix, full)
    chroma = 0 if grey else (1, 3, 2)[min(profile, 2)]
    return StreamHeader(width, height, depth, chroma, 8, colour, place)


def _operating_points(bits: Bits) -> None:
    """Clock, decoder model and operating points, none of which matters here."""
    delay_bits = 0
    if bits.flag():
        bits.u(64)
        if bits.flag():
            bits.ue()
        if bits.flag():
            delay_bits = bits.u(5) + 1
            bits.u(42)
    displayed = bits.flag()
    for _ in range(bits.u(5) + 1):
        bits.u(12)
        if bits.u(5) > 7:
            bits.u(1)
        if delay_bits and bits.flag():
            bits.u(2 * delay_bits + 1)
        if displayed and bits.flag():
            bits.u(4)


def vp9_header(sample: bytes) -> StreamHeader | None:
    """The header of a key frame of VP9, None for other frames; raises `OutOfBits` if it is damaged."""
    bits = Bits(sample[:32])
    bits.u(2)
    profile = bits.u(1) + 2 * bits.u(1)
    if profile == 3:
        bits.u(1)
    if bits.flag() or bits.flag():  # shows an earlier frame again, or is not a key frame
        return None
    bits.u(26)
    depth = (12 if bits.flag() else 10) if profile >= 2 else 8
    chroma = 3 if profile & 1 else 1
    space = bits.u(3)
    if space == _RESERVED_SPACE:
        raise OutOfBits
    if space != 7:
        bits.u(1)
        if profile & 1:
            bits.u(3)
    elif profile & 1:
        bits.u(1)
    return StreamHeader(bits.u(16) + 1, bits.u(16) + 1, depth, chroma)


def mpeg4_colour_bit(visual_object: bytes) -> int | None:
    """Where a visual object of MPEG-4, behind its start code, says its colour, in bits; None if it does not.

    Source: ISO/IEC 14496-2 section 6.2.2.
    """
    bits = Bits(visual_object[:16])
    try:
        if bits.flag():
            bits.u(7)
        if bits.u(4) not in (1, 2) or not bits.flag():
            return None
        bits.u(4)
        if not bits.flag():
            return None
        place = bits.position
        bits.u(24)
    except OutOfBits:
        return None
    return place


def mpeg4_header(layer: bytes) -> StreamHeader | None:
    """A video object layer of MPEG-4 behind its start code, None if it is no rectangle; raises `OutOfBits`."""
    bits = Bits(layer[:64])
    bits.u(9)
    if bits.flag():
        bits.u(7)
    if bits.u(4) == 15:
        bits.u(16)
    if bits.flag():
        bits.u(3)
        if bits.flag():
            bits.u(79)
    shape = bits.u(2)
    bits.u(1)
    clock = bits.u(16)
    bits.u(1)
    if bits.flag():
        bits.u(max(1, (clock - 1).bit_length()))
    if shape:
        return None
    bits.u(1)
    width, _, height, _ = bits.u(13), bits.u(1), bits.u(13), bits.u(1)
    return StreamHeader(width, height, pictures=3, interlaced=bits.flag())
