"""Bits of the headers of coded video, read one after the other and written over where they stand."""

from __future__ import annotations

_LONGEST_CODE = 32
"""Zeros before a number in Exp-Golomb code; a longer run is damage."""


class OutOfBits(Exception):
    """A header ends before its fields do, or a field has a value that it cannot have."""


class Bits:
    """A position within some bytes, from which fields are read, the highest bit first.

    Every read raises `OutOfBits` where the bytes end.
    """

    def __init__(self, data: bytes) -> None:
        self.position = 0
        self._length = 8 * len(data)
        self._value = int.from_bytes(data, "big")

    def u(self, width: int) -> int:
        """An unsigned integer of some bits."""
        end = self.position + width
        if end > self._length:
            raise OutOfBits
        self.position = end
        return self._value >> (self._length - end) & ((1 << width) - 1)

    def at(self, position: int, width: int) -> int:
        """An unsigned integer of some bits at another position."""
        self.position = position
        return self.u(width)

    def taken(self, begin: int, end: int) -> str:
        """The bits from one position to another, which were read before, as a text of 0 and 1."""
        value = self._value >> (self._length - end) & ((1 << (end - begin)) - 1)
        return f"{value:0{end - begin}b}" if end > begin else ""

    def flag(self) -> bool:
        """One bit."""
        return self.u(1) == 1

    def ue(self, most: int = (1 << _LONGEST_CODE) - 2) -> int:
        """An unsigned integer in Exp-Golomb code (ITU-T H.264 section 9.1), at most `most`."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > _LONGEST_CODE:
                raise OutOfBits
        value = (1 << zeros) - 1 + self.u(zeros)
        if value > most:
            raise OutOfBits
        return value

    def se(self) -> int:
        """A signed integer in the same code."""
        value = self.ue()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def overwritten(data: bytes, position: int, width: int, value: int) -> bytes:
    """The bytes with the `width` bits from `position` on replaced by `value`."""
    shift = 8 * len(data) - position - width
    mask = ((1 << width) - 1) << shift
    return ((int.from_bytes(data, "big") & ~mask) | value << shift).to_bytes(len(data), "big")


def unescaped(unit: bytes) -> bytes:
    """A NAL unit without the bytes that keep start codes out of it (ITU-T H.264 section 7.4.1)."""
    return unit if b"\0\0\3" not in unit else b"\0\0".join(_pieces(unit))


def _pieces(unit: bytes) -> list[bytes]:
    pieces, begin = [], 0
    while (place := unit.find(b"\0\0\3", begin)) >= 0:
        pieces.append(unit[begin:place])
        begin = place + 3
    return [*pieces, unit[begin:]]


def escaped(unit: bytes) -> bytes:
    """The opposite of `unescaped`."""
    result = bytearray()
    zeros = 0
    for byte in unit:
        if zeros >= 2 and byte <= 3:
            result.append(3)
            zeros = 0
        result.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(result)
