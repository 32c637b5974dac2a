"""Engines: what runs a bundle's graph. Each takes the tensor of one clip and gives its logits.

`litert` needs a flatbuffer in the bundle and no TensorFlow; `tensorflow` opens any SavedModel. First of all,
`flatbuffer` or `side_effects` refuses what could do more than compute.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from model.bundle import Bundle
from model.defaults import EngineName
from model.errors import ModelUnavailable


class Engine(Protocol):
    """Runs one graph; safe to call from several threads."""

    name: str

    def logits(self, tensor: np.ndarray) -> np.ndarray:
        """Logits float32 [1, outputs] of a clip's tensor float32 [1, frames, size, size, 3], RGB in [0, 1]."""
        ...


def runs_on_litert(bundle: Bundle, name: EngineName) -> bool:
    """Whether LiteRT is what runs a bundle's graph."""
    return name is EngineName.LITERT or (name is EngineName.AUTO and bundle.litert_path is not None)


def open_engine(bundle: Bundle, name: EngineName = EngineName.AUTO, *, threads: int = 2) -> Engine:
    """The engine for a bundle, its graph loaded and its shapes compared with the contract.

    Raises:
        ModelUnavailable: the engine is not installed, or the graph is not what the contract says.
    """
    if runs_on_litert(bundle, name):
        from model.engines.litert import LiteRTEngine

        return LiteRTEngine(bundle, threads=threads)
    try:
        from model.engines.tensorflow import TensorFlowEngine
    except ImportError as error:
        raise ModelUnavailable(
            f"The bundle {bundle.contract.name} needs TensorFlow, which is not installed here.",
            hint="Install requirements/tensorflow.txt, or use a bundle with a flatbuffer.",
        ) from error
    return TensorFlowEngine(bundle, threads=threads)
