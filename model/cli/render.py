"""`movements render`: training clips."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import app
from model.cli.common import explained


@app.command()
def render(
    out: Annotated[Path, typer.Option("--out", help="Folder of the clips; shards that are there are kept.")],
    clips: Annotated[int, typer.Option("--clips", min=1, help="How many.")],
    seed: Annotated[int, typer.Option("--seed", help="Decides every clip.")] = 1,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 2,
) -> None:
    """Render clips to learn from. An interrupted run goes on where it was."""
    from model.rendering.dataset import render_dataset

    with explained():
        render_dataset(out, clips, seed, workers=workers)
