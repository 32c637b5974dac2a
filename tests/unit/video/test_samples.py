"""The tables of an index: every value of every sample."""

from __future__ import annotations

import io
import struct

import pytest

from model.errors import CorruptVideo
from model.video import samples
from model.video.boxes import BoxReader
from model.video.samples import Samples, read_samples
from tests.mp4 import Node, full


def table(kind: bytes, *rows: tuple[int, ...], form: str = "I") -> Node:
    """A table that begins with the number of its rows."""
    return full(kind, struct.pack(">I", len(rows)), *(struct.pack(f">{len(row)}{form}", *row) for row in rows))


def sizes(*values: int) -> Node:
    return full(b"stsz", struct.pack(f">II{len(values)}I", 0, len(values), *values))


def read(*tables: Node) -> Samples:
    content = b"".join(map(bytes, tables))
    reader = BoxReader(io.BytesIO(content), len(content))
    return read_samples(reader, reader.root)


CHUNKS = (table(b"stco", (1000,), (2000,), (3000,)), table(b"stsc", (1, 2, 1), (3, 1, 2)))
"""Two chunks of two samples and one of one, which is of another description."""


def test_samples_lie_one_behind_the_other_in_their_chunks() -> None:
    found = read(sizes(10, 20, 30, 40, 50), *CHUNKS)
    assert len(found) == 5
    assert found.offsets.tolist() == [1000, 1010, 2000, 2030, 3000]
    assert found.sizes.tolist() == [10, 20, 30, 40, 50]
    assert found.entries.tolist() == [0, 0, 0, 0, 1]
    assert found.sync.all() and not found.fragment.any()
    assert not found.decoded.any() and not found.shown.any() and found.end == 0


def test_places_of_64_bits_and_a_size_for_all() -> None:
    places = table(b"co64", (1 << 33,), (1 << 34,), form="Q")
    found = read(full(b"stsz", struct.pack(">II", 7, 3)), places, table(b"stsc", (1, 2, 1)))
    assert found.offsets.tolist() == [1 << 33, (1 << 33) + 7, 1 << 34]
    assert found.sizes.tolist() == [7, 7, 7]


@pytest.mark.parametrize(
    ("bits", "packed", "values"),
    [(4, b"\x1f\x20", [1, 15, 2]), (8, b"\1\xff\2", [1, 255, 2]), (16, b"\0\1\xff\xff\0\2", [1, 65535, 2])],
)
def test_sizes_of_few_bits(bits: int, packed: bytes, values: list[int]) -> None:
    compact = full(b"stz2", struct.pack(">II", 0xABCDEF00 | bits, 3), packed)
    found = read(compact, table(b"stco", (100,)), table(b"stsc", (1, 3, 1)))
    assert found.sizes.tolist() == values
    assert found.offsets.tolist() == [100, 100 + values[0], 100 + values[0] + values[1]]


def test_sizes_of_other_widths_are_corrupt() -> None:
    with pytest.raises(CorruptVideo, match="fields of 12 bits"):
        read(full(b"stz2", struct.pack(">II", 12, 3), bytes(9)), *CHUNKS)


def test_times_durations_and_the_order_of_showing() -> None:
    found = read(
        sizes(1, 1, 1, 1, 1),
        *CHUNKS,
        table(b"stts", (2, 100), (1, 50), (2, 10)),
        full(b"ctts", struct.pack(">I", 3), struct.pack(">IiIiIi", 1, 200, 2, -30, 1, 5)),
        table(b"stss", (1,), (4,), (0,), (6,)),
    )
    assert found.durations.tolist() == [100, 100, 50, 10, 10]
    assert found.decoded.tolist() == [0, 100, 200, 250, 260]
    assert found.shown.tolist() == [200, 70, 170, 255, 260]
    assert found.sync.tolist() == [True, False, False, True, False]
    assert found.end == 270


def test_a_table_of_durations_that_ends_early_goes_on_with_its_last() -> None:
    found = read(sizes(1, 1, 1, 1, 1), *CHUNKS, table(b"stts", (1, 100), (1, 20)))
    assert found.durations.tolist() == [100, 20, 20, 20, 20]
    assert read(sizes(1, 1, 1, 1, 1), *CHUNKS, table(b"stts", (9, 3))).durations.tolist() == [3] * 5


@pytest.mark.parametrize(
    ("tables", "count"),
    [
        ((sizes(1, 2, 3), *CHUNKS), 3),
        ((sizes(1, 2, 3, 4, 5, 6, 7), *CHUNKS), 5),
        ((sizes(1, 2), table(b"stco"), table(b"stsc")), 0),
        ((sizes(1, 2), table(b"stco", (1,))), 0),
        ((sizes(1, 2), table(b"stsc", (1, 2, 1))), 0),
        (CHUNKS, 0),
    ],
)
def test_tables_that_disagree_end_where_the_shortest_ends(tables: tuple[Node, ...], count: int) -> None:
    found = read(*tables)
    assert len(found) == count
    assert {len(getattr(found, name)) for name in Samples.__dataclass_fields__} == {count}


@pytest.mark.parametrize("runs", [[(2, 1, 1)], [(1, 1, 1), (1, 2, 1)], [(1, 1, 1), (3, 1, 1), (2, 1, 1)], []])
def test_chunks_out_of_order_are_corrupt(runs: list[tuple[int, ...]]) -> None:
    with pytest.raises(CorruptVideo, match="stsc"):
        read(sizes(1, 2, 3), CHUNKS[0], table(b"stsc", *runs))


def test_the_first_of_two_tables_of_a_kind_counts() -> None:
    assert read(sizes(4, 5), sizes(1, 2), *CHUNKS).sizes.tolist() == [4, 5]


def test_samples_beyond_the_limit_are_corrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MAX_SAMPLES", 5)
    assert len(read(sizes(1, 2, 3, 4, 5), *CHUNKS)) == 5
    with pytest.raises(CorruptVideo, match="claims 6 samples; 5 are the most"):
        read(sizes(1, 2, 3, 4, 5, 6), *CHUNKS)
    with pytest.raises(CorruptVideo, match="claims 6 samples"):
        read(full(b"stsz", struct.pack(">II", 7, 6)), *CHUNKS)
    with pytest.raises(CorruptVideo, match="claims 6 samples"):
        read(sizes(1, 2), *CHUNKS, table(b"stts", (6, 1)))


def test_some_are_taken_and_parts_are_joined() -> None:
    found = read(sizes(10, 20, 30, 40, 50), *CHUNKS, table(b"stts", (5, 7)))
    chosen = found.take(found.sizes > 20)
    assert chosen.offsets.tolist() == [2000, 2030, 3000]
    both = Samples.joined([chosen, found.take(found.sizes < 20)])
    assert both.sizes.tolist() == [30, 40, 50, 10]
    assert both.decoded.tolist() == [14, 21, 28, 0]
