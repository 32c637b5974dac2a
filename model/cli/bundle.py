"""`movements bundle`: a sealed bundle of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained
from model.cli.screen import console


@app.command(rich_help_panel=MAKE)
def bundle(
    run: Annotated[Path, typer.Argument(help="Folder of a training run.")],
    data: Annotated[list[Path], typer.Option("--data", help="Folder of what it was trained on. May be given again.")],
    out: Annotated[Path, typer.Option("--out", help="Directory of the bundle. It must be new or empty.")],
    name: Annotated[str | None, typer.Option("--name", help="Name of the bundle.")] = None,
    version: Annotated[str, typer.Option("--version", help="Version of the bundle.")] = "1",
    movements: Annotated[
        Path | None,
        typer.Option("--movements", help='JSON file of the names of the labels: [{"label", "meaning", "spanish"}].'),
    ] = None,
    clips: Annotated[
        Path | None, typer.Option("--clips", help="Folder of the cut clips. Two of its test split become golden clips.")
    ] = None,
    film: Annotated[
        list[Path] | None, typer.Option("--film", help="Folder of filmed clips to judge for the card.")
    ] = None,
    film_notes: Annotated[
        Path | None,
        typer.Option(
            "--film-notes",
            help="Markdown file for the card: what was decided by looking at film.",
        ),
    ] = None,
    test: Annotated[
        list[Path] | None,
        typer.Option("--test", help="Folder to judge: rendered clips of an unseen seed, or records with a test split."),
    ] = None,
    ablation: Annotated[
        list[Path] | None,
        typer.Option(
            "--ablation",
            help="Folder of `movements ablate`, for the card. May be given again.",
        ),
    ] = None,
    start: Annotated[
        Path | None, typer.Option("--from", help="What the run began with, of which --keep keeps a share.")
    ] = None,
    keep: Annotated[
        float, typer.Option("--keep", min=0, max=1, help="Share of each weight that stays what it was at the start.")
    ] = 0.0,
    publish_to: Annotated[
        str | None, typer.Option("--publish", help="Publish it at once to s3://bucket/prefix.")
    ] = None,
) -> None:
    """Make a sealed bundle of a training run: calibrated, exported, measured, with golden clips and a card."""
    from model.contract import MOVEMENTS
    from model.training.bundle_options import BundleOptions
    from model.training.dataset import judged_paths, training_paths
    from model.training.finished_run import Kept
    from model.training.make_bundle import make_bundle
    from model.training.movements import read_movements
    from model.training.start import Start

    if (start is None) != (keep == 0):
        raise typer.BadParameter("--keep says how much is kept of --from: give both, or none")
    with explained():
        options = BundleOptions(
            name=name,
            version=version,
            movements=MOVEMENTS if movements is None else read_movements(movements),
            test=[path for folder in test or [] for path in judged_paths(folder)],
            clips=clips,
            film=film or [],
            film_notes=film_notes.read_text(encoding="utf-8") if film_notes else "",
            ablations=ablation or [],
            kept=Kept(Start.read(start), keep) if start is not None else None,
        )
        contract = make_bundle(run, [path for folder in data for path in training_paths(folder)], out, options)
    console.print(f"{out} holds {contract.name} {contract.version}")
    if publish_to is not None:
        from model.cli.publish import publish

        publish(out, publish_to)
