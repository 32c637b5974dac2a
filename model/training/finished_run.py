"""A run that has ended, with the clips that it was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from model.data.records import read_description
from model.staging.pieces import clips_in_pieces
from model.training.dataset import Clips, is_record
from model.training.train import Trained, load_trained


@dataclass(frozen=True)
class FinishedRun:
    """A run, and its clips again.

    Attributes:
        folder: of the run.
        trained: the weights that it came to.
        clips: what it was trained on, those held out included.
        held_out: those that it did not learn from.
        split: how recorded clips were split, in words.
        pieces: how many of the rendered clips were cut as people cut.
    """

    folder: Path
    trained: Trained
    clips: Clips
    held_out: Clips
    split: str
    pieces: int = 0

    @classmethod
    def open(cls, folder: Path, data: Sequence[Path]) -> Self:
        """The run in a folder; `data` are the files it was trained on.

        Raises:
            ValueError: the files are not the run's.
        """
        trained = load_trained(folder)
        clips = Clips.load(data, trained.labels)
        if len(clips) != trained.config.clips:
            raise ValueError(f"{folder} was trained on {trained.config.clips} clips, the files hold {len(clips)}")
        split = "; ".join(sorted({read_description(path.parent).split for path in data if is_record(path)}))
        pieces = sum(map(clips_in_pieces, sorted({path.parent for path in data if not is_record(path)})))
        return cls(folder, trained, clips, clips.split()[1], split, pieces)

    @property
    def rendered(self) -> bool:
        """Whether no clip is recorded."""
        return not (self.clips.splits != "").any()
