"""Fragments with every optional field, written here and read again."""

from __future__ import annotations

import io
import random
import struct
from typing import Any

import numpy as np
import pytest

from model.errors import CorruptVideo
from model.video import fragments
from model.video.boxes import Box, BoxReader
from model.video.fragments import read_fragments
from model.video.samples import Samples
from tests.mp4 import Node, full

NOT_SYNC = 0x10000


def flagged(kind: bytes, flags: int, *fields: bytes, version: int = 0) -> Node:
    return Node(kind, struct.pack(">I", version << 24 | flags) + b"".join(fields))


def word(value: int) -> bytes:
    return struct.pack(">I", value & 0xFFFFFFFF)


def trex(number: int, entry: int = 1, duration: int = 0, size: int = 0, flags: int = 0) -> Node:
    return full(b"trex", struct.pack(">5I", number, entry, duration, size, flags))


def read(moov: Node, *moofs: Node, number: int = 1, begin: int = 0, cut: int = 0) -> list[Samples]:
    content = b"".join(map(bytes, (moov, *moofs)))
    content = content[: len(content) - cut]
    reader = BoxReader(io.BytesIO(content), len(content))
    boxes = list(reader.children(reader.root))
    starts = np.cumsum([0, *(len(bytes(node)) for node in (moov, *moofs))]).tolist()
    found: list[tuple[int, Box]] = list(zip(starts[1:], boxes[1:], strict=False))
    return read_fragments(reader, boxes[0], found, number, begin)


def index(*trexes: Node) -> Node:
    return Node(b"moov", children=[Node(b"mvhd", bytes(8)), Node(b"mvex", children=[Node(b"mehd"), *trexes])])


def fields(samples: Samples) -> dict[str, list[Any]]:
    return {name: getattr(samples, name).tolist() for name in Samples.__dataclass_fields__}


@pytest.mark.parametrize("seed", range(120))
def test_every_field_counts_where_it_stands(seed: int) -> None:
    chance = random.Random(seed)
    defaults = {"entry": 2, "duration": 40, "size": 300, "flags": chance.choice([0, NOT_SYNC])}
    moov = index(trex(7, 9, 9, 9, 9), trex(1, *defaults.values()), trex(2, 5, 5, 5, 5))
    expected: dict[str, list[Any]] = {name: [] for name in Samples.__dataclass_fields__}
    moofs, start, clock = [], len(bytes(moov)), 0
    for _ in range(chance.randint(1, 3)):
        trafs: list[Node] = []
        data_end = start
        plans = [chance.choice([1, 1, 2]) for _ in range(chance.randint(1, 3))]
        for number in plans:
            own = dict(defaults) if number == 1 else {"entry": 5, "duration": 5, "size": 5, "flags": 5}
            tfhd, flags = [word(number)], 0
            kind = chance.choice(["base", "moof", "before"])
            base = {"base": chance.randrange(1 << 40), "moof": start, "before": data_end}[kind]
            if kind == "base":
                flags |= 1
                tfhd.append(struct.pack(">Q", base))
            if kind == "moof":
                flags |= 0x020000
            for name, flag in (("entry", 2), ("duration", 8), ("size", 16), ("flags", 32)):
                if chance.random() < 0.5:
                    flags |= flag
                    own[name] = chance.choice([0, NOT_SYNC]) if name == "flags" else chance.randint(1, 500)
                    tfhd.append(word(own[name]))
            boxes = [flagged(b"tfhd", flags, *tfhd)]
            if chance.random() < 0.6:
                long = chance.random() < 0.5
                time = chance.randrange(1 << 40 if long else 1 << 30)
                boxes.append(flagged(b"tfdt", 0, struct.pack(">Q" if long else ">I", time), version=int(long)))
                if number == 1:
                    clock = time
            position = base
            for _ in range(chance.randint(1, 3)):
                count = chance.randint(0, 4)
                flags, rows = 0, []
                head = [word(count)]
                if chance.random() < 0.5:
                    offset = chance.randint(-20, 5000)
                    flags |= 1
                    head.append(word(offset))
                    position = base + offset
                first = None
                if chance.random() < 0.3:
                    flags |= 4
                    first = chance.choice([0, NOT_SYNC])
                    head.append(word(first))
                columns = [flag for flag in (0x100, 0x200, 0x400, 0x800) if chance.random() < 0.5]
                flags |= sum(columns)
                for row in range(count):
                    values = {0x100: own["duration"], 0x200: own["size"], 0x400: own["flags"], 0x800: 0}
                    for flag in columns:
                        values[flag] = {
                            0x100: chance.randint(1, 99),
                            0x200: chance.randint(1, 999),
                            0x400: chance.choice([0, NOT_SYNC, NOT_SYNC | 5]),
                            0x800: chance.randint(-50, 50),
                        }[flag]
                        rows.append(word(values[flag]))
                    if row == 0 and first is not None:
                        values[0x400] = first
                    if number == 1:
                        for name, value in (
                            ("offsets", position),
                            ("sizes", values[0x200]),
                            ("decoded", clock),
                            ("durations", values[0x100]),
                            ("shown", clock + values[0x800]),
                            ("sync", not values[0x400] & NOT_SYNC),
                            ("entries", own["entry"] - 1),
                            ("fragment", True),
                        ):
                            expected[name].append(value)
                        clock += values[0x100]
                    position += values[0x200]
                boxes.append(flagged(b"trun", flags, *head, *rows))
            data_end = position
            trafs.append(Node(b"traf", children=boxes))
        moofs.append(Node(b"moof", children=[Node(b"mfhd", bytes(8)), *trafs]))
        start += len(bytes(moofs[-1]))
    runs = read(moov, *moofs)
    given = {name: [value for run in runs for value in fields(run)[name]] for name in expected}
    assert given == expected


