"""`movements stream`: what a stream model says after every frame."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import USE, app
from model.cli.common import JsonOption, ThreadsOption, explained, failed, print_json
from model.cli.screen import columns, console
from model.errors import MovementsError


@app.command(rich_help_panel=USE)
def stream(
    clip: Annotated[Path, typer.Argument(help="File (mp4 or mov) with one repetition.")],
    bundle: Annotated[Path, typer.Option("--bundle", help="Folder of a stream model's bundle.")],
    threads: ThreadsOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Show what a stream model says after each sampled frame of a clip.

    The row of the last frame is the answer for the whole clip.
    """
    from model.answers.model import StreamStep
    from model.bundle import Bundle
    from model.contract import NONE
    from model.engines.stepper import Stepper
    from model.video import read_clip

    try:
        stepper = Stepper(Bundle.load(bundle), threads=threads)
        with explained():
            seen = read_clip(clip, stepper.contract)
    except MovementsError as error:
        raise failed(error) from error
    labels = (*stepper.contract.labels, NONE)[: stepper.contract.outputs]
    rows = []
    for seconds, frame in zip(seen.sampled_seconds, seen.frames, strict=True):
        probabilities = stepper.push(frame)
        best = int(probabilities.argmax())
        rows.append(
            StreamStep(seconds=round(seconds, 3), label=labels[best], probability=round(float(probabilities[best]), 6))
        )
    if as_json:
        print_json(rows)
        return
    table = columns("seconds", "answer", "probability")
    for row in rows:
        table.add_row(f"{row.seconds:.2f}", row.label, f"{row.probability:.1%}")
    console.print(table)
