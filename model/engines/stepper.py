"""Runs a stream model frame by frame: a few numbers are kept of the past, so every frame costs the same."""

from __future__ import annotations

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from model.bundle import STEP, Bundle
from model.engines.calibration import calibrated
from model.engines.flatbuffer import refuse_custom_operators
from model.errors import ModelUnavailable
from model.parts.whole import content, has
from model.video import to_tensor


class Stepper:
    """The answer to the frames of one clip so far; one clip at a time, from one thread."""

    def __init__(self, bundle: Bundle, *, threads: int = 2) -> None:
        """Open the bundle's graph of one more frame.

        Raises:
            ModelUnavailable: the bundle has none, or it is not what the contract says.
        """
        self.contract = bundle.contract
        if not has(bundle, STEP):
            raise ModelUnavailable(
                f"The bundle {self.contract.name} cannot run frame by frame: it is no stream model.",
                hint="Train one with `movements train --stream`.",
            )
        graph = content(bundle, STEP)
        refuse_custom_operators(graph, self.contract.name)
        try:
            self._interpreter = Interpreter(model_content=graph, num_threads=threads)
            self._run = self._interpreter.get_signature_runner()
        except (ValueError, RuntimeError) as error:
            raise ModelUnavailable(f"The step of {self.contract.name} cannot be opened: {error}") from error
        details = self._run.get_input_details()
        self._empty = {name: np.zeros(entry["shape"], np.float32) for name, entry in details.items() if name != "image"}
        shape = tuple(details["image"]["shape"].tolist())
        expected = (1, 1, *self.contract.input_shape[2:])
        if shape != expected:
            raise ModelUnavailable(f"The step of {self.contract.name} takes {shape}; its contract says {expected}.")
        self.begin()

    def begin(self) -> None:
        """Forget the clip so far."""
        self._states = self._empty

    def push(self, frame: np.ndarray) -> np.ndarray:
        """Probabilities float64 [outputs] after one more frame uint8 [size, size, 3], RGB."""
        answers = self._run(image=to_tensor(frame[None, None]), **self._states)
        self._states = {name: answers[name] for name in self._states}
        return calibrated(answers["logits"][0], self.contract)
