"""Which coded pictures others are decoded from, told from their first bytes, so that the rest need not be decoded.

Sources: ITU-T H.264 section 7.4.1 (nal_ref_idc), H.265 section 7.4.2.2 (sub-layer non-reference pictures), ISO/IEC
14496-2 section 6.2.5 (VOP types), the VP9 bitstream specification section 6.2 and AV1's section 5.9.2 (frame headers).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

MAX_UNITS = 1024
"""NAL units or OBUs of one sample that are looked at; encoders write fewer than a hundred."""


class Role(NamedTuple):
    """What a sample is for others.

    Attributes:
        start: decoding may begin here: nothing shown after it is decoded from anything before it.
        layer: 0 if pictures of any kind may be decoded from it; else it is decoded for itself, and for those of higher
            layers at most.
    """

    start: bool
    layer: int


REFERENCE = Role(False, 0)


def role_of(codec: str, length_bytes: int, sample: bytes) -> Role:
    """The role of a sample; what cannot be read is a reference, which is always right.

    Args:
        codec: as in `model.video.track.CODECS`.
        length_bytes: of the field before each NAL unit, H.264 and H.265 only.
        sample: its bytes, or the first of them.
    """
    if codec == "h264":
        return _h264(sample, length_bytes)
    if codec == "hevc":
        return _hevc(sample, length_bytes)
    if codec == "mpeg4":
        return _mpeg4(sample)
    if codec == "vp9":
        return Role(sample[:1] >= b"\x80" and sample[0] & 0b11001100 == 0b10000000, 0)
    return REFERENCE


def units(sample: bytes, length_bytes: int) -> Iterator[tuple[int, int]]:
    """First byte and length of every NAL unit in a sample; the walk ends where a length leaves it."""
    position = 0
    for _ in range(MAX_UNITS):
        begin = position + length_bytes
        if begin >= len(sample):
            return
        length = int.from_bytes(sample[position:begin], "big")
        yield begin, length
        position = begin + length


def _h264(sample: bytes, length_bytes: int) -> Role:
    start, reference, pictures = True, False, 0
    for begin, length in units(sample, length_bytes):
        kind = sample[begin] & 31
        if length and 1 <= kind <= 5:
            pictures += 1
            start &= kind == 5
            reference |= sample[begin] & 0x60 != 0
    if not pictures:
        return REFERENCE
    return Role(start, 0 if reference else 1)


def _hevc(sample: bytes, length_bytes: int) -> Role:
    start, layer, pictures = True, 7, 0
    for begin, length in units(sample, length_bytes):
        kind = sample[begin] >> 1 & 63
        if length >= 2 and kind < 32 and begin + 1 < len(sample):
            pictures += 1
            start &= kind in (19, 20)
            disposable = kind < 16 and kind % 2 == 0
            layer = min(layer, sample[begin + 1] & 7 if disposable else 0)
    if not pictures:
        return REFERENCE
    return Role(start, layer)


def _mpeg4(sample: bytes) -> Role:
    place = sample.find(b"\0\0\1\xb6")
    if place < 0 or place + 4 >= len(sample) or sample.find(b"\0\0\1\xb6", place + 4) >= 0:  # none, or packed ones
        return REFERENCE
    kind = sample[place + 4] >> 6
    return Role(kind == 0, 1 if kind == 2 else 0)
