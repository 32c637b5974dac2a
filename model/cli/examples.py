"""`movements examples`: the page's example clips."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app


@app.command(rich_help_panel=MAKE)
def examples(out: Annotated[Path, typer.Option("--out", help="Folder of the page's example clips.")]) -> None:
    """Render the page's example clips, one per movement."""
    from model.rendering.examples import render_examples

    render_examples(out)
