"""Numbers that stand in another file: where, in which shape, and in which order of axes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

WORD = 4
"""Bytes of a number: float32 or int32, little-endian."""

MAX_RANK = 8


@dataclass(frozen=True)
class Reference:
    """An array of four-byte numbers in a file.

    Attributes:
        offset: of its first byte in the file.
        shape: that it has in the file, row by row.
        order: the axes of that shape in the order that is wanted.

    Raises:
        ValueError: an offset or a length is negative, or the order is no order of the axes.
    """

    offset: int
    shape: tuple[int, ...]
    order: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.offset < 0 or min(self.shape, default=1) < 1 or len(self.shape) > MAX_RANK:
            raise ValueError(f"no array can stand at {self.offset} in the shape {self.shape}")
        if sorted(self.order) != list(range(len(self.shape))):
            raise ValueError(f"{self.order} is no order of the axes of {self.shape}")

    @property
    def size(self) -> int:
        """Bytes of the array."""
        return WORD * math.prod(self.shape)

    def take(self, data: bytes) -> np.ndarray:
        """The array as uint32, its axes in the wanted order.

        Args:
            data: content of the file.

        Raises:
            ValueError: the array reaches beyond the end of the file.
        """
        if self.offset + self.size > len(data):
            raise ValueError(f"{self.size} bytes at {self.offset} reach beyond the {len(data)} bytes of the file")
        words = np.frombuffer(data, "<u4", self.size // WORD, self.offset)
        return words.reshape(self.shape).transpose(self.order)


def taken(references: tuple[Reference, ...], data: bytes) -> bytes:
    """The bytes of several arrays of a file, one after the other."""
    return b"".join(reference.take(data).tobytes() for reference in references)
