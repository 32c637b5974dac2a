"""`movements add-counter`: a bundle that counts any exercise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained, failed
from model.cli.screen import console
from model.errors import MovementsError


@app.command("add-counter", rich_help_panel=MAKE)
def add_counter(
    bundle: Annotated[Path, typer.Argument(help="Bundle of `movements join`.")],
    run: Annotated[
        Path,
        typer.Argument(
            help="Folder of `movements train-body`, on sequences for counting, or a bundle that has its network."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Directory of the new bundle. It must be new or empty.")],
    version: Annotated[str, typer.Option("--version", help="Version of the new bundle.")] = "3",
) -> None:
    """Make a bundle that counts repetitions of any exercise, also of ones that it has no name for."""
    from model.training.body.counter import add_counter as make

    with explained():
        try:
            contract = make(bundle, run, out, version=version)
        except MovementsError as error:
            raise failed(error) from error
    console.print(f"{out} holds {contract.name} {contract.version}")
