"""`movements add-depth`: a bundle that reads from pictures how deep a squat is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained, failed
from model.cli.screen import console
from model.errors import MovementsError


@app.command("add-depth", rich_help_panel=MAKE)
def add_depth(
    bundle: Annotated[Path, typer.Argument(help="Bundle of `movements join` or `movements add-counter`.")],
    run: Annotated[Path, typer.Argument(help="Folder of `movements train-depth`.")],
    data: Annotated[Path, typer.Option("--data", help="Folder of `movements bottoms` that the run learned from.")],
    test: Annotated[Path, typer.Option("--test", help="Another such folder, to judge it on.")],
    out: Annotated[Path, typer.Option("--out", help="Directory of the new bundle. It must be new or empty.")],
    version: Annotated[str, typer.Option("--version", help="Version of the new bundle.")] = "3",
) -> None:
    """Make a bundle that reads from pictures whether a squat is deep enough."""
    from model.training.depth.add import add_depth as make

    with explained():
        try:
            contract = make(bundle, run, data, test, out, version=version)
        except MovementsError as error:
            raise failed(error) from error
    console.print(f"{out} holds {contract.name} {contract.version}")
