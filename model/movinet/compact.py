"""Takes the files of a new bundle apart that repeat the weights of its flatbuffer. See `model.parts`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from model.bundle import LITERT, PARTS, SAVED_MODEL, STEP
from model.parts.index import Index
from model.parts.parts import assemble, take_apart


def compact(directory: Path) -> None:
    """Replace SavedModel and step of a bundle by their parts; `model.parts.whole` assembles them again.

    Args:
        directory: of a bundle with its flatbuffer in float32; seal it afterwards.

    Raises:
        RuntimeError: the parts do not make the files again.
    """
    index = flatbuffer_index(directory / LITERT)
    for name, arrays in ((SAVED_MODEL, _of_graph), (STEP, _of_flatbuffer)):
        path = directory / name
        if path.is_file():
            data = path.read_bytes()
            parts = take_apart(data, arrays(data), index)
            if assemble(parts, index.data) != data:
                raise RuntimeError(f"the parts of {name} do not make it again")
            (directory / PARTS[name]).write_bytes(parts)
            path.unlink()


def flatbuffer_index(path: Path) -> Index:
    """The weights of a flatbuffer by their content."""
    data = path.read_bytes()
    return Index(data, _of_flatbuffer(data))


def _of_flatbuffer(data: bytes) -> list[np.ndarray]:
    """The constants of a flatbuffer, in the order in which they stand there."""
    interpreter = Interpreter(model_content=data, num_threads=1)
    arrays = {}
    for tensor in interpreter.get_tensor_details():
        try:
            array = interpreter.get_tensor(tensor["index"])
        except ValueError:  # it is computed, not constant
            continue
        arrays[data.find(array.tobytes())] = array
    return [arrays[offset] for offset in sorted(arrays) if offset >= 0]


def _of_graph(data: bytes) -> Iterator[np.ndarray]:
    """The constants of a SavedModel, in the order in which they stand there."""
    saved = SavedModel()
    saved.ParseFromString(data)
    for meta in saved.meta_graphs:
        nodes = [*meta.graph_def.node, *(node for f in meta.graph_def.library.function for node in f.node_def)]
        for node in nodes:
            if node.op == "Const":
                yield tf.make_ndarray(node.attr["value"].tensor)
