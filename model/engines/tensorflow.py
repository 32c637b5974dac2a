"""The TensorFlow engine: opens any SavedModel whose graph only computes."""

from __future__ import annotations

import contextlib

import numpy as np
import tensorflow as tf

from model.bundle import Bundle
from model.engines.side_effects import refuse_side_effects
from model.errors import ModelUnavailable
from model.parts.whole import saved_model

SIGNATURE = "serving_default"

_UNREADABLE = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NotImplementedError, OSError, TypeError,
    ValueError, tf.errors.OpError,
)  # fmt: skip
"""What TensorFlow's loader raises for files that do not fit together."""


class TensorFlowEngine:
    """Runs the signature `serving_default`; TensorFlow's functions are thread-safe."""

    name = "tensorflow"

    def __init__(self, bundle: Bundle, *, threads: int) -> None:
        contract = bundle.contract
        with contextlib.suppress(RuntimeError):  # a runtime that has started already keeps its threads
            tf.config.threading.set_intra_op_parallelism_threads(threads)
        with saved_model(bundle) as directory:
            refuse_side_effects(directory, contract.name)
            try:
                self._model = tf.saved_model.load(str(directory))
                self._function = self._model.signatures[SIGNATURE]
                (self._input,) = self._function.structured_input_signature[1]
                (self._output,) = self._function.structured_outputs
            except _UNREADABLE as error:
                raise ModelUnavailable(f"The SavedModel of {contract.name} cannot be opened: {error}") from error
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
