"""`movements workouts`: whole workouts with truth, to judge by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app


@app.command(rich_help_panel=MAKE)
def workouts(
    out: Annotated[Path, typer.Option("--out", help="Folder of the films. Those that it holds are kept.")],
    films: Annotated[int, typer.Option("--films", min=1, help="How many films to render, of one to five minutes.")],
    seed: Annotated[int, typer.Option("--seed", help="Seed of the films. The same seed gives the same ones.")] = 1,
    workers: Annotated[int, typer.Option("--workers", min=1, help="How many processes to use.")] = 2,
) -> None:
    """Render whole workouts: sets, rests, other exercises and camera cuts, with what is done as JSON beside each film.

    They are meant for `movements evaluate-workouts`, not for training.
    """
    from model.staging.workouts import make_workouts

    make_workouts(out, films, seed, workers=workers)
