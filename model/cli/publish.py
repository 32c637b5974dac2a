"""`movements publish`: a bundle put where the function finds it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import PUBLISH, app
from model.cli.s3 import client, explained_upload
from model.cli.screen import console


@app.command(rich_help_panel=PUBLISH)
def publish(
    bundle: Annotated[Path, typer.Argument(help="Folder of the bundle.")],
    destination: Annotated[
        str, typer.Argument(help="Where to put it: `s3://bucket/models`. The bundle's name and version are added.")
    ],
) -> None:
    """Verify a bundle and upload it to S3 as a version that never changes.

    Run an interrupted upload again, and it is completed.
    """
    from model.publishing.publish import publish as upload

    with explained_upload():
        version = upload(bundle, destination, client())
    console.print(f"{version.uri} is complete: {version.files} files, {version.bytes} bytes", soft_wrap=True)
    console.print(f"digest: {version.digest}", soft_wrap=True)
