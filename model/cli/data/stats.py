"""`movements data stats`: how long and how many the repetitions are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.common import JsonOption, explained, figure, print_json
from model.cli.data.group import data, print_findings
from model.cli.screen import columns, console, escape


@data.command()
def stats(
    manifest: Annotated[Path, typer.Argument(help="Manifest, or folder of clips with one.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write tables and a plot of the balance to.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the number and length of each movement's repetitions, and how they are split."""
    from model.data.manifest import Manifest
    from model.data.stats import count_manifest, used_splits, write_statistics

    with explained():
        counted = count_manifest(Manifest.read(manifest))
    if out is not None:
        write_statistics(out, counted)
    if as_json:
        print_json(counted)
        return
    splits = used_splits(counted)
    table = columns("movement", "clips", "athletes", "sources", "frames", "seconds", "total s")
    balance = columns("movement", *splits)
    for row in (*counted.rows, counted.total):
        total = None if row.total_seconds is None else round(row.total_seconds, 1)
        counts = (row.clips, row.athletes, row.sources, row.frames, row.seconds or "-", figure(total))
        table.add_row(escape(row.movement), *(str(value) for value in counts))
        balance.add_row(escape(row.movement), *(str(row.splits.get(split, 0)) for split in splits))
    console.print(table, "", balance)
    print_findings(counted.warnings)