def run(count: int, size: int = 10) -> Node:
    return Node(b"traf", children=[flagged(b"tfhd", 0x10, word(1), word(size)), flagged(b"trun", 0, word(count))])


def test_without_defaults_and_times_a_track_begins_where_it_is_told() -> None:
    (samples,) = read(Node(b"moov"), Node(b"moof", children=[run(2)]), begin=700)
    assert samples.decoded.tolist() == [700, 700]
    assert samples.entries.tolist() == [0, 0] and samples.durations.tolist() == [0, 0] and samples.sync.all()


def test_sizes_that_nothing_says_are_zero() -> None:
    boxes = [flagged(b"tfhd", 0, word(1)), flagged(b"trun", 0, word(3))]
    (samples,) = read(Node(b"moov"), Node(b"moof", children=[Node(b"traf", children=boxes)]))
    assert samples.sizes.tolist() == [0, 0, 0] and len(set(samples.offsets.tolist())) == 1


def test_a_fragment_that_is_cut_off_ends_the_film() -> None:
    moofs = [Node(b"moof", children=[run(2)]) for _ in range(3)]
    assert [len(samples) for samples in read(Node(b"moov"), *moofs, cut=1)] == [2, 2]


def test_samples_of_all_tracks_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MAX_SAMPLES", 5)
    assert len(read(Node(b"moov"), Node(b"moof", children=[run(3), run(2)]))) == 2
    with pytest.raises(CorruptVideo, match="claim 6 samples; 5 are the most"):
        read(Node(b"moov"), Node(b"moof", children=[run(3), run(3)]), number=9)


@pytest.mark.parametrize(("value", "sound"), [((1 << 62) - 1, True), (1 << 62, False)])
def test_a_place_or_time_that_no_file_has_is_damage(value: int, sound: bool) -> None:
    for boxes in (
        [flagged(b"tfhd", 1, word(1), struct.pack(">Q", value)), flagged(b"trun", 0, word(1))],
        [flagged(b"tfhd", 0, word(1)), flagged(b"tfdt", 0, struct.pack(">Q", value), version=1)],
    ):
        moof = Node(b"moof", children=[Node(b"traf", children=boxes)])
        if sound:
            read(Node(b"moov"), moof)
        else:
            with pytest.raises(CorruptVideo, match="no file has"):
                read(Node(b"moov"), moof)
