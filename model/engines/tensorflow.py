"""The TensorFlow engine: opens any SavedModel whose graph only computes."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from model.bundle import Bundle
from model.errors import ModelUnavailable

SIGNATURE = "serving_default"

_REFUSED = re.compile(
    r"PyFunc|^(Read|Write)File$|MatchingFiles|Reader|Dataset|Iterator|Queue|TextFile|FixedLengthRecord|"
    r"^_?(Host)?(Send|Recv)$|Rpc|Debug|Summary|^Print|Py$|CustomCall|Shell|Socket"
)
"""Operations that touch files, the network or Python; the saver's own are not."""


class TensorFlowEngine:
    """Runs the signature `serving_default`; TensorFlow's functions are thread-safe."""

    name = "tensorflow"

    def __init__(self, bundle: Bundle, *, threads: int) -> None:
        contract = bundle.contract
        _refuse_side_effects(bundle.directory)
        with contextlib.suppress(RuntimeError):  # a runtime that has started already keeps its threads
            tf.config.threading.set_intra_op_parallelism_threads(threads)
        try:
            self._model = tf.saved_model.load(str(bundle.directory))
            self._function = self._model.signatures[SIGNATURE]
        except (OSError, KeyError, ValueError, tf.errors.OpError) as error:
            raise ModelUnavailable(f"The SavedModel of {contract.name} cannot be opened: {error}") from error
        (self._input,) = self._function.structured_input_signature[1]
        (self._output,) = self._function.structured_outputs
        spec = self._function.structured_input_signature[1][self._input]
        given = self._function.structured_outputs[self._output].shape
        if not (
            spec.shape.is_compatible_with(contract.input_shape) and given.is_compatible_with((1, contract.outputs))
        ):
            raise ModelUnavailable(
                f"The SavedModel of {contract.name} maps {spec.shape} to {given}; "
                f"its contract says {contract.input_shape} to {(1, contract.outputs)}."
            )

    def logits(self, tensor: np.ndarray) -> np.ndarray:
        """See `model.engines.Engine.logits`."""
        result: np.ndarray = self._function(**{self._input: tf.constant(tensor)})[self._output].numpy()
        return result


def _refuse_side_effects(directory: Path) -> None:
    """Read the graph without running anything of it, and refuse operations that do more than compute."""
    saved = SavedModel()
    try:
        saved.ParseFromString((directory / "saved_model.pb").read_bytes())
    except (OSError, DecodeError) as error:
        raise ModelUnavailable(f"The SavedModel in {directory.name} cannot be read: {error}") from error
    for meta in saved.meta_graphs:
        graph = meta.graph_def
        nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
        for node in nodes:
            if _REFUSED.search(node.op):
                raise ModelUnavailable(
                    f"The graph in {directory.name} uses the operation {node.op}, which does more than compute.",
                    hint="Only load models from people you trust; export this one again without it.",
                )
