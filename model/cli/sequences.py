"""`movements sequences`: bodies in motion to train the second stream on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained, failed
from model.errors import MovementsError


@app.command(rich_help_panel=MAKE)
def sequences(
    out: Annotated[Path, typer.Option("--out", help="Folder of the sequences. Shards that it holds are kept.")],
    count: Annotated[int, typer.Option("--count", min=1, help="How many sequences to make, of up to 8 seconds.")],
    seed: Annotated[int, typer.Option("--seed", help="Seed of the sequences. The same seed gives the same ones.")] = 1,
    filmed: Annotated[
        bool, typer.Option("--filmed", help="Render films and find the body in each, instead of spoiling by chance.")
    ] = False,
    staged: Annotated[
        bool, typer.Option("--staged", help="Stage sets as for whole workouts, and find the body in each.")
    ] = False,
    counting: Annotated[
        bool, typer.Option("--counting", help="Any exercise between anything else, to learn counting from.")
    ] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, help="How many processes to use.")] = 2,
) -> None:
    """Make landmarks of moving bodies to train on, without a picture, or as BlazePose finds them in rendered films.

    Run an interrupted command again, and it goes on where it was.
    """
    from model.sequences.dataset import make_sequences
    from model.sequences.filmed import make_filmed
    from model.staging.followed import make_followed

    with explained():
        if filmed + staged + counting > 1:
            raise ValueError("--filmed, --staged and --counting are three kinds of sequences: name one")
        try:
            if filmed:
                make_filmed(out, count, seed, workers=workers)
            elif staged:
                make_followed(out, count, seed, workers=workers)
            else:
                make_sequences(out, count, seed, counting=counting, workers=workers)
        except MovementsError as error:
            raise failed(error) from error
