"""`movements ablate`: a comparison of recipes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained, failed, print_json
from model.errors import MovementsError


@app.command(rich_help_panel=MAKE)
def ablate(
    data: Annotated[list[Path], typer.Option("--data", help="Folder of rendered clips. May be given again.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the runs and of ablation.json.")],
    videos: Annotated[list[Path], typer.Option("--videos", help="Folder of videos to judge. May be given again.")],
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of every run, each of 16 clips.")] = 300,
    size: Annotated[int, typer.Option("--size", min=32, help="Split of the frames in pixels.")] = 64,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Train only the variant of this name. May be given again.")
    ] = None,
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", help="A finished bundle of both streams, for rows of pictures, landmarks and both."),
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, help="How many threads the network may use.")] = 2,
) -> None:
    """Train the recipe, and the recipe with one thing taken away at a time, and judge all on the same clips.

    A run that has finished is only judged again; one that was stopped goes on from its checkpoint.
    """
    from model.cli.runs import stoppable
    from model.shards import shard_paths
    from model.training.ablation import ablate as compare
    from model.training.recipe import Recipe
    from model.training.train import limit_threads

    limit_threads(threads)
    shards = [path for folder in data for path in shard_paths(folder)]
    recipe = Recipe(steps=steps, size=size)
    with explained(), stoppable("The same command goes on from there."):
        try:
            comparison = compare(out, shards, recipe, videos, only=only or (), bundle=bundle, threads=threads)
        except MovementsError as error:
            raise failed(error) from error
    print_json(comparison)
