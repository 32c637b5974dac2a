"""`movements train-body`: a run of the network on landmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained
from model.cli.screen import console

FILMED_SHARE, COUNTING_SHARE = 2, 1
"""For so many sequences without pictures there is one piece of a film, where movements are named, or only counted."""


@app.command("train-body", rich_help_panel=MAKE)
def train_body(
    data: Annotated[Path, typer.Option("--data", help="Folder of `movements sequences`.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run.")],
    filmed: Annotated[
        Path | None,
        typer.Option("--filmed", help="Folder of `movements sequences --filmed` or `--staged`, to learn from as well."),
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="How many optimiser steps to take.")] = None,
    causal: Annotated[
        bool, typer.Option("--causal", help="See nothing that comes later, for film that is still going on.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the weights and of the order of sequences.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the folder's last checkpoint.")] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="How many threads the network may use.")] = 2,
) -> None:
    """Train the network that reads movements from landmarks, or the one that counts any exercise.

    Ctrl-C ends it after the step in progress and saves it; --resume goes on from there.
    """
    import json

    from model.cli.runs import stoppable
    from model.sequences.dataset import Sequences
    from model.sequences.filmed import Filmed
    from model.shards import MANIFEST
    from model.training.body.recipe import BodyRecipe
    from model.training.body.train import Figures
    from model.training.body.train import train_body as learn
    from model.training.train import limit_threads

    def show(figures: Figures) -> None:
        console.print(
            f"step {figures.step}: loss {figures.loss:.3f}, {figures.right:.1%} of instants right, "
            f"turn off by {figures.off:.3f}"
        )

    limit_threads(threads)
    with explained():
        chosen: dict[str, int] = {"steps": steps} if steps is not None else {}
        sequences = Sequences.load(data)
        identity = json.loads((data / MANIFEST).read_text(encoding="utf-8"))
        counting = "counting" in identity
        if counting:  # any exercise
            chosen["movements"] = len(identity["labels"]) - 1
        recipe = BodyRecipe(causal=causal, seed=seed, **chosen)
        if filmed is not None:
            films = Filmed.load(filmed, counting=counting)
            share = COUNTING_SHARE if counting else FILMED_SHARE
            sequences = films.varied(len(sequences) // share, seed) + sequences
            identity["films"] = len(films.sequences)
        with stoppable("Go on from there with --resume."):
            trained = learn(out, sequences, recipe, identity=identity, resume=resume, report=show)
    console.print(f"{out} holds the weights of step {trained.step} of {recipe.steps}")
