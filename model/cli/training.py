"""Commands that make a bundle: pretrained weights, training, comparison, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.common import (
    app,
    console,
    explained,
    failed,
    print_json,
)
from model.defaults import DEFAULT_BUNDLE
from model.errors import MovementsError


@app.command()
def pretrained(
    variant: Annotated[str, typer.Argument(help="a0 to a5.")],
    out: Annotated[Path, typer.Option("--out", help="File to write, .weights.h5.")],
    source: Annotated[
        str | None,
        typer.Option("--source", help="Checkpoint, folder, .tar.gz or https address; else the official one."),
    ] = None,
    sha256: Annotated[str | None, typer.Option("--sha256", help="What the archive must have.")] = None,
    stream: Annotated[bool, typer.Option("--stream", help="The stream model, not the base model.")] = False,
) -> None:
    """Import official Kinetics-600 weights of MoViNet into our backbone."""
    from model.movinet.pretrained import pretrained as convert

    try:
        path = convert(variant, out, stream=stream, source=source, sha256=sha256)
    except MovementsError as error:
        raise failed(error) from error
    console.print(f"{path} holds the backbone of MoViNet {variant.upper()}")


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


@app.command()
def ablate(
    data: Annotated[list[Path], typer.Option("--data", help="Folder of rendered clips; may be given again.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the runs and of ablation.json.")],
    videos: Annotated[list[Path], typer.Option("--videos", help="Folder of videos to judge; may be given again.")],
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of 16 clips, of every run.")] = 300,
    size: Annotated[int, typer.Option("--size", min=32, help="Side of the frames, pixels.")] = 64,
    only: Annotated[list[str] | None, typer.Option("--only", help="Name of a variant; may be given again.")] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of the network.")] = 2,
) -> None:
    """Train the recipe, and the recipe with one thing taken away at a time, and judge all on the same clips.

    A run that is there already, and finished, is only judged again.
    """
    from model.rendering.dataset import shard_paths
    from model.training.ablation import ablate as compare
    from model.training.recipe import Recipe
    from model.training.train import limit_threads

    limit_threads(threads)
    shards = [path for folder in data for path in shard_paths(folder)]
    with explained():
        report = compare(out, shards, Recipe(steps=steps, size=size), videos, only=only or (), threads=threads)
    print_json(report)


@app.command()
def bundle(
    run: Annotated[Path, typer.Argument(help="Folder of a training run.")],
    data: Annotated[list[Path], typer.Option("--data", help="What it was trained on; may be given again.")],
    out: Annotated[Path, typer.Option("--out", help="Directory of the bundle; new or empty.")],
    name: Annotated[str | None, typer.Option("--name", help="Of the bundle.")] = None,
    version: Annotated[str, typer.Option("--version", help="Of the bundle.")] = "1",
    movements: Annotated[
        Path | None,
        typer.Option("--movements", help='JSON of how people call the labels: [{"label", "meaning", "spanish"}].'),
    ] = None,
    clips: Annotated[
        Path | None, typer.Option("--clips", help="Folder of the cut clips: two of its test side become golden clips.")
    ] = None,
    film: Annotated[
        list[Path] | None, typer.Option("--film", help="Folder of filmed clips to report on in the card.")
    ] = None,
    film_notes: Annotated[
        Path | None, typer.Option("--film-notes", help="Markdown for the card: what was decided by looking at film.")
    ] = None,
    test: Annotated[
        list[Path] | None,
        typer.Option("--test", help="Folder to judge: rendered clips of an unseen seed, or records with a test side."),
    ] = None,
    ablation: Annotated[
        list[Path] | None, typer.Option("--ablation", help="Folder of `ablate`, for the card; may be given again.")
    ] = None,
    publish_to: Annotated[
        str | None, typer.Option("--publish", help="s3://bucket/prefix to publish it to at once.")
    ] = None,
) -> None:
    """Make a sealed bundle of a training run: calibrated, exported, measured, with golden clips and a card."""
    from model.contract import MOVEMENTS
    from model.training.dataset import judged_paths, training_paths
    from model.training.make_bundle import make_bundle, read_movements

    with explained():
        contract = make_bundle(
            run,
            [path for folder in data for path in training_paths(folder)],
            out,
            name=name,
            version=version,
            movements=MOVEMENTS if movements is None else read_movements(movements),
            test=[path for folder in test or [] for path in judged_paths(folder)],
            clips=clips,
            film=film or [],
            film_notes=film_notes.read_text(encoding="utf-8") if film_notes else "",
            ablations=ablation or [],
        )
    console.print(f"{out} holds {contract.name} {contract.version}")
    if publish_to is not None:
        from model.cli.publish import publish

        publish(out, publish_to)


@app.command()
def export(
    model: Annotated[Path, typer.Argument(help="A classifier saved as .keras.")],
    contract: Annotated[Path, typer.Option("--contract", help="JSON of its contract.")],
    out: Annotated[Path, typer.Option("--out", help="Directory of the bundle; new or empty.")],
) -> None:
    """Make a bundle of a saved classifier: frozen SavedModel, flatbuffer, contract, manifest."""
    from model.movinet.export import export as make

    made = make(model, contract, out)
    console.print(f"{out} holds {made.name} {made.version}")
