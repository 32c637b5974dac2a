"""Everything that decides what the network of depth learns."""

from __future__ import annotations

from pydantic import Field

from model.training.averaged import AveragedRecipe


class DepthRecipe(AveragedRecipe):
    """A network and how it is trained.

    Attributes:
        channels: of the convolutions; the picture is halved before every other one, beginning with the first.
        places: units that read where the joints are; hidden: units that read both.
        dropout: share of the hidden units that are left out.
        min_scale, max_scale: side of the square, by that which is served.
        shift: standard deviation of its place, in sides.
    """

    channels: tuple[int, ...] = (16, 32, 32, 64, 64, 96)
    places: int = Field(64, ge=1)
    hidden: int = Field(96, ge=1)
    dropout: float = Field(0.2, ge=0, lt=1)
    steps: int = Field(5000, ge=1)
    batch: int = Field(64, ge=1)
    weight_decay: float = Field(0.03, ge=0)
    min_scale: float = Field(0.85, gt=0)
    max_scale: float = Field(1.18, gt=0)
    shift: float = Field(0.03, ge=0)
