"""What `movements data stats` says of a data set."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from model.answers.base import Answer, Count


class Spread(Answer):
    """Mean and sample standard deviation; the latter is None for a single value."""

    mean: float
    sd: float | None

    def __str__(self) -> str:
        return f"{self.mean:.4g}" if self.sd is None else f"{self.mean:.4g} ± {self.sd:.3g}"


class MovementCounts(Answer):
    """What is known of one movement, or of all together.

    Attributes:
        movement: the label.
        clips: how many repetitions.
        athletes, sources: how many different ones show it.
        frames: of a repetition.
        seconds: of a clip; None before they are cut.
        total_seconds: of all clips together; None before they are cut.
        splits (`sides` in JSON): how many repetitions are in each split, by its name.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    movement: str
    clips: Count
    athletes: Count
    sources: Count
    frames: Spread
    seconds: Spread | None
    total_seconds: float | None
    splits: dict[str, Count] = Field(serialization_alias="sides")


class Statistics(Answer):
    """The table of a data set.

    Attributes:
        rows: one per movement, in the order of the labels.
        total: all of them together.
        warnings: a sentence for each movement that few athletes show.
    """

    rows: tuple[MovementCounts, ...]
    total: MovementCounts
    warnings: tuple[str, ...]
