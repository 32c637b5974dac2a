"""Mutants of small honest files, changed along their structure: boxes, fields, headers of streams, bytes."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence

from tests.mp4 import FOLDERS, Node, parsed, written

EXTREMES = (0, 1, 2, 7, 8, 255, 2**15, 2**16, 2**24, 0x0FFFFFFE, 2**31 - 1, 2**31, 2**32 - 1)
KINDS = (
    *(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"edts", b"meta", b"ilst", b"covr", b"keys", b"free"),
    *(b"stsd", b"stts", b"ctts", b"stss", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"elst", b"hdlr", b"dref"),
    *(b"mvex", b"trex", b"moof", b"traf", b"tfhd", b"tfdt", b"trun", b"sidx", b"mfra", b"uuid", b"cmov", b"rmra"),
    *(b"esds", b"avcC", b"hvcC", b"av1C", b"vpcC", b"glbl", b"wave", b"colr", b"pasp", b"sinf", b"clap", b"strf"),
)
ENTRIES = (b"png ", b"jpeg", b"mjpa", b"M8RG", b"MP4V", b"raw ", b"tiff", b"gif ", b"SVQ3", b"apcn", b"FFV1", b"encv")
HANDLERS = (b"vide", b"soun", b"data", b"meta", b"text", b"pict", b"subp", b"\0\0\0\0", b"tmcd")


def mutant(seed: int, originals: Sequence[bytes], *, relocating: bool = False) -> bytes:
    """The case of a number.

    Args:
        seed: its number.
        originals: honest files.
        relocating: boxes are moved, doubled and hidden in others, and nothing else is changed.
    """
    chance = random.Random(seed)
    tree = parsed(chance.choice(originals))
    changes = RELOCATING if relocating else CHANGES
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        chance.choice(changes)(tree, chance, originals)
    content = bytearray(written(tree))
    if not relocating and chance.random() < 0.2:
        _bytes(content, chance)
    return bytes(content)


def _boxes(tree: Node) -> list[tuple[Node, Node]]:
    """Every box with its parent."""
    return [(child, parent) for parent in tree.walk() for child in parent.children]


def _pick(tree: Node, chance: random.Random) -> tuple[Node, Node]:
    return chance.choice(_boxes(tree) or [(tree, tree)])


def _folder(tree: Node, chance: random.Random) -> Node:
    return chance.choice([node for node in tree.walk() if node.kind in FOLDERS or node is tree])


def _place(parent: Node, node: Node, chance: random.Random) -> None:
    parent.children.insert(chance.randint(0, len(parent.children)), node)


def _copy(node: Node) -> Node:
    return Node(node.kind, node.content, [_copy(child) for child in node.children])


def _double(tree: Node, chance: random.Random, _: Sequence[bytes]) -> None:
    node, parent = _pick(tree, chance)
    if len(bytes(node)) < 1 << 16:
        _place(parent, _copy(node), chance)


def _remove(tree: Node, chance: random.Random, _: Sequence[bytes]) -> None:
    node, parent = _pick(tree, chance)
    parent.children = [child for child in parent.children if child is not node]


def _move(tree: Node, chance: random.Random, originals: Sequence[bytes]) -> None:
    node, _ = _pick(tree, chance)
    copy = _copy(node)
    if chance.random() < 0.5:
        _remove(tree, chance, originals)
    _place(_folder(tree, chance), copy, chance)


def _wrap(tree: Node, chance: random.Random, _: Sequence[bytes]) -> None:
    node, parent = _pick(tree, chance)
    if node is tree:
        return
    place = next(index for index, child in enumerate(parent.children) if child is node)
    parent.children[place] = Node(chance.choice(KINDS), b"", [node])


def _graft(tree: Node, chance: random.Random, originals: Sequence[bytes]) -> None:
    """A box of another file, wherever it falls."""
    other, _ = _pick(parsed(chance.choice(originals)), chance)
    if len(bytes(other)) < 1 << 16:
        _place(_folder(tree, chance), _copy(other), chance)


def _rename(tree: Node, chance: random.Random, _: Sequence[bytes]) -> None:
    _pick(tree, chance)[0].kind = chance.choice(KINDS)


def _field(tree: Node, chance: random.Random, _: Sequence[bytes]) -> None:
    """Four bytes in one of the small boxes become another number."""
    nodes = [node for node, _ in _boxes(tree) if 4 <= len(node.content) < 1 << 14]
    if not nodes:
        return
    node = chance.choice(nodes)
    content = bytearray(node.content)
    place = chance.randrange(0, len(content) - 3, chance.choice((1, 4)) if len(content) > 4 else 1)
    struct.pack_into(">I", content, place, chance.choice((*EXTREMES, chance.randrange(2**32), chance.randrange(256))))
    node.content = bytes(content)


def _count(tree: Node, chance: random.Random, _: Sequence[bytes]) -> None:
    """The number of rows of a table."""
    tables = [
        node for node, _ in _boxes(tree) if node.kind[:2] in (b"st", b"ct", b"el", b"tr") and len(node.content) > 8
    ]
    if tables:
        node = chance.choice(tables)
        node.content = node.content[:4] + struct.pack(">I", chance.choice(EXTREMES)) + node.content[8:]


def _repeat(tree: Node, chance: random.Random, _: Sequence[bytes]) -> None:
    """A table whose rows are there many times."""
    tables = [node for node, _ in _boxes(tree) if node.kind in (b"elst", b"stts", b"ctts", b"stsc", b"stco", b"stss")]
    if tables:
        node = chance.choice(tables)
        rows, times = node.content[8:][:240], chance.choice((2, 50, 2000))
        if rows:
            node.content = node.content[:4] + struct.pack(">I", times * max(1, len(rows) // 12)) + rows * times


def _entry(tree: Node, chance: random.Random, _: Sequence[bytes]) -> None:
    """Another codec in a description."""
    for node, _parent in _boxes(tree):
        if node.kind == b"stsd" and len(node.content) > 16:
            node.content = node.content[:12] + chance.choice(ENTRIES) + node.content[16:]
            return


def _handler(tree: Node, chance: random.Random, _: Sequence[bytes]) -> None:
    for node, _parent in _boxes(tree):
        if node.kind == b"hdlr" and chance.random() < 0.7:
            node.content = node.content[:8] + chance.choice(HANDLERS) + node.content[12:]


def _stream(tree: Node, chance: random.Random, _: Sequence[bytes]) -> None:
    """Bytes of the pictures, or of the configuration of the codec."""
    for node, _parent in _boxes(tree):
        if node.kind == chance.choice((b"mdat", b"stsd")) and node.content:
            content = bytearray(node.content)
            _bytes(content, chance)
            node.content = bytes(content)


def _bytes(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 3, 20))):
        if content:
            content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.3:
        del content[chance.randrange(len(content) + 1) :]


Change = Callable[[Node, random.Random, Sequence[bytes]], None]
RELOCATING: tuple[Change, ...] = (_double, _move, _move, _wrap, _graft, _graft, _handler)
CHANGES: tuple[Change, ...] = (*RELOCATING, _remove, _rename, _field, _field, _field, _count, _repeat, _entry, _stream)
