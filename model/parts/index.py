"""Finds an array among those of a file, in whatever order of axes the file has it."""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from model.parts.reference import WORD, Reference

LEAST = 64
"""Numbers below which an array is not looked for: a reference would be as long."""


class Index:
    """The arrays of a file by their content.

    Args:
        data: content of the file.
        arrays: of the file, four bytes a number; those whose bytes do not stand in the file are left out.
    """

    def __init__(self, data: bytes, arrays: Iterable[np.ndarray]) -> None:
        self.data = data
        self._found: dict[bytes, list[tuple[int, np.ndarray]]] = defaultdict(list)
        for array in arrays:
            if array.size >= LEAST and array.dtype.itemsize == WORD:
                offset = data.find(array.tobytes())
                if offset >= 0:
                    self._found[_key(array)].append((offset, _words(array)))

    def find(self, array: np.ndarray) -> tuple[Reference, ...]:
        """References whose bytes, one after the other, are those of `array`; none if the file lacks some of them.

        An array that the file does not have as a whole is looked for slice by slice along its first axis: a converter
        makes one kernel for every frame of a convolution in time.
        """
        if array.size < LEAST or array.dtype.itemsize != WORD:
            return ()
        if (whole := self._find(array)) is not None:
            return (whole,)
        slices = [self._find(part) for part in array] if array.ndim > 1 else []
        found = tuple(reference for reference in slices if reference is not None)
        return found if len(found) == len(slices) else ()

    def _find(self, array: np.ndarray) -> Reference | None:
        wanted = _words(array)
        for offset, words in self._found.get(_key(array), ()):
            for order in itertools.permutations(range(words.ndim)):
                turned = words.transpose(order)
                if turned.shape == wanted.shape and np.array_equal(turned, wanted):
                    return Reference(offset, words.shape, order)
        return None


def _words(array: np.ndarray) -> np.ndarray:
    """An array as uint32, without axes of length 1: they do not change the order of its bytes."""
    return np.ascontiguousarray(array).view(np.uint32).reshape([length for length in array.shape if length > 1])


def _key(array: np.ndarray) -> bytes:
    """A key that is equal for arrays of the same numbers in any order."""
    return hashlib.sha256(np.sort(_words(array), axis=None).tobytes()).digest()
