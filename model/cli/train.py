"""`movements train`: a run on clips."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import app, console
from model.cli.common import explained
from model.defaults import DEFAULT_BUNDLE


@app.command()
def train(
    data: Annotated[
        list[Path], typer.Option("--data", help="Folder of rendered clips or of records; may be given again.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run.")],
    preset: Annotated[
        str, typer.Option("--preset", help="The recipe to begin with: rendered, fine-tune or thesis.")
    ] = "rendered",
    start: Annotated[
        Path | None,
        typer.Option("--from", help="Weights to begin with: a bundle, `default`, or .weights.h5 of `pretrained`."),
    ] = None,
    variant: Annotated[str | None, typer.Option("--variant", help="a0 to a5.")] = None,
    stream: Annotated[bool | None, typer.Option("--stream/--base", help="The causal model, or the base model.")] = None,
    channels: Annotated[str | None, typer.Option("--channels", help="What the network sees: motion or rgb.")] = None,
    size: Annotated[
        int | None, typer.Option("--size", min=32, help="Side of the frames, pixels; of records, theirs.")
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Optimiser steps.")] = None,
    epochs: Annotated[
        float | None, typer.Option("--epochs", min=0.01, help="How often every clip is seen, in place of --steps.")
    ] = None,
    batch: Annotated[int | None, typer.Option("--batch", min=1, help="Clips per step, over all devices.")] = None,
    rate: Annotated[float | None, typer.Option("--learning-rate", help="At the peak.")] = None,
    patience: Annotated[
        int | None, typer.Option("--patience", min=0, help="Evaluations without progress before the end; 0: never.")
    ] = None,
    freeze: Annotated[
        bool | None, typer.Option("--freeze/--whole", help="Train the classifier alone, or everything.")
    ] = None,
    mixed: Annotated[bool | None, typer.Option("--mixed-precision", help="bfloat16 arithmetic, for GPUs.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Of weights, order and variation.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the folder's last checkpoint.")] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of the network.")] = 2,
) -> None:
    """Train on rendered clips, on records of your own clips, or on both. All GPUs that are there are used."""
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
        trained = learn(
            out,
            paths,
            recipe,
            labels=labels_of(data, LABELS),
            start=begun,
            resume=resume,
            threads=threads,
            report=lambda row: console.print(str(row), soft_wrap=True),
        )
    console.print(f"{out} holds the weights of step {trained.step} of {trained.recipe.steps}")
