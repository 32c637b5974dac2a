"""Which pictures others are decoded from, told from a few bytes."""

from __future__ import annotations

import pytest

from model.video import references
from model.video.references import REFERENCE, Role, role_of, units


def nal(*content: int, length_bytes: int = 4) -> bytes:
    return len(content).to_bytes(length_bytes, "big") + bytes(content)


START, PLAIN, DISPOSABLE = Role(True, 0), Role(False, 0), Role(False, 1)


@pytest.mark.parametrize(
    ("sample", "role"),
    [
        (nal(0x65, 1), START),
        (nal(0x41, 1), PLAIN),
        (nal(0x01, 1), DISPOSABLE),
        (nal(0x21), PLAIN),
        (nal(0x67, 1) + nal(0x68, 1) + nal(0x65, 1) + nal(0x65, 2), START),
        (nal(0x06, 1) + nal(0x01, 1) + nal(0x01, 1), DISPOSABLE),
        (nal(0x01, 1) + nal(0x41, 1), PLAIN),
        (nal(0x65, 1) + nal(0x41, 1), PLAIN),
        (nal(0x67, 1), REFERENCE),
        (nal(0x06, 1), REFERENCE),
        (nal() + nal(0x01, 1), DISPOSABLE),
        (b"", REFERENCE),
        (b"\0\0\0", REFERENCE),
    ],
)
def test_pictures_of_h264(sample: bytes, role: Role) -> None:
    assert role_of("h264", 4, sample) == role


@pytest.mark.parametrize("length_bytes", [1, 2, 4])
def test_lengths_have_the_bytes_that_the_configuration_says(length_bytes: int) -> None:
    sample = nal(0x09, 0xF0, length_bytes=length_bytes) + nal(0x01, 1, length_bytes=length_bytes)
    assert role_of("h264", length_bytes, sample) == DISPOSABLE
    assert list(units(sample, length_bytes)) == [(length_bytes, 2), (2 * length_bytes + 2, 2)]


def h265(kind: int, layer: int = 0) -> bytes:
    return nal(kind << 1, layer + 1, 0)


@pytest.mark.parametrize(
    ("sample", "role"),
    [
        (h265(19), START),
        (h265(20), START),
        (h265(21), PLAIN),  # a picture whose leading pictures may lean on those before
        (h265(16), PLAIN),
        (h265(1), PLAIN),
        (h265(1, 3), PLAIN),
        (h265(0), Role(False, 1)),
        (h265(0, 2), Role(False, 3)),
        (h265(8, 1), Role(False, 2)),
        (h265(14, 1), Role(False, 2)),
        (h265(0, 2) + h265(0, 1), Role(False, 2)),
        (h265(0, 2) + h265(1, 1), PLAIN),
        (h265(19) + h265(1), PLAIN),
        (h265(33) + h265(39) + h265(19), START),
        (h265(32), REFERENCE),
        (h265(31), PLAIN),
        (nal(0), REFERENCE),
        (nal(38), REFERENCE),
        (nal(38, 1), START),
        (nal(38, 1)[:-1], REFERENCE),
        (b"", REFERENCE),
    ],
)
def test_pictures_of_h265(sample: bytes, role: Role) -> None:
    assert role_of("hevc", 4, sample) == role


@pytest.mark.parametrize(
    ("sample", "role"),
    [
        (b"\0\0\1\xb6\x10", START),
        (b"\0\0\1\xb6\x50", PLAIN),
        (b"\0\0\1\xb6\x90", DISPOSABLE),
        (b"\0\0\1\xb6\xd0", PLAIN),
        (b"\0\0\1\xb2x\0\0\1\xb6\x90", DISPOSABLE),
        (b"\0\0\1\xb6\x10\0\0\1\xb6\x90", REFERENCE),
        (b"\0\0\1\xb6", REFERENCE),
        (b"", REFERENCE),
    ],
)
def test_pictures_of_mpeg4(sample: bytes, role: Role) -> None:
    assert role_of("mpeg4", 0, sample) == role


@pytest.mark.parametrize(
    ("first", "start"), [(0x80, True), (0x82, True), (0xB2, True), (0x84, False), (0x88, False), (0x40, False)]
)
def test_key_frames_of_vp9_are_starts(first: int, start: bool) -> None:
    assert role_of("vp9", 0, bytes((first, 0))) == Role(start, 0)
    assert role_of("vp9", 0, b"") == PLAIN


def test_pictures_of_av1_are_references() -> None:
    assert role_of("av1", 0, b"\x12\0\x0a\x01") == REFERENCE


def test_the_walk_over_units_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "MAX_UNITS", 3)
    assert list(units(nal(1) * 3, 4)) == [(4, 1), (9, 1), (14, 1)]
    assert len(list(units(nal(1) * 9, 4))) == 3
    assert list(units(b"\0\0\0\xff\1", 4)) == [(4, 255)]
