"""Everything that decides what the network on landmarks learns."""

from __future__ import annotations

from pydantic import Field

from model.contract import MOVEMENTS
from model.training.averaged import AveragedRecipe


class BodyRecipe(AveragedRecipe):
    """A network and how it is trained.

    Attributes:
        movements: labels beside *none of these*: those of the bundle, or 1 where any exercise is counted.
        channels: of every layer.
        dilations: instants between the three taps of each layer; together they see 77 instants.
        dropout: share of channels that are left out of each layer.
        causal: no instant sees a later one, for film that is still going on.
        near_weight: what an instant of a near relative counts, of one of anything else: pictures tell those apart.
    """

    movements: int = Field(len(MOVEMENTS), ge=1)
    channels: int = Field(96, ge=1)
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 1, 2, 4)
    dropout: float = Field(0.1, ge=0, lt=1)
    causal: bool = False
    near_weight: float = Field(0.25, ge=0)
