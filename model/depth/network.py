"""The network of depth, as it is served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from model.depth.view import PLACES, SIZE, View
from model.engines.flatbuffer import refuse_custom_operators
from model.errors import ModelUnavailable

LOGARITHMS = (-5.0, 2.0)
"""Between which the logarithm of a width is kept, in training and in serving."""

_INPUTS = {(1, SIZE, SIZE, 3), (1, PLACES)}


@dataclass(frozen=True)
class Depth:
    """What the network says of a picture.

    Attributes:
        value: how far the hips are above the knees, in thighs.
        width: of the Laplace distribution about it.
    """

    value: float
    width: float


class DepthNetwork:
    """The network, for one thread.

    Args:
        content: its flatbuffer.
        threads: of the engine.
    """

    def __init__(self, content: bytes, *, threads: int = 1) -> None:
        """Open it; raises `ModelUnavailable` if it is not such a network."""
        refuse_custom_operators(content, "the network of depth")
        try:
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelUnavailable(f"The network of depth cannot be opened: {error}") from error
        given = {tuple(row["shape"].tolist()): row["index"] for row in self._interpreter.get_input_details()}
        (outputs,) = self._interpreter.get_output_details()
        if given.keys() != _INPUTS or tuple(outputs["shape"].tolist()) != (1, 2):
            raise ModelUnavailable(f"The network of depth maps {sorted(given)} to {outputs['shape'].tolist()}.")
        self._picture, self._places = given[1, SIZE, SIZE, 3], given[1, PLACES]
        self._output = outputs["index"]

    def read(self, views: Sequence[View]) -> list[Depth]:
        """What it says of each view."""
        found = []
        for view in views:
            self._interpreter.set_tensor(self._picture, view.picture[None].astype(np.float32) / 255)
            self._interpreter.set_tensor(self._places, view.places[None])
            self._interpreter.invoke()
            value, logarithm = self._interpreter.get_tensor(self._output)[0].tolist()
            found.append(Depth(value, float(np.exp(np.clip(logarithm, *LOGARITHMS)))))
        return found
