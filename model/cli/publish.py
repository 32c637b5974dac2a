"""`movements publish`: a bundle put where the function finds it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import app, console
from model.cli.s3 import client, explained_upload


@app.command()
def publish(
    bundle: Annotated[Path, typer.Argument(help="Directory of the bundle.")],
    destination: Annotated[str, typer.Argument(help="s3://bucket/models; name and version are the bundle's.")],
) -> None:
    """Verify a bundle and upload it as a version that never changes. An interrupted upload is completed."""
    from model.publish import publish as upload

    with explained_upload():
        version = upload(bundle, destination, client())
    console.print(f"{version.uri} is complete: {version.files} files, {version.bytes} bytes", soft_wrap=True)
    console.print(f"sha256 of its manifest: {version.manifest_sha256}", soft_wrap=True)
