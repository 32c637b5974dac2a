"""A run that has ended, with the clips that it was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from model.data.records import read_description
from model.training.dataset import Clips, is_record
from model.training.network import movinet
from model.training.start import Start
from model.training.train import Trained, load_trained


@dataclass(frozen=True)
class Kept:
    """What is kept of the weights that a run began with: `share` of each weight, from 0 to 1.

    Weights in between answer nearly as well on what was learned last, and better on what was known before than the last
    ones alone (Wortsman et al. 2022, arXiv 2109.01903).
    """

    start: Start
    share: float


@dataclass(frozen=True)
class FinishedRun:
    """A run, and its clips again.

    Attributes:
        folder: of the run.
        trained: the weights that it came to.
        clips: what it was trained on, those held out included.
        held_out: those that it did not learn from.
        split: how recorded clips were split, in words.
        kept: share of the weights that are those that it began with.
    """

    folder: Path
    trained: Trained
    clips: Clips
    held_out: Clips
    split: str
    kept: float = 0.0

    @classmethod
    def open(cls, folder: Path, data: Sequence[Path], kept: Kept | None = None) -> Self:
        """The run in a folder.

        Args:
            folder: of the run.
            data: the files it was trained on.
            kept: what is kept of the weights that it began with; None for nothing.

        Raises:
            ValueError: the files, or the weights, are not the run's.
        """
        trained = load_trained(folder)
        if kept is not None:
            _keep(trained, kept)
        clips = Clips.load(data, trained.labels)
        if len(clips) != trained.config.clips:
            raise ValueError(f"{folder} was trained on {trained.config.clips} clips, the files hold {len(clips)}")
        split = "; ".join(sorted({read_description(path.parent).split for path in data if is_record(path)}))
        return cls(folder, trained, clips, clips.split()[1], split, 0.0 if kept is None else kept.share)

    @property
    def calibrating(self) -> Clips:
        """The clips held out on which the rule for *none of these* is set: as labellers cut them, if there are any."""
        whole = self.held_out.take(~self.held_out.pieces)
        return whole if len(whole) else self.held_out

    @property
    def rendered(self) -> bool:
        """Whether no clip is recorded."""
        return not (self.clips.splits != "").any()


def _keep(trained: Trained, kept: Kept) -> None:
    """Move the weights of a run towards those that it began with."""
    config = trained.config
    if config.start is None or config.start.sha256 != kept.start.digest:
        raise ValueError(f"the run did not begin with the weights of {kept.start.name}")
    begun = movinet(config.recipe, len(config.labels) + config.has_none)
    kept.start.give(begun, config.recipe, config.labels, has_none=config.has_none)
    pairs = zip(trained.model.get_weights(), begun.get_weights(), strict=True)
    trained.model.set_weights([(1 - kept.share) * last + kept.share * first for last, first in pairs])
