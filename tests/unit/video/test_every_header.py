"""Headers with every optional field that the specifications have, written here bit by bit and read again."""

from __future__ import annotations

import random
from typing import Any

import pytest

from model.video.bits import Bits, OutOfBits, escaped
from model.video.headers import (
    _SHAPES,
    Colour,
    StreamHeader,
    av1_header,
    h264_header,
    hevc_header,
    mpeg4_colour_bit,
    mpeg4_header,
    plausible_aspect,
    vp9_header,
)

CASES = range(150)
HIGH = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)


class Writer:
    """Bits one after the other; what the reader has no use for is chance."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.bits = ""

    def u(self, width: int, value: int | None = None) -> int:
        value = self.random.getrandbits(width) if value is None else value
        self.bits += f"{value:0{width}b}" if width else ""
        return value

    def flag(self, value: bool | None = None) -> bool:
        return bool(self.u(1, value))

    def ue(self, value: int | None = None, most: int = 9) -> int:
        value = self.random.randint(0, most) if value is None else value
        text = f"{value + 1:b}"
        self.bits += "0" * (len(text) - 1) + text
        return value

    def se(self, value: int) -> int:
        self.ue(2 * value - 1 if value > 0 else -2 * value)
        return value

    def done(self) -> bytes:
        """All bytes, ended as a NAL unit is, and with a byte behind it that belongs to nothing."""
        text = self.bits + "1"
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big") + b"\x80"


def usability(bits: Writer) -> dict[str, Any]:
    """Usability information (annex E of both) up to the colour; what it says."""
    told: dict[str, Any] = {}
    if bits.flag():
        shape = bits.random.choice([0, *range(1, 17), 17, 200, 255])
        bits.u(8, shape)
        if shape == 255:
            told["pixel_aspect"] = plausible_aspect(bits.u(16), bits.u(16))
        elif 1 <= shape <= 16:
            across, down = _SHAPES[shape]
            told["pixel_aspect"] = across / down
    if bits.flag():
        bits.flag()
    if bits.flag():
        bits.u(3)
        full = bits.flag()
        if bits.flag():
            told["colour_bit"] = len(bits.bits)
            told["colour"] = Colour(bits.u(8), bits.u(8), bits.u(8), full)
        else:
            told["colour"] = Colour(full_range=full)
    bits.u(40)
    return told


def scaling_list_h264(bits: Writer, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            change = bits.se(bits.random.choice([0, 1, -1, 5, -8, 40, -40]))
            following = (last + change + 256) % 256
        last = following or last


@pytest.mark.parametrize("seed", CASES)
def test_sequence_parameter_sets_of_h264(seed: int) -> None:
    bits = Writer(seed)
    bits.u(8, 0x67)
    profile = bits.random.choice([66, 77, 88, *HIGH])
    bits.u(8, profile), bits.u(16), bits.ue()
    chroma = luma_bits = chroma_bits = 0
    if profile in HIGH:
        chroma = bits.ue(most=3)
        if chroma == 3:
            bits.flag()
        luma_bits, chroma_bits = bits.ue(most=6), bits.ue(most=6)
        bits.flag()
        if bits.flag():
            for index in range(12 if chroma == 3 else 8):
                if bits.flag():
                    scaling_list_h264(bits, 16 if index < 6 else 64)
    else:
        chroma = 1
    bits.ue()
    order = bits.ue(most=2)
    if order == 0:
        bits.ue()
    elif order == 1:
        bits.flag(), bits.se(-3), bits.se(4)
        for _ in range(bits.ue(bits.random.choice([0, 1, 255]))):
            bits.se(bits.random.randint(-9, 9))
    pictures = bits.ue(most=16)
    bits.flag()
    columns, rows = bits.ue(most=300), bits.ue(most=300)
    frames_only = bits.flag()
    if not frames_only:
        bits.flag()
    bits.flag()
    if bits.flag():
        for _ in range(4):
            bits.ue()
    told = usability(bits) if bits.flag() else {}
    height = 16 * (rows + 1) * (1 if frames_only else 2)
    told["interlaced"] = not frames_only
    expected = StreamHeader(16 * (columns + 1), height, 8 + max(luma_bits, chroma_bits), chroma, pictures, **told)
    assert h264_header(escaped(bits.done())) == expected


def reference_sets(bits: Writer) -> None:
    """Short-term reference picture sets (7.3.7); a set told by another is told as the specification derives it."""
    before: list[int] = []
    for index in range(bits.ue(bits.random.choice([0, 1, 4, 64]))):
        if index and bits.flag():
            sign, size = bits.u(1), bits.ue(most=3)
            step = (1 - 2 * sign) * (size + 1)
            derived = []
            for distance in [*before, 0]:
                full = len(derived) > 12  # a set has at most 16
                used = bits.flag(False if full else None)
                if not used and not bits.flag(False if full else None):
                    continue
                if distance + step:
                    derived.append(distance + step)
            negative = sorted((d for d in derived if d < 0), reverse=True)
            before = [*negative, *sorted(d for d in derived if d > 0)]
        else:
            negative_count, positive_count = bits.ue(most=4), bits.ue(most=4)
            before = []
            for count, sign in ((negative_count, -1), (positive_count, 1)):
                place = 0
                for _ in range(count):
                    place += sign * (bits.ue(most=5) + 1)
                    before.append(place)
                    bits.flag()


@pytest.mark.parametrize("seed", CASES)
def test_sequence_parameter_sets_of_h265(seed: int) -> None:
    bits = Writer(seed)
    bits.u(16), bits.u(4)
    layers = bits.u(3, bits.random.randint(0, 6))
    bits.flag()
    bits.u(88), bits.u(8)
    given = [(bits.flag(), bits.flag()) for _ in range(layers)]
    if layers:
        bits.u(2 * (8 - layers))
    for profile, level in given:
        bits.u(88 * profile), bits.u(8 * level)
    bits.ue()
    chroma = bits.ue(most=3)
    if chroma == 3:
        bits.flag()
    width, height = bits.ue(most=4096), bits.ue(most=4096)
    if bits.flag():
        for _ in range(4):
            bits.ue()
    luma_bits, chroma_bits = bits.ue(most=8), bits.ue(most=8)
    count_bits = bits.ue(most=12) + 4
    pictures = 1
    for _ in range(layers + 1 if bits.flag() else 1):
        pictures = max(pictures, bits.ue(most=15) + 1)
        bits.ue(), bits.ue()
    for _ in range(6):
        bits.ue()
    if bits.flag() and bits.flag():
        for size in range(4):
            for _ in range(2 if size == 3 else 6):
                if not bits.flag():
                    bits.ue()
                    continue
                if size > 1:
                    bits.se(bits.random.randint(-7, 7))
                for _ in range((16, 64, 64, 64)[size]):
                    bits.se(bits.random.randint(-3, 3))
    bits.u(2)
    if bits.flag():
        bits.u(8), bits.ue(), bits.ue(), bits.flag()
    reference_sets(bits)
    if bits.flag():
        for _ in range(bits.ue(bits.random.choice([0, 2, 32]))):
            bits.u(count_bits), bits.flag()
    bits.u(2)
    told = usability(bits) if bits.flag() else {}
    expected = StreamHeader(width, height, 8 + max(luma_bits, chroma_bits), chroma, pictures, **told)
    assert hevc_header(escaped(bits.done())) == expected


@pytest.mark.parametrize("seed", CASES)
def test_sequence_headers_of_av1(seed: int) -> None:
    bits = Writer(seed)
    profile = bits.u(3, bits.random.randint(0, 2))
    bits.flag()
    reduced = bits.flag()
    if reduced:
        bits.u(5)
    else:
        delay_bits = 0
        if bits.flag():
            bits.u(32), bits.u(32)
            if bits.flag():
                bits.ue()
            if bits.flag():
                delay_bits = bits.u(5) + 1
                bits.u(32), bits.u(5), bits.u(5)
        displayed = bits.flag()
        for _ in range(bits.u(5) + 1):
            bits.u(12)
            if bits.u(5) > 7:
                bits.flag()
            if delay_bits and bits.flag():
                bits.u(delay_bits), bits.u(delay_bits), bits.flag()
            if displayed and bits.flag():
                bits.u(4)
    wide, high = bits.random.randint(1, 16), bits.random.randint(1, 16)
    bits.u(4, wide - 1), bits.u(4, high - 1)
    width, height = bits.u(wide) + 1, bits.u(high) + 1
    if not reduced and bits.flag():
        bits.u(4), bits.u(3)
    bits.u(3)
    if not reduced:
        bits.u(4)
        ordered = bits.flag()
        if ordered:
            bits.u(2)
        tools = 2 if bits.flag() else bits.u(1)
        if tools and not bits.flag():
            bits.flag()
        if ordered:
            bits.u(3)
    bits.u(3)
    depth = 8
    if bits.flag():
        depth = 12 if profile == 2 and bits.flag() else 10
    grey = profile != 1 and bits.flag()
    told: dict[str, Any] = {}
    if bits.flag():
        told["colour_bit"] = len(bits.bits)
        point = bits.random.choice([(1, 13, 0), (9, 16, 9), (1, 13, 1), (2, 13, 0), (1, 2, 0)])
        for value in point:
            bits.u(8, value)
        full = bits.flag() if grey or point != (1, 13, 0) else True
        told["colour"] = Colour(*point, full)
    bits.u(40)
    chroma = 0 if grey else {0: 1, 1: 3, 2: 2}[profile]
    assert av1_header(bits.done()) == StreamHeader(width, height, depth, chroma, 8, **told)


@pytest.mark.parametrize("seed", CASES)
def test_frame_headers_of_vp9(seed: int) -> None:
    bits = Writer(seed)
    profile = bits.random.randint(0, 3)
    bits.u(2, 2), bits.u(1, profile & 1), bits.u(1, profile >> 1)
    if profile == 3:
        bits.flag()
    again, other = bits.random.choice([(False, False), (False, False), (True, False), (False, True)])
    bits.flag(again)
    if not again:
        bits.flag(other)
    bits.u(2), bits.u(24, 0x498342)
    depth = 8
    if profile >= 2:
        depth = 12 if bits.flag() else 10
    space = bits.u(3)
    if space == 6 and not (again or other):  # there is none of this number
        bits.u(80)
        with pytest.raises(OutOfBits):
            vp9_header(bits.done())
        return
    if space != 7:
        bits.flag()
        if profile in (1, 3):
            bits.u(2), bits.flag()
    elif profile in (1, 3):
        bits.flag()
    width, height = bits.u(16) + 1, bits.u(16) + 1
    bits.u(80)
    expected = None if again or other else StreamHeader(width, height, depth, 3 if profile & 1 else 1)
    assert vp9_header(bits.done()) == expected


@pytest.mark.parametrize("seed", CASES)
def test_video_object_layers_of_mpeg4(seed: int) -> None:
    bits = Writer(seed)
    bits.flag(), bits.u(8)
    if bits.flag():
        bits.u(4), bits.u(3)
    if bits.u(4, bits.random.choice([1, 15])) == 15:
        bits.u(8), bits.u(8)
    if bits.flag():
        bits.u(2), bits.flag()
        if bits.flag():
            bits.u(79)
    shape = bits.u(2, bits.random.choice([0, 0, 0, 1, 2]))
    bits.flag()
    clock = bits.random.choice([1, 2, 25, 30, 256, 257, 30000, 65535])
    bits.u(16, clock), bits.flag()
    if bits.flag():
        bits.u(max(1, (clock - 1).bit_length()))
    bits.flag()
    width = bits.u(13)
    bits.flag()
    height = bits.u(13)
    bits.flag()
    woven = bits.flag()
    bits.u(400)
    assert mpeg4_header(bits.done()) == (None if shape else StreamHeader(width, height, pictures=3, interlaced=woven))


@pytest.mark.parametrize(
    ("field", "most"), [("chroma", 3), ("luma", 6), ("pictures", 16), ("order", 2), ("cycle", 255)]
)
def test_values_that_h264_does_not_have_are_damage(field: str, most: int) -> None:
    def unit(value: int) -> bytes:
        bits = Writer(1)
        bits.u(8, 0x67), bits.u(8, 100), bits.u(16), bits.ue(0)
        chroma = bits.ue(value if field == "chroma" else 1)
        if chroma == 3:
            bits.flag()
        bits.ue(value if field == "luma" else 0), bits.ue(0), bits.flag(False), bits.flag(False), bits.ue(0)
        order = bits.ue(value if field == "order" else 1 if field == "cycle" else 0)
        if order == 0:
            bits.ue(0)
        elif order == 1:
            bits.flag(), bits.se(1), bits.se(1)
            for _ in range(bits.ue(value if field == "cycle" else 0)):
                bits.se(1)
        bits.ue(value if field == "pictures" else 4), bits.flag(), bits.ue(9), bits.ue(9)
        bits.flag(True), bits.flag(), bits.flag(False), bits.flag(False)
        return escaped(bits.done())

    assert h264_header(unit(most)).width == 160
    with pytest.raises(OutOfBits):
        h264_header(unit(most + 1))


@pytest.mark.parametrize(("zeros", "sound"), [(31, True), (32, True), (33, False)])
def test_a_number_has_at_most_32_zeros_before_it(zeros: int, sound: bool) -> None:
    bits = Bits(int("0" * zeros + "1" + "0" * (127 - zeros), 2).to_bytes(16, "big"))
    if sound:
        assert bits.ue(1 << 40) == (1 << zeros) - 1
        assert bits.position == 2 * zeros + 1
    else:
        with pytest.raises(OutOfBits):
            bits.ue(1 << 40)


@pytest.mark.parametrize("seed", CASES)
def test_visual_objects_of_mpeg4(seed: int) -> None:
    bits = Writer(seed)
    if bits.flag():
        bits.u(4), bits.u(3)
    kind = bits.u(4, bits.random.choice([1, 2, 3, 0]))
    told = None
    if kind in (1, 2) and bits.flag():
        bits.u(3), bits.flag()
        if bits.flag():
            told = len(bits.bits)
            bits.u(24)
    elif kind not in (1, 2):
        bits.u(40)
    assert mpeg4_colour_bit(bits.done()) == told
