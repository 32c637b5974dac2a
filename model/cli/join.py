"""`movements join`: a bundle of pictures and body."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained, failed
from model.cli.screen import console
from model.errors import MovementsError


@app.command(rich_help_panel=MAKE)
def join(
    bundle: Annotated[Path, typer.Argument(help="Bundle of pictures that knows *none of these*.")],
    run: Annotated[Path, typer.Argument(help="Folder of `movements train-body`, or a bundle that has its network.")],
    films: Annotated[
        list[Path], typer.Option("--films", help="Folder of `movements videos`, of an unseen seed. May be given again.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Directory of the new bundle. It must be new or empty.")],
    version: Annotated[str, typer.Option("--version", help="Version of the new bundle.")] = "2",
) -> None:
    """Make a bundle of both streams, joined by what they say of rendered films."""
    from model.data.folder import clips_in
    from model.training.body.join import join as make

    with explained():
        try:
            contract = make(bundle, run, [path for folder in films for path in clips_in(folder)], out, version=version)
        except MovementsError as error:
            raise failed(error) from error
    console.print(f"{out} holds {contract.name} {contract.version}")
