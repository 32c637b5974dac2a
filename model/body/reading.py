"""From a body through a film to what it does: the network on landmarks, window by window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from model.engines.calibration import softmax
from model.engines.flatbuffer import refuse_custom_operators
from model.errors import ModelUnavailable
from model.pose.track import FEATURES, INSTANTS, Track, features

_HOP = INSTANTS // 4
"""Instants from one window to the next; what several say of an instant is averaged, most of all by the middle ones."""


@dataclass(frozen=True)
class Reading:
    """What the network says of every instant of a track.

    Attributes:
        probabilities: float64 [T, movements + 1], the last for *none of these*.
        direction: float64 [T, 2], sine and cosine of the turn.
    """

    probabilities: np.ndarray
    direction: np.ndarray


class BodyNetwork:
    """The network, for one thread.

    Args:
        content: its flatbuffer.
        movements: how many it knows.
        threads: of the engine.
    """

    def __init__(self, content: bytes, movements: int, *, threads: int = 1) -> None:
        """Open it; raises `ModelUnavailable` if it is not such a network."""
        refuse_custom_operators(content, "the network on landmarks")
        try:
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelUnavailable(f"The network on landmarks cannot be opened: {error}") from error
        (given,), (outputs,) = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        shapes = tuple(given["shape"].tolist()), tuple(outputs["shape"].tolist())
        wanted = (1, INSTANTS, FEATURES), (1, INSTANTS, movements + 3)
        if shapes != wanted:
            raise ModelUnavailable(f"The network on landmarks maps {shapes[0]} to {shapes[1]}, not {wanted}.")
        self._input, self._output = given["index"], outputs["index"]
        self._movements = movements

    def read(self, track: Track, *, temperature: float = 1.0) -> Reading:
        """What it says of every instant of a track.

        Args:
            track: the body; of any length.
            temperature: logits are divided by it before the softmax.
        """
        count, outputs = len(track), self._movements + 3
        width = min(INSTANTS, count)
        weights = np.hanning(width + 2)[1:-1, None] + 0.05
        total, sum_of_weights = np.zeros((count, outputs)), np.zeros((count, 1))
        for first in sorted({*range(0, count - width, _HOP), count - width}):
            part = slice(first, first + width)
            said = self._window(track.points[part], track.seen[part])[:width]
            said = np.concatenate([softmax(said[:, :-2] / temperature), said[:, -2:]], axis=1)
            total[part] += said * weights
            sum_of_weights[part] += weights
        mean = total / sum_of_weights
        return Reading(mean[:, :-2], mean[:, -2:])

    def _window(self, points: np.ndarray, seen: np.ndarray) -> np.ndarray:
        self._interpreter.set_tensor(self._input, features(points, seen)[None])
        self._interpreter.invoke()
        result: np.ndarray = self._interpreter.get_tensor(self._output)[0].astype(np.float64)
        return result
