"""What commands print on: rich's consoles, tables and markup, imported with the first word that is printed.

Help prints nothing here, and rich takes as long to import as all the rest of the command line.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table


class Screen:
    """One of the two ends of the terminal, with markup and without guesses at what to highlight."""

    def __init__(self, *, stderr: bool = False) -> None:
        self._stderr = stderr
        self._console: Console | None = None

    @property
    def console(self) -> Console:
        """Rich's console, for what draws on one by itself."""
        from rich.console import Console

        if self._console is None:
            self._console = Console(stderr=self._stderr, highlight=False)
        return self._console

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as `rich.console.Console.print` does."""
        self.console.print(*objects, **options)


console = Screen()
errors = Screen(stderr=True)


def escape(text: str) -> str:
    """A text of which no part is read as markup."""
    from rich.markup import escape

    return escape(text)


def bars(*middle: Any) -> AbstractContextManager[Progress]:
    """Rich's progress bars with the time left, on standard error; nothing where that is a file.

    Args:
        middle: rich's columns between a bar and the time left.
    """
    from rich import progress

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        *middle,
        progress.TimeRemainingColumn(),
        console=errors.console,
        transient=True,
        disable=not errors.console.is_terminal,
    )


def columns(*headers: str, **options: Any) -> Table:
    """A table without lines, as all of ours are; options as of `rich.table.Table`."""
    from rich.table import Table

    return Table(*headers, box=None, pad_edge=False, **options)
