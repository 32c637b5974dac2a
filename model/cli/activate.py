"""`movements activate`: the setting that makes a published version live."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from model.cli.application import PUBLISH, app, console, errors
from model.cli.s3 import client, explained_upload


@app.command(rich_help_panel=PUBLISH)
def activate(
    version: Annotated[str, typer.Argument(help="The version: `s3://bucket/models/<name>/<version>`.")],
) -> None:
    """Check that a published version is complete and print the setting that makes it live."""
    from model.publishing.publish import find_version

    with explained_upload():
        found = find_version(version, client())
    console.print(f"BUNDLE={found.uri}", soft_wrap=True)
    errors.print(
        f"That version is complete: {found.files} files, {found.bytes} bytes. In AWS, `aws ssm put-parameter --name "
        f"/movements/prod/bundle --value {escape(found.uri)} --overwrite` (or dev) deploys the function with it; "
        "elsewhere, set this variable.",
        soft_wrap=True,
    )
