"""Refuses flatbuffers that use more than the operators built into LiteRT, before the interpreter sees them.

None of LiteRT's own operators touches a file, a network or another process: variables and tables live in the
interpreter's memory, control flow calls other graphs of the same file. What could do more comes from outside. A custom
operator is the code that a program has registered under its name (`Flex…` is any operation of TensorFlow), and external
buffers are other files that a model names. Our models have neither.

What this cannot do: the interpreter trusts offsets, shapes and sizes of the rest of the file, so a damaged one may
still crash the process or take all memory.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from model.engines.tables import Data, field, reference, text, u32
from model.errors import ModelUnavailable

MAX_OPERATORS = 1000
"""Kinds of operators that a flatbuffer may list; networks use some twenty."""

_OPERATOR_CODES, _EXTERNAL_BUFFER_GROUPS, _EXTERNAL_BUFFERS = 1, 8, 9
_DEPRECATED_CODE, _CUSTOM_NAME, _CODE = 0, 1, 3
"""Fields by number: of `Model` and of `OperatorCode` in LiteRT's schema.fbs."""

_LAST = 209
_CUSTOM, _DELEGATE, _PLACEHOLDER, _CUSTOM_CALL = 32, 51, 127, 173
COMPUTING = frozenset(range(_LAST + 1)) - {_CUSTOM, _DELEGATE, _PLACEHOLDER, _CUSTOM_CALL}
"""`BuiltinOperator` of ai-edge-litert 2.3, without those that stand for code from elsewhere."""

_HINT = "Only load models from people you trust; convert this one again with LiteRT's own operators."


def refuse_custom_operators(model: Path | bytes, name: str) -> None:
    """Read which operators a flatbuffer uses, and refuse any but `COMPUTING`, as well as external buffers.

    Args:
        model: where the flatbuffer is, or its content.
        name: what to call the model in a sentence.

    Raises:
        ModelUnavailable: it is no flatbuffer, or could do more than compute; names the operator.
    """
    try:
        if isinstance(model, bytes):
            operators, external = _operators(model)
        else:
            with model.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                operators, external = _operators(data)
    except (OSError, ValueError, struct.error) as error:
        raise ModelUnavailable(f"The flatbuffer of {name} cannot be opened: {error}") from error
    if external:
        raise ModelUnavailable(f"The flatbuffer of {name} names other files to read.", hint=_HINT)
    for code, custom in operators:
        if code not in COMPUTING:
            what = f"the custom operator {custom!r:.100}" if code == _CUSTOM else f"the operator number {code}"
            raise ModelUnavailable(
                f"The flatbuffer of {name} uses {what}, and only LiteRT's own operators are run here.", hint=_HINT
            )


def _operators(data: Data) -> tuple[list[tuple[int, str]], bool]:
    """Code and custom name of every kind of operator, and whether there are external buffers."""
    model = u32(data, 0)
    operators = []
    vector = reference(data, model, _OPERATOR_CODES)
    count = 0 if vector is None else u32(data, vector)
    if vector is None or not 0 < count <= MAX_OPERATORS:
        raise ValueError(f"it lists {count} operators")
    for i in range(count):
        slot = vector + 4 + 4 * i
        table = slot + u32(data, slot)
        old, new = field(data, table, _DEPRECATED_CODE), field(data, table, _CODE)
        code = max(
            0 if old is None else struct.unpack_from("<b", data, old)[0],
            0 if new is None else struct.unpack_from("<i", data, new)[0],
        )
        custom = reference(data, table, _CUSTOM_NAME)
        operators.append((code, "" if custom is None else text(data, custom)))
    external = any(field(data, model, number) is not None for number in (_EXTERNAL_BUFFER_GROUPS, _EXTERNAL_BUFFERS))
    return operators, external
