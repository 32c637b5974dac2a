"""`movements data split`: a split for every repetition."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.common import explained
from model.cli.data.group import data
from model.cli.screen import columns, console, escape
from model.data.choices import By


@data.command()
def split(
    clips: Annotated[Path, typer.Argument(help="Folder of clips and their manifest.")],
    test: Annotated[float, typer.Option("--test", help="Share of the repetitions to judge the model on, once.")] = 0.2,
    validation: Annotated[
        float, typer.Option("--validation", help="Share of the repetitions that stops the training.")
    ] = 0.1,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the draw.")] = 1,
    by: Annotated[
        By,
        typer.Option(
            "--by", help="What stays together. `random` is the thesis' way; athletes then leak into the test."
        ),
    ] = By.ATHLETE,
) -> None:
    """Give every repetition a split. By athlete, no athlete of the test split is in the training split."""
    from model.data.manifest import Manifest, Split
    from model.data.split import split_manifest

    with explained():
        manifest = split_manifest(Manifest.read(clips), test=test, validation=validation, seed=seed, by=by)
        file = manifest.write(clips)
    table = columns("movement", *Split, "athletes")
    for movement in manifest.movements:
        members = [repetition for repetition in manifest.repetitions if repetition.movement == movement]
        counts = (sum(repetition.split is split for repetition in members) for split in Split)
        shares = (f"{count} ({count / len(members):.0%})" for count in counts)
        table.add_row(escape(movement), *shares, str(len({repetition.athlete for repetition in members})))
    console.print(table)
    console.print(f"{escape(str(file))} is split {manifest.split}", soft_wrap=True)
