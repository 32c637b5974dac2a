"""`movements pretrained`: Kinetics weights for a backbone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import failed
from model.cli.screen import console
from model.errors import MovementsError


@app.command(rich_help_panel=MAKE)
def pretrained(
    variant: Annotated[str, typer.Argument(help="The variant of MoViNet, a0 to a5.")],
    out: Annotated[Path, typer.Option("--out", help="File to write, with the ending .weights.h5.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--source", help="Checkpoint, folder, .tar.gz file or https address. Without it, the official archive."
        ),
    ] = None,
    sha256: Annotated[str | None, typer.Option("--sha256", help="The sha256 that the archive must have.")] = None,
    stream: Annotated[
        bool,
        typer.Option(
            "--stream",
            help="Import the stream model instead of the base model.",
        ),
    ] = False,
) -> None:
    """Import official Kinetics-600 weights of MoViNet into our backbone."""
    import model.movinet.backbone  # noqa: F401, so that a missing TensorFlow is known before the download
    from model.movinet.pretrained import pretrained as convert

    try:
        path = convert(variant, out, stream=stream, source=source, sha256=sha256)
    except MovementsError as error:
        raise failed(error) from error
    console.print(f"{path} holds the backbone of MoViNet {variant.upper()}")
