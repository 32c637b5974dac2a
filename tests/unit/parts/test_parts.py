from __future__ import annotations

import contextlib
import hashlib
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.parts.index import LEAST, Index
from model.parts.parts import MAX_GROWTH, MAX_HEADER, assemble, take_apart
from model.parts.reference import Reference

RNG = np.random.default_rng(7)
KERNEL = RNG.standard_normal((3, 4, 5, 6)).astype(np.float32)
BIAS = RNG.standard_normal(LEAST).astype(np.float32)
BASE = b"base" + KERNEL.tobytes() + b"between" + BIAS.tobytes()


def index() -> Index:
    return Index(BASE, [KERNEL, BIAS])


def altered(parts: bytes, **changes: Any) -> bytes:
    """Parts whose header says something else."""
    line, _, rest = parts.partition(b"\n")
    return json.dumps({**json.loads(line), **changes}).encode() + b"\n" + rest


def pieces(parts: bytes) -> list[list[Any]]:
    found: list[list[Any]] = json.loads(parts.partition(b"\n")[0])["pieces"]
    return found


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 2, 0, 3)])
def test_a_file_is_stored_without_the_arrays_of_its_base_in_whatever_order_of_axes(order: tuple[int, ...]) -> None:
    turned = np.ascontiguousarray(KERNEL.transpose(order))
    data = b"head" + BIAS.tobytes() + b"middle" + turned.tobytes() + b"tail"
    parts = take_apart(data, [BIAS, turned], index())
    assert parts.endswith(b"\nheadmiddletail")
    assert assemble(parts, BASE) == data


def test_an_array_that_the_base_has_in_slices_is_put_together_of_them() -> None:
    slices = [RNG.standard_normal((8, 9)).astype(np.float32) for _ in range(3)]
    base = b"".join(part.tobytes() + b"--" for part in slices)
    whole = np.stack([part.T for part in slices])
    parts = take_apart(b"<" + whole.tobytes() + b">", [whole], Index(base, slices))
    assert parts.endswith(b"\n<>")
    assert len(pieces(parts)) == 3
    assert assemble(parts, base) == b"<" + whole.tobytes() + b">"


def test_what_the_base_does_not_have_stays_in_the_parts() -> None:
    other, small = KERNEL + np.float32(1), BIAS[: LEAST - 1]
    doubles = KERNEL.astype(np.float64)
    data = other.tobytes() + small.tobytes() + doubles.tobytes()
    parts = take_apart(data, [other, small, doubles], index())
    assert pieces(parts) == []
    assert parts.endswith(b"\n" + data)
    assert assemble(parts, BASE) == data


def test_an_array_with_the_numbers_of_another_in_another_order_is_not_taken_for_it() -> None:
    mixed = np.ascontiguousarray(KERNEL.reshape(-1)[::-1].reshape(KERNEL.shape))
    assert index().find(mixed) == ()


def test_parts_refuse_another_base() -> None:
    parts = take_apart(BIAS.tobytes(), [BIAS], index())
    with pytest.raises(ValueError, match="other weights"):
        assemble(parts, BASE + b"?")


def test_parts_refuse_an_array_beyond_the_end_of_the_base() -> None:
    parts = take_apart(BIAS.tobytes(), [BIAS], index())
    (at, _, shape, order) = pieces(parts)[0]
    assert assemble(parts, BASE) == BIAS.tobytes()
    with pytest.raises(ValueError, match="beyond"):
        assemble(altered(parts, pieces=[[at, len(BASE) - BIAS.nbytes + 1, shape, order]]), BASE)


@pytest.mark.parametrize(
    ("piece", "why"),
    [
        ([0, -1, [LEAST], [0]], "no array can stand"),
        ([0, 4, [-1, -LEAST], [0, 1]], "no array can stand"),
        ([0, 4, [0], [0]], "no array can stand"),
        ([0, 4, [1] * 9, list(range(9))], "no array can stand"),
        ([0, 4, [8, 8], [0, 0]], "no order"),
        ([0, 4, [8, 8], [0]], "no order"),
        ([-1, 4, [LEAST], [0]], "does not follow"),
        ([1, 4, [LEAST], [0]], "does not follow"),
        ([0, 4, [2**40, 2**40], [0, 1]], "does not follow"),
    ],
)
def test_pieces_that_fit_nowhere_are_refused(piece: list[Any], why: str) -> None:
    parts = take_apart(BIAS.tobytes(), [BIAS], index())
    with pytest.raises(ValueError, match=why):
        assemble(altered(parts, pieces=[piece]), BASE)


def test_pieces_that_overlap_are_refused() -> None:
    data = BIAS.tobytes() + BIAS.tobytes()
    parts = take_apart(data, [BIAS, BIAS], index())
    first, second = pieces(parts)
    with pytest.raises(ValueError, match="does not follow"):
        assemble(altered(parts, pieces=[second, first]), BASE)
    with pytest.raises(ValueError, match="does not follow"):
        assemble(altered(parts, pieces=[first, first]), BASE)


def test_a_file_larger_than_its_parts_allow_is_not_even_begun() -> None:
    parts = take_apart(BIAS.tobytes(), [BIAS], index())
    with pytest.raises(ValueError, match="more than"):
        assemble(altered(parts, size=2**40, pieces=[[0, 4, [LEAST], [0]]] * 2), BASE)
    assert MAX_GROWTH * (len(BASE) + len(parts)) < 2**40


def test_a_file_that_does_not_come_out_as_it_was_is_refused() -> None:
    parts = take_apart(b"head" + BIAS.tobytes(), [BIAS], index())
    with pytest.raises(ValueError, match="do not make the file"):
        assemble(parts + b"more", BASE)
    with pytest.raises(ValueError, match="do not make the file"):
        assemble(altered(parts, sha256=hashlib.sha256(b"other").hexdigest()), BASE)


def test_a_header_that_cannot_be_read_is_refused() -> None:
    parts = take_apart(BIAS.tobytes(), [BIAS], index())
    for wrong in (b"", b"{}", b"\n", b"{}\n", b"[" * 100_000 + b"\n", parts.replace(b"pieces", b"places")):
        with pytest.raises(ValueError, match="header"):
            assemble(wrong, BASE)
    with pytest.raises(ValueError, match="does not end"):
        assemble(b" " * MAX_HEADER + parts, BASE)
    with pytest.raises(ValueError, match="header"):
        assemble(altered(parts, more=1), BASE)


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 3))
def test_parts_with_any_byte_changed_make_the_file_or_are_refused(place: int, value: int) -> None:
    data = b"head" + BIAS.tobytes() + b"middle" + KERNEL.tobytes()
    parts = bytearray(take_apart(data, [BIAS, KERNEL], index()))
    parts[place % len(parts)] ^= 1 << value
    with contextlib.suppress(ValueError):
        assert assemble(bytes(parts), BASE) == data


def test_a_reference_reads_its_array_and_nothing_beyond() -> None:
    reference = Reference(4, KERNEL.shape, (3, 0, 1, 2))
    assert reference.size == KERNEL.nbytes
    assert reference.take(BASE).tobytes() == KERNEL.transpose(3, 0, 1, 2).tobytes()
