"""`movements data cut`: every repetition as a clip."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.common import explained
from model.cli.data.group import data, print_findings
from model.cli.screen import console, escape


@data.command()
def cut(
    manifest: Annotated[Path, typer.Argument(help="Manifest of `movements data import`.")],
    videos: Annotated[Path, typer.Option("--videos", help="Folder of the videos.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the clips. Those that its manifest names are kept.")],
    workers: Annotated[int, typer.Option("--workers", min=1, help="How many processes to use.")] = 2,
) -> None:
    """Cut every repetition into a clip of its own.

    Clips are named `<movement>_<i>.mp4`. Run an interrupted command again, and it goes on where it was.
    """
    from model.data.cut import cut_manifest
    from model.data.manifest import Manifest

    with explained():
        result = cut_manifest(Manifest.read(manifest), videos, out, workers=workers)
        print_findings(result.findings)
        if not result.manifest.repetitions:
            raise ValueError("no clip could be made")
    total = len(result.manifest.repetitions)
    console.print(f"{escape(str(out))} holds {total} clips; {result.kept} were there already", soft_wrap=True)
