"""Everything that decides what the network on landmarks learns."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field

from model.contract import MOVEMENTS


class BodyRecipe(BaseModel):
    """A network and how it is trained.

    Attributes:
        movements: labels beside *none of these*: those of the bundle, or 1 where any exercise is counted.
        channels: of every layer.
        dilations: instants between the three taps of each layer; together they see 77 instants.
        dropout: share of channels that are left out of each layer.
        causal: no instant sees a later one, for film that is still going on.
        steps, batch: optimiser steps, and sequences in each.
        learning_rate: at its peak, after `warmup` steps; from there it falls along a cosine to 0.
        weight_decay, clip_norm: of AdamW (Loshchilov and Hutter 2019), and of the whole gradient.
        near_weight: what an instant of a near relative counts, of one of anything else: pictures tell those apart.
        keep: share of the moving average of the weights that a step keeps.
        seed: of the weights and of the order of sequences.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    movements: int = Field(len(MOVEMENTS), ge=1)
    channels: int = Field(96, ge=1)
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 1, 2, 4)
    dropout: float = Field(0.1, ge=0, lt=1)
    causal: bool = False
    steps: int = Field(8000, ge=1)
    batch: int = Field(32, ge=1)
    learning_rate: float = Field(2e-3, gt=0)
    warmup: int = Field(200, ge=1)
    weight_decay: float = Field(0.02, ge=0)
    clip_norm: float = Field(5.0, gt=0)
    near_weight: float = Field(0.25, ge=0)
    keep: float = Field(0.998, ge=0, lt=1)
    seed: int = 0

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        warm = min(1.0, (step + 1) / self.warmup)
        return self.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * min(1.0, step / self.steps)))

    def kept(self, step: int) -> float:
        """What the average keeps at a step: less in the beginning, so that the first weights are soon forgotten."""
        return min(self.keep, (1 + step) / (10 + step))
