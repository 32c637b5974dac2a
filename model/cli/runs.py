"""What the commands that train have in common: how they show a run, and how they end when they are stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from model.cli.screen import errors, escape
from model.training.interruption import Interrupted
from model.training.watcher import Watcher

if TYPE_CHECKING:
    from pathlib import Path

    from model.training.history import Row

STEADY_SECONDS = 600.0
"""The time left follows from the speed of so many seconds: evaluations come seldom and take long."""


@contextmanager
def shown(run: Path, console: Console, *, resume: bool) -> Iterator[Watcher]:
    """Show a run: rows of the log as lines, and on a terminal a progress bar with the time left below them.

    Args:
        run: folder of the run.
        console: where to show it.
        resume: whether it was to go on from a checkpoint.
    """
    if not console.is_terminal:
        yield _Lines(run, console, resume=resume)
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("steps,"), TimeRemainingColumn(), TextColumn("left"))
    with Progress(*columns, console=console, refresh_per_second=2, speed_estimate_period=STEADY_SECONDS) as bar:
        yield _Bar(run, console, bar, resume=resume)


@contextmanager
def stoppable(advice: str) -> Iterator[None]:
    """Say what a run that was stopped has saved, and `advice`; exit with 128 plus the number of the signal."""
    try:
        yield
    except Interrupted as stopped:
        errors.print(escape(f"{stopped}. {advice}"), soft_wrap=True)
        raise typer.Exit(128 + stopped.signal) from stopped


class _Lines(Watcher):
    """A line for the beginning and for every row."""

    def __init__(self, run: Path, console: Console, *, resume: bool) -> None:
        self._run, self._console, self._resume = run, console, resume

    def begin(self, step: int, steps: int, *, resumed: bool) -> None:
        """Say where the run begins."""
        if resumed:
            self._print(f"{self._run} resumes at step {step} of {steps}")
        elif self._resume:
            self._print(f"{self._run} has no checkpoint to resume: it begins at step {step} of {steps}")

    def row(self, row: Row) -> None:
        """Show a row."""
        self._print(str(row))

    def _print(self, line: str) -> None:
        self._console.print(escape(line), soft_wrap=True)


class _Bar(_Lines):
    """The same lines, and a progress bar below them."""

    def __init__(self, run: Path, console: Console, bar: Progress, *, resume: bool) -> None:
        super().__init__(run, console, resume=resume)
        self._bar = bar

    def begin(self, step: int, steps: int, *, resumed: bool) -> None:
        """Say where the run begins, and begin the bar there."""
        super().begin(step, steps, resumed=resumed)
        self._task = self._bar.add_task("", total=steps, completed=step)

    def advance(self, step: int) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=step)
