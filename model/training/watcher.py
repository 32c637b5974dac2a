"""What a run tells while it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.training.history import Row


class Watcher:
    """Told what happens in a run. This one does nothing; a subclass shows it."""

    def begin(self, step: int, steps: int, *, resumed: bool) -> None:
        """The run begins after `step` of its `steps`; `resumed` from a checkpoint or not."""

    def advance(self, step: int) -> None:
        """So many steps are taken."""

    def row(self, row: Row) -> None:
        """A row of the log is written."""


UNWATCHED = Watcher()
"""A watcher that ignores everything, for runs without an audience."""
