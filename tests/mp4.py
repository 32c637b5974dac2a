"""The box tree of an mp4 file, taken apart and put together by tests that make files of unusual build."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDERS = frozenset(
    (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"edts", b"dinf", b"mvex", b"moof", b"traf", b"ilst")
)
"""Boxes that hold nothing but boxes."""


@dataclass
class Node:
    """A box: either content, or children."""

    kind: bytes
    content: bytes = b""
    children: list[Node] = field(default_factory=list)

    def __bytes__(self) -> bytes:
        content = self.content + b"".join(map(bytes, self.children))
        return struct.pack(">I4s", 8 + len(content), self.kind) + content

    def walk(self) -> Iterator[Node]:
        """The box and all within it, depth first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, *kinds: bytes) -> Node:
        """The first box on a path of kinds below this one."""
        node = self
        for kind in kinds:
            node = next(child for child in node.children if child.kind == kind)
        return node


def parsed(content: bytes, kind: bytes = b"file") -> Node:
    """The tree of some boxes, below a node that stands for the file."""
    root, position = Node(kind), 0
    while position + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, position)
        begin = position + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, begin)
            begin += 8
        size = size or len(content) - position
        inside = content[begin : position + size]
        root.children.append(parsed(inside, name) if name in FOLDERS else Node(name, inside))
        position += size
    return root


def written(root: Node) -> bytes:
    """The bytes of a file."""
    return b"".join(map(bytes, root.children))


def full(kind: bytes, *content: bytes) -> Node:
    """A box that begins with version and flags."""
    return Node(kind, bytes(4) + b"".join(content))


def moved(root: Node, distance: int) -> None:
    """Add to every place in the index: where the data lies has changed by so many bytes."""
    for node in root.walk():
        if node.kind == b"stco":
            (count,) = struct.unpack_from(">I", node.content, 4)
            places = struct.unpack_from(f">{count}I", node.content, 8)
            node.content = node.content[:8] + struct.pack(f">{count}I", *(place + distance for place in places))


def joined(first: Path, second: Path) -> Node:
    """One file with the tracks of two, those of the first before; the index of both must be at the end."""
    one, other = parsed(first.read_bytes()), parsed(second.read_bytes())
    index, rest = one.find(b"moov"), [node for node in one.children if node.kind != b"moov"]
    before = sum(len(bytes(node)) for node in rest)
    moved(other, before)
    data = [Node(b"free" if node.kind == b"ftyp" else node.kind, node.content) for node in other.children]
    tracks = [node for node in index.children if node.kind == b"trak"]
    added = [node for node in other.find(b"moov").children if node.kind == b"trak"]
    others = [node for node in index.children if node.kind != b"trak"]
    index.children = [*others, *tracks, *added]
    one.children = [*rest, *(node for node in data if node.kind != b"moov"), index]
    return one
