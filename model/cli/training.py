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
    data: Annotated[list[Path], typer.Option("--data", help="Folder of rendered clips; may be given again.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run.")],
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of 16 clips.")] = 2400,
    size: Annotated[int, typer.Option("--size", min=32, help="Side of the frames, pixels.")] = 80,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the folder's last checkpoint.")] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of the network.")] = 2,
) -> None:
    """Train the default model's architecture on rendered clips."""
    from model.rendering.dataset import shard_paths
    from model.training.recipe import Recipe
    from model.training.train import limit_threads
    from model.training.train import train as learn

    limit_threads(threads)
    shards = [path for folder in data for path in shard_paths(folder)]
    recipe = Recipe(steps=steps, size=size)
    with explained():
        learn(out, shards, recipe, resume=resume, threads=threads, report=lambda row: console.print(str(row)))


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
    data: Annotated[list[Path], typer.Option("--data", help="The rendered clips that it was trained on.")],
    out: Annotated[Path, typer.Option("--out", help="Directory of the bundle; new or empty.")],
    version: Annotated[str, typer.Option("--version", help="Of the bundle.")] = "1",
    film: Annotated[
        list[Path] | None, typer.Option("--film", help="Folder of filmed clips to report on in the card.")
    ] = None,
    film_notes: Annotated[
        Path | None, typer.Option("--film-notes", help="Markdown for the card: what was decided by looking at film.")
    ] = None,
    test: Annotated[
        list[Path] | None, typer.Option("--test", help="Folder of rendered clips of an unseen seed, to judge.")
    ] = None,
    ablation: Annotated[
        list[Path] | None, typer.Option("--ablation", help="Folder of `ablate`, for the card; may be given again.")
    ] = None,
) -> None:
    """Make a sealed bundle of a training run: calibrated, exported, measured, with golden clips and a card."""
    from model.rendering.dataset import shard_paths
    from model.training.make_bundle import make_bundle

    shards = [path for folder in data for path in shard_paths(folder)]
    with explained():
        make_bundle(
            run,
            shards,
            out,
            version=version,
            test=[path for folder in test or [] for path in shard_paths(folder)],
            film=film or [],
            film_notes=film_notes.read_text(encoding="utf-8") if film_notes else "",
            ablations=ablation or [],
        )


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
