"""The recipe of a training run: everything that decides what comes out, as one value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Literal, Self

from pydantic import ConfigDict, JsonValue, TypeAdapter

from model.movinet.classifier import Channels
from model.training.augmentation import Augmentation

Optimizer = Literal["adamw", "rmsprop"]
Choose = Literal["last", "best"]
Precision = Literal["float32", "mixed_bfloat16"]


@dataclass(frozen=True)
class Recipe:
    """Optimisation, schedule and variation. The defaults are the ones that learned fastest on two cores.

    Attributes:
        variant: MoViNet variant, a0 to a5.
        stream: the causal form of the variant, which can also run frame by frame.
        channels: what the first convolution sees, made of RGB in the graph: the colours or three motion channels.
        frames: frames per clip.
        size: side of the frames in pixels. Changing it in the middle of a run cost accuracy.
        steps: optimiser steps of the run; the schedule ends there.
        epochs: how often every clip is seen, in place of `steps`; 0 to use those.
        batch: clips per step, over all devices.
        optimizer: AdamW, or RMSprop as in the published thesis.
        learning_rate: the peak, reached after `warmup` of the steps and followed by a cosine to `last_rate` of it.
        beta_1, beta_2, weight_decay: of AdamW; biases and normalisation are not decayed.
        rho, momentum, epsilon: of RMSprop.
        clip_norm: bound on the norm of the gradient.
        clip_each: whether the bound holds for each variable by itself, not for the whole.
        average: decay per step of the moving average of weights and batch statistics, which is what is kept; 0 keeps
            the weights as they are.
        choose: whether the last weights are kept, or those with the best top-1 on the clips held out.
        patience: evaluations without a smaller loss on the clips held out after which the run ends; 0 for never.
        frozen: whether the backbone stays as it was at the start, its batch statistics included.
        precision: of the arithmetic; variables are float32 in either.
        dropout: part of the hidden layer dropped in each step.
        label_smoothing: share of the target spread evenly over all outputs.
        near_weight: weight in the loss of non-movements that are nearly movements; 0 leaves them out.
        seed: of weights, order and variation.
        augmentation: how clips are varied; None leaves them as they are.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    variant: str = "a0"
    stream: bool = False
    channels: Channels = "motion"
    frames: int = 10
    size: int = 80
    steps: int = 2400
    epochs: float = 0.0
    batch: int = 16
    optimizer: Optimizer = "adamw"
    learning_rate: float = 2.5e-3
    warmup: float = 0.05
    last_rate: float = 0.01
    beta_1: float = 0.9
    beta_2: float = 0.99
    weight_decay: float = 0.03
    rho: float = 0.9
    momentum: float = 0.9
    epsilon: float = 1.0
    clip_norm: float = 5.0
    clip_each: bool = False
    average: float = 0.995
    choose: Choose = "last"
    patience: int = 0
    frozen: bool = False
    precision: Precision = "float32"
    label_smoothing: float = 0.02
    dropout: float = 0.3
    near_weight: float = 0.5
    seed: int = 1
    augmentation: Augmentation | None = field(default_factory=Augmentation)

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        progress = step / self.steps
        rising = min(1.0, (step + 1) / max(1.0, self.warmup * self.steps))
        falling = self.last_rate + (1 - self.last_rate) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
        return self.learning_rate * rising * falling

    def keep(self, step: int) -> float:
        """Decay of the moving average at a step; it starts short, so that the first weights are soon forgotten."""
        return min(self.average, (1 + step) / (10 + step))

    def for_clips(self, clips: int) -> Recipe:
        """The recipe with the steps that its epochs make of so many clips to train on."""
        if not self.epochs:
            return self
        return replace(self, steps=max(1, round(self.epochs * clips / self.batch)), epochs=0.0)

    def to_dict(self) -> dict[str, JsonValue]:
        """The same as JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, JsonValue]) -> Self:
        """The recipe that `to_dict` wrote, perhaps before a field was added, which then has its default.

        Raises:
            ValueError: these are not the fields of a recipe.
        """
        return TypeAdapter(cls).validate_python(values)


PRESETS: Mapping[str, Recipe] = MappingProxyType(
    {
        "rendered": Recipe(),
        "fine-tune": Recipe(epochs=40, learning_rate=5e-4, average=0.98, dropout=0.4, choose="best", patience=4),
        "thesis": Recipe(
            variant="a2",
            channels="rgb",
            size=224,
            epochs=10,
            batch=8,
            optimizer="rmsprop",
            learning_rate=0.01,
            warmup=0.0,
            last_rate=0.0,
            clip_norm=1.0,
            clip_each=True,
            average=0.0,
            choose="best",
            label_smoothing=0.1,
            dropout=0.5,
            near_weight=1.0,
            augmentation=None,
        ),
    }
)
"""Recipes by name.

`rendered` made the default model. `fine-tune` is for hundreds of your own clips, starting from a trained model.
`thesis` is that of the published thesis (SPEC section 4): Kinetics weights, clips as they are, the best epoch kept.
"""
