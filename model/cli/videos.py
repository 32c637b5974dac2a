"""`movements videos`: whole videos to try a model on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import app


@app.command()
def videos(
    out: Annotated[Path, typer.Option("--out", help="Folder of the videos; those that are there are kept.")],
    clips: Annotated[int, typer.Option("--clips", min=1, help="How many.")],
    seed: Annotated[int, typer.Option("--seed", help="Decides every video.")] = 1,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 2,
) -> None:
    """Render whole videos named `<movement>_<i>.mp4`, as a phone would film them: to try a model on, not to train."""
    from model.rendering.videos import render_videos

    render_videos(out, clips, seed, workers=workers)
