"""Boxes and tables, byte for byte."""

from __future__ import annotations

import io
import struct

import pytest

from model.errors import CorruptVideo
from model.video import boxes
from model.video.boxes import Box, BoxReader, name_of


def reader(content: bytes) -> BoxReader:
    return BoxReader(io.BytesIO(content), len(content))


def found(content: bytes, skip: int = 0) -> list[Box]:
    opened = reader(content)
    return list(opened.children(opened.root, skip=skip))


def short(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def test_boxes_follow_one_another_with_short_and_long_sizes() -> None:
    long = struct.pack(">I4sQ", 1, b"long", 16 + 3) + b"abc"
    rest = struct.pack(">I4s", 0, b"rest") + b"to the end"
    assert found(short(b"one ", b"12") + long + short(b"none") + rest) == [
        Box(b"one ", 8, 10, True),
        Box(b"long", 26, 29, True),
        Box(b"none", 37, 37, True),
        Box(b"rest", 45, 55, True),
    ]


def test_fields_before_the_first_box_are_skipped() -> None:
    assert found(b"1234" + short(b"one "), skip=4) == [Box(b"one ", 12, 12, True)]


def test_a_box_that_claims_more_than_there_is_ends_with_its_parent_and_is_incomplete() -> None:
    assert found(struct.pack(">I4s", 100, b"cut ") + b"12345") == [Box(b"cut ", 8, 13, False)]
    huge = struct.pack(">I4sQ", 1, b"huge", 1 << 40) + b"12345"
    assert found(huge) == [Box(b"huge", 16, 21, False)]


@pytest.mark.parametrize("rest", range(8))
def test_rests_too_short_for_a_header_end_the_walk(rest: int) -> None:
    assert [box.kind for box in found(short(b"one ") + bytes(rest))] == [b"one "]


def test_a_long_size_that_is_cut_off_ends_the_walk() -> None:
    assert found(struct.pack(">I4s", 1, b"long") + bytes(7)) == []
    assert len(found(struct.pack(">I4sQ", 1, b"long", 16))) == 1


@pytest.mark.parametrize(
    "content", [struct.pack(">I4s", 7, b"tiny") + bytes(8), struct.pack(">I4sQ", 1, b"tiny", 15) + bytes(8)]
)
def test_a_box_smaller_than_its_header_is_corrupt(content: bytes) -> None:
    with pytest.raises(CorruptVideo, match=r"The box 'tiny' at byte 0 says that it has (7|15) bytes"):
        found(content)


def test_boxes_of_a_file_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "MAX_BOXES", 3)
    assert len(found(3 * short(b"one "))) == 3
    with pytest.raises(CorruptVideo, match="more than 3 boxes"):
        found(4 * short(b"one "))


def test_fields_are_read_within_their_box_only() -> None:
    opened = reader(short(b"one ", struct.pack(">HI", 7, 70000)) + b"more")
    (box,) = opened.children(opened.root)
    assert box.length == 6
    assert opened.unpack("HI", box) == (7, 70000)
    assert opened.unpack("I", box, 2) == (70000,)
    assert opened.read(box, 2) == b"\0\7"
    for count, offset in ((7, 0), (1, 6), (1, -1)):
        with pytest.raises(CorruptVideo):
            opened.read(box, count, offset)
    with pytest.raises(CorruptVideo, match="The box 'one ' is cut off: 6 bytes where 8 are needed"):
        opened.read(box, 4, 4)


def test_tables_are_read_in_pieces_and_as_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "MAX_READ", 20)
    table = [(n, n * n) for n in range(1, 12)]
    opened = reader(short(b"rows", b"head" + b"".join(struct.pack(">HI", *row) for row in table)))
    (box,) = opened.children(opened.root)
    assert list(opened.rows(box, "HI", 11, 4)) == table
    assert list(opened.rows(box, "HI", 4, 4)) == table[:4]
    opened = reader(short(b"rows", b"head" + struct.pack(">6I", 1, 2, 3, 1 << 31, 5, 6)))
    (box,) = opened.children(opened.root)
    assert opened.column(box, "I", 6, 4).tolist() == [1, 2, 3, 1 << 31, 5, 6]
    assert opened.column(box, "3I", 2, 4).tolist() == [[1, 2, 3], [1 << 31, 5, 6]]
    assert opened.column(box, "H", 3, 8).tolist() == [0, 2, 0]
    assert opened.column(box, "B", 4, 8).tolist() == [0, 0, 0, 2]
    assert opened.column(box, "Q", 1, 4).tolist() == [(1 << 32) + 2]
    assert opened.column(box, "I", 1, 4).dtype.isnative


def test_tables_longer_than_their_box_are_refused_before_they_are_read() -> None:
    opened = reader(short(b"rows", bytes(4 + 6 * 2)))
    (box,) = opened.children(opened.root)
    assert len(list(opened.rows(box, "HI", 2, 4))) == 2
    with pytest.raises(CorruptVideo, match="The table 'rows' is cut off: 3 entries do not fit in 16 bytes"):
        next(opened.rows(box, "HI", 3, 4))
    with pytest.raises(CorruptVideo, match="cut off"):
        opened.column(box, "3I", 1, 5)


def test_entries_of_all_tables_of_a_file_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "MAX_ROWS", 10)
    opened = reader(short(b"rows", bytes(40)))
    (box,) = opened.children(opened.root)
    assert len(opened.column(box, "I", 6, 0)) == 6
    assert len(opened.column(box, "I", 4, 0)) == 4
    with pytest.raises(CorruptVideo, match="more than 10 entries"):
        opened.column(box, "I", 1, 0)


def test_a_file_that_shrinks_while_it_is_read_ends_early() -> None:
    opened = BoxReader(io.BytesIO(bytes(10)), 20)
    with pytest.raises(CorruptVideo, match="ends early"):
        opened.read(opened.root, 11)


def test_names_are_safe_to_show() -> None:
    assert name_of(b"avc1") == "'avc1'"
    assert name_of(b"\xa9\n\0x") == r"'\xa9\n\x00x'"
