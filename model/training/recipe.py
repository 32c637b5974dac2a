"""The recipe of a training run: everything that decides what comes out, as one value."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from model.movinet.classifier import Channels
from model.training.augmentation import Augmentation


@dataclass(frozen=True)
class Recipe:
    """Optimisation, schedule and variation. The defaults are the ones that learned quickest on two cores.

    Attributes:
        variant: MoViNet variant, a0 to a5.
        stream: the causal form of the variant, which can also run frame by frame.
        channels: what the first convolution sees, made of RGB in the graph: the colours or three motion channels.
        frames: frames per clip.
        size: side of the frames, pixels; best kept through a run (a change in mid-run cost accuracy).
        steps: optimiser steps of the run; the schedule ends there.
        batch: clips per step.
        learning_rate: at the peak, reached after `warmup` of the steps and followed by a cosine to 1 % of it.
        beta_1, beta_2, weight_decay: of AdamW; biases and normalisation are not decayed.
        clip_norm: bound on the norm of the whole gradient.
        average: decay per step of the moving average of weights and batch statistics, which is what is kept.
        dropout: part of the hidden layer dropped in each step.
        label_smoothing: share of the target spread evenly over all outputs.
        near_weight: weight in the loss of non-movements that are nearly movements; 0 leaves them out.
        seed: of weights, order and variation.
        augmentation: how clips are varied.
    """

    variant: str = "a0"
    stream: bool = False
    channels: Channels = "motion"
    frames: int = 10
    size: int = 80
    steps: int = 2400
    batch: int = 16
    learning_rate: float = 2.5e-3
    warmup: float = 0.05
    beta_1: float = 0.9
    beta_2: float = 0.99
    weight_decay: float = 0.03
    clip_norm: float = 5.0
    average: float = 0.995
    label_smoothing: float = 0.02
    dropout: float = 0.3
    near_weight: float = 0.5
    seed: int = 1
    augmentation: Augmentation = field(default_factory=Augmentation)

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        progress = step / self.steps
        rising = min(1.0, (step + 1) / max(1.0, self.warmup * self.steps))
        falling = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
        return self.learning_rate * rising * falling

    def keep(self, step: int) -> float:
        """Decay of the moving average at a step; it starts short, so that the first weights are soon forgotten."""
        return min(self.average, (1 + step) / (10 + step))

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The recipe that `to_dict` wrote."""
        return cls(**{**values, "augmentation": Augmentation(**values["augmentation"])})
