"""`movements activate`: the setting that makes a published version live."""

from __future__ import annotations

from typing import Annotated

import typer

from model.cli.application import PUBLISH, app
from model.cli.s3 import client, explained_upload
from model.cli.screen import console, errors, escape


@app.command(rich_help_panel=PUBLISH)
def activate(
    version: Annotated[str, typer.Argument(help="The version: `s3://bucket/models/<name>/<version>`.")],
    digest: Annotated[
        str | None,
        typer.Option("--digest", help="The digest that `movements publish` printed: `sha256:…`. Any other is refused."),
    ] = None,
) -> None:
    """Check that a published version is complete and print the setting that makes it live.

    With --digest, a second setting lets the function refuse the version if anybody has replaced it since. Without a
    digest, a version is known to be whole, but not to be the one that you published.
    """
    from model.publishing.publish import find_version

    with explained_upload():
        found = find_version(version, client(), digest=digest)
    console.print(f"BUNDLE={found.uri}", soft_wrap=True)
    value = found.uri
    if digest is not None:
        console.print(f"BUNDLE_DIGEST={found.digest}", soft_wrap=True)
        value = f"{found.uri}@{found.digest}"
    errors.print(
        f"That version is complete: {found.files} files, {found.bytes} bytes. In AWS, `aws ssm put-parameter --type "
        f"String --name /movements/prod/bundle --value {escape(value)} --overwrite` (or dev) deploys the function "
        f"with it; elsewhere, set {'this variable' if digest is None else 'these variables'}.",
        soft_wrap=True,
    )
