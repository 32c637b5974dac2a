"""`movements batch`: many clips, into a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.cli.application import USE, app
from model.cli.common import BundleOption, EngineOption, explained, open_workers
from model.cli.screen import bars, console
from model.defaults import DEFAULT_BUNDLE, TOP_K, EngineName

if TYPE_CHECKING:
    from model.batch import Results, Row


@app.command(rich_help_panel=USE)
def batch(
    source: Annotated[
        Path, typer.Argument(help="Folder of clips, with all folders in it, or a CSV file with a column `file`.")
    ],
    out: Annotated[Path, typer.Option("--out", help="File of JSON Lines to write, or to go on with.")],
    table: Annotated[Path | None, typer.Option("--csv", help="Also write a table, once all are answered.")] = None,
    bundle: BundleOption = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    top_k: Annotated[int, typer.Option("--top-k", min=1, help="How many movements a row names.")] = TOP_K,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="How many processes answer.", show_default="one for each core")
    ] = os.cpu_count() or 1,
) -> None:
    """Answer many clips, side by side, one row of JSON for each; a clip without an answer is a row with its error.

    Interrupted, even by a power cut, the same command goes on: what is answered is not asked again, but for what
    went wrong through us. Names are those from the folder of the clips, or of the CSV file, on.
    """
    import model.predict  # noqa: F401  workers need it: what it does not find is said here, in a sentence
    from model.batch import Results, answer_all, clips_below, clips_listed

    with explained():
        if source.is_dir():
            folder, files = source, clips_below(source)
        else:
            folder, files = source.parent, clips_listed(source)
        results = Results(out)
    try:
        missing = [file for file in files if file not in results]
        if missing:
            asked = open_workers(bundle, engine, 1, count=min(workers, len(missing)))
            with _progress(len(files), len(files) - len(missing)) as report:
                answer_all(
                    missing,
                    results,
                    lambda file: asked.answer(folder / file, top_k=top_k),
                    at_once=workers,
                    report=report,
                )
            asked.close()
        if table is not None:
            results.write_table(table)
    finally:
        results.close()
    _tell(files, missing, results, out)


@contextmanager
def _progress(every: int, done: int) -> Iterator[Callable[[Row], None]]:
    """A bar with the clips that are answered and the time left, on standard error; nothing where that is a file."""
    from rich.progress import MofNCompleteColumn

    with bars(MofNCompleteColumn()) as shown:
        task = shown.add_task("clips", total=every, completed=done)
        yield lambda row: shown.advance(task)


def _tell(files: list[str], missing: list[str], results: Results, out: Path) -> None:
    wrong = sum("error" in results.rows[file] for file in set(files))
    before = len(set(files)) - len(set(missing))
    already = f", {before} of them before" if before else ""
    problems = f"; {wrong} have none, their rows say why" if wrong else ""
    console.print(f"{out}: {len(set(files))} clips asked about{already}{problems}", soft_wrap=True)
