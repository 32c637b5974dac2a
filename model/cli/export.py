"""`movements export`: a sealed bundle of a saved classifier."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.screen import console


@app.command(rich_help_panel=MAKE)
def export(
    model: Annotated[Path, typer.Argument(help="File of a classifier saved as .keras.")],
    contract: Annotated[Path, typer.Option("--contract", help="JSON file of its contract.")],
    out: Annotated[Path, typer.Option("--out", help="Directory of the bundle. It must be new or empty.")],
) -> None:
    """Make a bundle of a saved classifier: frozen SavedModel, flatbuffer, contract, manifest."""
    from model.movinet.export import export as make

    made = make(model, contract, out)
    console.print(f"{out} holds {made.name} {made.version}")
