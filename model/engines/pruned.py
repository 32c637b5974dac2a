"""Leaves out of a flatbuffer what nobody reads: outputs, and the operators that work for these alone.

The interpreter runs every operator of a graph, wanted or not. The file stays as long as it was: only the list of its
operators and that of its outputs become shorter, so what is left computes the same to the bit.
"""

from __future__ import annotations

import struct
from collections.abc import Collection

from model.engines.tables import Data, reference, u32

_SUBGRAPHS = 2
_TENSORS, _GRAPH_OUTPUTS, _OPERATORS = 0, 2, 3
_SHAPE = 0
_INPUTS, _OUTPUTS = 1, 2
"""Fields by number: of `Model`, `SubGraph`, `Tensor` and `Operator` in LiteRT's schema.fbs."""


def pruned(model: bytes, wanted: Collection[tuple[int, ...]]) -> bytes:
    """A flatbuffer with fewer outputs, and only the operators that these need.

    Args:
        model: of one graph that keeps nothing from one run to the next.
        wanted: shapes of the outputs that are kept, without the first axis.

    Raises:
        ValueError, struct.error: it is no such flatbuffer, or has no output of a shape.
    """
    data = bytearray(model)
    graphs = _tables(data, u32(data, 0), _SUBGRAPHS)
    if len(graphs) != 1:
        raise ValueError(f"it holds {len(graphs)} graphs")
    (graph,) = graphs
    tensors = _tables(data, graph, _TENSORS)
    shapes = {number: _numbers(data, tensors[number], _SHAPE)[1:] for number in _numbers(data, graph, _GRAPH_OUTPUTS)}
    if missing := set(wanted) - set(shapes.values()):
        raise ValueError(f"it has no output {sorted(missing)[0]}")
    outputs = [number for number, shape in shapes.items() if shape in wanted]
    needed = set(outputs)
    operators: list[int] = []
    for operator in reversed(_tables(data, graph, _OPERATORS)):  # they stand in the order in which they are run
        if not needed.isdisjoint(_numbers(data, operator, _OUTPUTS)):
            operators.insert(0, operator)
            needed.update(_numbers(data, operator, _INPUTS))
    _write(data, graph, _GRAPH_OUTPUTS, outputs)
    vector = reference(data, graph, _OPERATORS)
    assert vector is not None
    _write(data, graph, _OPERATORS, [table - (vector + 4 + 4 * place) for place, table in enumerate(operators)])
    return bytes(data)


def _numbers(data: Data, table: int, number: int) -> tuple[int, ...]:
    """A field that is a vector of numbers."""
    vector = reference(data, table, number)
    return () if vector is None else struct.unpack_from(f"<{u32(data, vector)}i", data, vector + 4)


def _tables(data: Data, table: int, number: int) -> list[int]:
    """Where the tables are of a field that is a vector of such."""
    vector = reference(data, table, number)
    if vector is None:
        return []
    slots = range(vector + 4, vector + 4 + 4 * u32(data, vector), 4)
    return [slot + u32(data, slot) for slot in slots]


def _write(data: bytearray, table: int, number: int, values: list[int]) -> None:
    """Fewer numbers than there are in a field that is a vector."""
    vector = reference(data, table, number)
    assert vector is not None
    struct.pack_into(f"<I{len(values)}i", data, vector, len(values), *values)
