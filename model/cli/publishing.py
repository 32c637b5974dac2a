"""Commands that put a bundle where the function finds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from model.cli.common import app, console, errors, explained, failed
from model.errors import MovementsError

if TYPE_CHECKING:
    from model.publish import S3Client


@app.command()
def publish(
    bundle: Annotated[Path, typer.Argument(help="Directory of the bundle.")],
    destination: Annotated[str, typer.Argument(help="s3://bucket/models; name and version are the bundle's.")],
) -> None:
    """Verify a bundle and upload it as a version that never changes. An interrupted upload is completed."""
    from model.publish import publish as upload

    with _explained():
        version = upload(bundle, destination, _client())
    console.print(f"{version.uri} is complete: {version.files} files, {version.bytes} bytes", soft_wrap=True)
    console.print(f"sha256 of its manifest: {version.manifest_sha256}", soft_wrap=True)


@app.command()
def activate(
    version: Annotated[str, typer.Argument(help="s3://bucket/models/<name>/<version>.")],
) -> None:
    """Check that a published version is complete, and print the one setting that makes it live."""
    from model.publish import find_version

    with _explained():
        found = find_version(version, _client())
    console.print(f"BUNDLE={found.uri}", soft_wrap=True)
    errors.print(
        f"That version is complete: {found.files} files, {found.bytes} bytes. In AWS, `aws ssm put-parameter --name "
        f"/movements/prod/bundle --value {escape(found.uri)} --overwrite` (or dev) deploys the function with it; "
        "elsewhere, set this variable.",
        soft_wrap=True,
    )


def _client() -> S3Client:
    import boto3

    from model.publish import refusal

    try:
        client: S3Client = boto3.client("s3")
    except Exception as error:  # as in `model.publish`: botocore's errors cannot be named here
        raise refusal(error, "AWS") from error
    return client


@contextmanager
def _explained() -> Iterator[None]:
    from model.publish import PublishError

    try:
        with explained():
            yield
    except MovementsError as error:
        raise failed(error) from error
    except PublishError as error:
        errors.print(f"[bold red]{escape(str(error))}[/]", soft_wrap=True)
        raise typer.Exit(1) from error
