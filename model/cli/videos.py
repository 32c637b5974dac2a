"""`movements videos`: whole videos to try a model on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app


@app.command(rich_help_panel=MAKE)
def videos(
    out: Annotated[Path, typer.Option("--out", help="Folder of the videos. Those that it holds are kept.")],
    clips: Annotated[int, typer.Option("--clips", min=1, help="How many videos to render.")],
    seed: Annotated[int, typer.Option("--seed", help="Seed of the videos. The same seed gives the same videos.")] = 1,
    workers: Annotated[int, typer.Option("--workers", min=1, help="How many processes to use.")] = 2,
) -> None:
    """Render whole videos, as a phone would film them.

    They are named `<movement>_<i>.mp4` and are meant for judging a model, not for training one.
    """
    from model.rendering.videos import render_videos

    render_videos(out, clips, seed, workers=workers)
