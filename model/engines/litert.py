"""The LiteRT engine: quick to import and to run, a few megabytes on disk."""

from __future__ import annotations

import threading

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from model.bundle import Bundle
from model.engines.flatbuffer import refuse_custom_operators
from model.errors import ModelUnavailable


class LiteRTEngine:
    """One interpreter behind a lock: LiteRT's interpreters are not thread-safe, and one uses all the threads it may."""

    name = "litert"

    def __init__(self, bundle: Bundle, *, threads: int) -> None:
        if bundle.litert_path is None:
            raise ModelUnavailable(
                f"The bundle {bundle.contract.name} carries no flatbuffer for LiteRT.", hint="Use ENGINE=tensorflow."
            )
        refuse_custom_operators(bundle.litert_path, bundle.contract.name)
        try:
            self._interpreter = Interpreter(model_path=str(bundle.litert_path), num_threads=threads)
            self._interpreter.allocate_tensors()
            (inputs,) = self._interpreter.get_input_details()
            (outputs,) = self._interpreter.get_output_details()
        except (ValueError, RuntimeError) as error:
            raise ModelUnavailable(f"The flatbuffer of {bundle.contract.name} cannot be opened: {error}") from error
        shapes = tuple(inputs["shape"].tolist()), tuple(outputs["shape"].tolist())
        if shapes != (bundle.contract.input_shape, (1, bundle.contract.outputs)):
            raise ModelUnavailable(
                f"The flatbuffer of {bundle.contract.name} maps {shapes[0]} to {shapes[1]}; "
                f"its contract says {bundle.contract.input_shape} to {(1, bundle.contract.outputs)}."
            )
        self._input: int = inputs["index"]
        self._output: int = outputs["index"]
        self._lock = threading.Lock()

    def logits(self, tensor: np.ndarray) -> np.ndarray:
        """See `model.engines.Engine.logits`."""
        with self._lock:
            self._interpreter.set_tensor(self._input, tensor)
            self._interpreter.invoke()
            result: np.ndarray = self._interpreter.get_tensor(self._output)
        return result
