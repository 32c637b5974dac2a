"""`movements train-depth`: a run of the network of depth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained
from model.cli.screen import console


@app.command("train-depth", rich_help_panel=MAKE)
def train_depth(
    data: Annotated[Path, typer.Option("--data", help="Folder of `movements bottoms`.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run.")],
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="How many optimiser steps to take.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the weights, the order and the variations.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the folder's last checkpoint.")] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="How many threads the network may use.")] = 2,
) -> None:
    """Train the network that reads from a picture how deep a squat is.

    Ctrl-C ends it after the step in progress and saves it; --resume goes on from there.
    """
    import json

    from model.cli.runs import stoppable
    from model.shards import MANIFEST
    from model.staging.bottoms import Bottoms
    from model.training.depth.recipe import DepthRecipe
    from model.training.depth.train import Figures
    from model.training.depth.train import train_depth as learn
    from model.training.train import limit_threads

    def show(figures: Figures) -> None:
        console.print(
            f"step {figures.step}: loss {figures.loss:.3f}, held out {figures.nll:.3f}, "
            f"depth off by {figures.error:.3f} thigh"
        )

    limit_threads(threads)
    with explained():
        chosen: dict[str, int] = {"steps": steps} if steps is not None else {}
        bottoms = Bottoms.load(data)
        identity = json.loads((data / MANIFEST).read_text(encoding="utf-8"))
        recipe = DepthRecipe(seed=seed, **chosen)
        with stoppable("Go on from there with --resume."):
            trained = learn(out, bottoms, recipe, identity=identity, resume=resume, report=show)
    console.print(f"{out} holds the weights of step {trained.step} of {recipe.steps}")
