"""`movements bottoms`: pictures of squats with their true depth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained, failed
from model.errors import MovementsError


@app.command(rich_help_panel=MAKE)
def bottoms(
    out: Annotated[Path, typer.Option("--out", help="Folder of the pictures. Shards that it holds are kept.")],
    athletes: Annotated[int, typer.Option("--athletes", min=1, help="How many athletes to render, three times each.")],
    seed: Annotated[int, typer.Option("--seed", help="Seed of the athletes. The same seed gives the same ones.")] = 1,
    workers: Annotated[int, typer.Option("--workers", min=1, help="How many processes to use.")] = 2,
) -> None:
    """Render athletes about the bottom of a squat, with how deep they truly are, to train the network of depth on.

    Run an interrupted command again, and it goes on where it was.
    """
    from model.staging.bottoms import make_bottoms

    with explained():
        try:
            make_bottoms(out, athletes, seed, workers=workers)
        except MovementsError as error:
            raise failed(error) from error
