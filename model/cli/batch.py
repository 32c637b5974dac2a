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
        str,
        typer.Argument(
            help="Folder of clips, with all folders in it, or a CSV file with a column `file`; s3://bucket/prefix or "
            "s3://bucket/list.csv of an archive."
        ),
    ],
    out: Annotated[
        str, typer.Option("--out", help="File of JSON Lines to write, or to go on with; of an archive in S3, a place.")
    ],
    table: Annotated[Path | None, typer.Option("--csv", help="Also write a table, once all are answered.")] = None,
    bundle: BundleOption = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    top_k: Annotated[int, typer.Option("--top-k", min=1, help="How many movements a row names.")] = TOP_K,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="How many processes answer.", show_default="one for each core")
    ] = os.cpu_count() or 1,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many clips are left, and what they cost.")
    ] = False,
    environment: Annotated[
        str, typer.Option("--environment", help="Of an archive in S3: the environment whose function answers.")
    ] = "dev",
    at_once: Annotated[int, typer.Option("--at-once", min=1, help="There: parts that are answered together.")] = 10,
    tolerated: Annotated[
        float, typer.Option("--tolerate", min=0, max=100, help="There: percentage of parts that may come to nothing.")
    ] = 5.0,
) -> None:
    """Answer many clips, side by side, one row of JSON for each; a clip without an answer is a row with its error.

    Interrupted, even by a power cut, the same command goes on: what is answered is not asked again, but for what
    went wrong through us. Names are those from the folder of the clips, or of the CSV file, on.

    An archive in S3 is answered there, by a function of AWS: nothing is fetched but the rows. The infrastructure's
    guide says what must be deployed.
    """
    if source.startswith("s3://"):
        from model.cli.archive import Order, answer_archive

        answer_archive(
            source, out, Order(f"movements-{environment}-archive", top_k, at_once, tolerated), dry_run=dry_run
        )
        return
    _answer_here(Path(source), Path(out), table, bundle, engine, top_k, workers, dry_run)


def _answer_here(
    source: Path,
    out: Path,
    table: Path | None,
    bundle: Path,
    engine: EngineName,
    top_k: int,
    workers: int,
    dry_run: bool,
) -> None:
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
        if dry_run:
            console.print(f"{len(missing)} of {len(set(files))} clips are left", soft_wrap=True)
            return
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
