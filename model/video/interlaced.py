"""Interlaced pictures of H.264, which the decoder is told to take for whole ones.

FFmpeg marks them, and its conversion of colours then refuses them, which OpenCV does not notice: it hands out whatever
lay in its memory. A picture is not marked if a message beside it says that it is shown as a frame (pic_struct 0). So
such a message goes before every picture, those of the file are left out, and the parameter set announces it.

Sources: ITU-T H.264 sections 7.3.2.3 (messages), D.1.3 (picture timing), E.1.1 and E.1.2 (usability information).
"""

from __future__ import annotations

from model.video.bits import Bits, escaped, unescaped
from model.video.headers import h264_picture, usability

SHOWN_AS_FRAME = bytes.fromhex("0601010480")
"""A unit with one message, picture timing: pic_struct 0, no clock."""

MESSAGES = 6
_PICTURE_TIMING = 1
_SCHEDULES_AT_MOST = 32


def announced(unit: bytes) -> bytes:
    """A sequence parameter set that announces picture timing, otherwise as it was but for clocks and buffers.

    Raises:
        OutOfBits: it is damaged.
    """
    data = unescaped(unit)
    bits = Bits(data)
    h264_picture(bits)
    before = bits.taken(0, bits.position)
    if not bits.flag():
        return _unit(before + "1" + "00000" + "000" + "1" + "0")
    begin = bits.position
    usability(bits)
    shown = bits.taken(begin, bits.position)
    begin = bits.position
    if bits.flag():
        bits.ue(), bits.ue()
    place = bits.taken(begin, bits.position)
    if bits.flag():
        bits.u(65)
    scheduled = False
    for _ in range(2):
        if bits.flag():
            _pass_schedule(bits)
            scheduled = True
    if scheduled:
        bits.u(1)
    bits.u(1)
    begin = bits.position
    if bits.flag():
        bits.u(1)
        for _ in range(6):
            bits.ue()
    return _unit(before + "1" + shown + place + "000" + "1" + bits.taken(begin, bits.position))


def without_timing(unit: bytes) -> bytes:
    """A unit of messages without those of picture timing; nothing, if there is no other. Damage ends the walk."""
    data = unescaped(unit)
    kept, position = [data[:1]], 1
    while position < len(data) - 1:
        begin = position
        kind, position = _number(data, position)
        size, position = _number(data, position)
        if kind != _PICTURE_TIMING:
            kept.append(data[begin : position + size])
        position += size
    return escaped(b"".join([*kept, b"\x80"])) if len(kept) > 1 else b""


def _pass_schedule(bits: Bits) -> None:
    """Parameters of a hypothetical reference decoder."""
    count = bits.ue(_SCHEDULES_AT_MOST - 1) + 1
    bits.u(8)
    for _ in range(count):
        bits.ue(), bits.ue(), bits.u(1)
    bits.u(20)


def _number(data: bytes, position: int) -> tuple[int, int]:
    """A number as messages have it, in bytes of which all but the last are 255, and the place behind it."""
    value = 0
    while position < len(data) and data[position] == 255:
        value += 255
        position += 1
    if position >= len(data):
        return value, position
    return value + data[position], position + 1


def _unit(text: str) -> bytes:
    """A unit of these bits, ended as the specification says."""
    text += "1"
    text += "0" * (-len(text) % 8)
    return escaped(int(text, 2).to_bytes(len(text) // 8, "big"))
