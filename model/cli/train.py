"""`movements train`: a run on clips."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained
from model.cli.screen import console
from model.defaults import DEFAULT_BUNDLE


@app.command(rich_help_panel=MAKE)
def train(
    data: Annotated[
        list[Path], typer.Option("--data", help="Folder of rendered clips or of records. May be given again.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run.")],
    preset: Annotated[
        str, typer.Option("--preset", help="The recipe to begin with: rendered, fine-tune or thesis.")
    ] = "rendered",
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Weights to begin with: a bundle, `default`, or a .weights.h5 file of `movements pretrained`.",
        ),
    ] = None,
    variant: Annotated[str | None, typer.Option("--variant", help="The variant of MoViNet, a0 to a5.")] = None,
    stream: Annotated[
        bool | None, typer.Option("--stream/--base", help="Train the causal model, or the base model.")
    ] = None,
    channels: Annotated[str | None, typer.Option("--channels", help="What the network sees: motion or rgb.")] = None,
    size: Annotated[
        int | None, typer.Option("--size", min=32, help="Split of the frames in pixels. Records have one already.")
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="How many optimiser steps to take.")] = None,
    epochs: Annotated[
        float | None, typer.Option("--epochs", min=0.01, help="How often every clip is seen, instead of --steps.")
    ] = None,
    batch: Annotated[int | None, typer.Option("--batch", min=1, help="Clips per step, over all devices.")] = None,
    rate: Annotated[float | None, typer.Option("--learning-rate", help="The learning rate at its peak.")] = None,
    patience: Annotated[
        int | None,
        typer.Option("--patience", min=0, help="End after so many evaluations without progress; 0 for never."),
    ] = None,
    freeze: Annotated[
        bool | None, typer.Option("--freeze/--whole", help="Train only the classifier, or the whole network.")
    ] = None,
    mixed: Annotated[bool | None, typer.Option("--mixed-precision", help="Compute in bfloat16, for GPUs.")] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Seed of the weights, the order of clips and their variation.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the folder's last checkpoint.")] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="How many threads the network may use.")] = 2,
) -> None:
    """Train on rendered clips, on records of your own clips, or on both.

    Training uses all GPUs that there are. Ctrl-C ends it after the step in progress and saves it; --resume goes on from
    there. A second Ctrl-C ends it at once.
    """
    from model.cli.runs import shown, stoppable
    from model.training.dataset import labels_of, training_paths
    from model.training.plan import plan
    from model.training.start import Start
    from model.training.train import LABELS, limit_threads
    from model.training.train import train as learn

    limit_threads(threads)
    with explained():
        begun = None if start is None else Start.read(DEFAULT_BUNDLE if str(start) == "default" else start)
        recipe = plan(
            preset,
            data,
            begun,
            variant=variant,
            stream=stream,
            channels=channels,
            size=size,
            steps=steps,
            epochs=epochs,
            batch=batch,
            learning_rate=rate,
            patience=patience,
            frozen=freeze,
            precision="mixed_bfloat16" if mixed else None,
            seed=seed,
        )
        paths = [path for folder in data for path in training_paths(folder)]
        labels = labels_of(data, LABELS)
        with stoppable("Go on from there with --resume."), shown(out, console.console, resume=resume) as watcher:
            trained = learn(
                out, paths, recipe, labels=labels, start=begun, resume=resume, threads=threads, watcher=watcher
            )
    console.print(f"{out} holds the weights of step {trained.step} of {trained.recipe.steps}")
