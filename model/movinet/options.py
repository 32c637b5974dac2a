"""How a backbone is built, as one value. No TensorFlow here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

from model.movinet.presets import Preset, preset

Config = dict[str, Any]
"""What `get_config` of a Keras object gives: arguments by name, as JSON values."""


class UnitOptions(TypedDict):
    """What every `model.movinet.layers.Unit` of a network has in common."""

    folded: bool
    momentum: float


@dataclass(frozen=True)
class BackboneOptions:
    """Everything that makes a backbone but its weights, shared by the base and the stream form.

    Weights depend on neither `frames` nor `size`, so those of one backbone fit every other of the same variant.

    Attributes:
        variant: name of the preset, `a0` to `a5`; another raises `ValueError`.
        frames, size: frames per clip and side in pixels; 0 stands for the preset's, and is replaced by it.
        drop: probability in training that a clip skips the last bottleneck (stochastic depth); earlier ones in
            proportion to their depth.
        residual_scale: what residuals are multiplied by at first. Zero, as published, makes a fresh network begin as
            its skips alone.
        folded, momentum: see `model.movinet.layers.Unit`.
    """

    variant: str = "a0"
    frames: int = 0
    size: int = 0
    drop: float = 0.0
    residual_scale: float = 0.0
    folded: bool = False
    momentum: float = 0.99

    def __post_init__(self) -> None:
        object.__setattr__(self, "frames", self.frames or self.preset.frames)
        object.__setattr__(self, "size", self.size or self.preset.size)

    @property
    def preset(self) -> Preset:
        """The variant's architecture."""
        return preset(self.variant)

    @property
    def unit(self) -> UnitOptions:
        """The part that concerns every unit."""
        return {"folded": self.folded, "momentum": self.momentum}
