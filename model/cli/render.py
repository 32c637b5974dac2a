"""`movements render`: training clips."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained


@app.command(rich_help_panel=MAKE)
def render(
    out: Annotated[Path, typer.Option("--out", help="Folder of the clips. Shards that it holds are kept.")],
    clips: Annotated[int, typer.Option("--clips", min=1, help="How many clips to render.")],
    seed: Annotated[int, typer.Option("--seed", help="Seed of the clips. The same seed gives the same clips.")] = 1,
    pieces: Annotated[
        bool,
        typer.Option("--pieces", help="Cut them as people cut: several repetitions, half ones, with pauses."),
    ] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, help="How many processes to use.")] = 2,
) -> None:
    """Render clips to train on.

    Run an interrupted command again, and it goes on where it was.
    """
    from model.rendering.dataset import render_dataset
    from model.staging.pieces import render_pieces

    with explained():
        (render_pieces if pieces else render_dataset)(out, clips, seed, workers=workers)
