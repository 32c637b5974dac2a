"""What the commands that talk to S3 share: the client, and what went wrong in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from model.cli.common import explained, failed
from model.cli.screen import errors, escape
from model.errors import MovementsError

if TYPE_CHECKING:
    from model.publishing.publish import S3Client


def client() -> S3Client:
    """A client of S3 with the credentials of this machine."""
    made: S3Client
    (made,) = clients("s3")
    return made


def clients(*services: str) -> tuple[Any, ...]:
    """Clients of services with the credentials of this machine."""
    import boto3

    from model.publishing.publish import refusal

    try:
        return tuple(boto3.client(service) for service in services)
    except Exception as error:  # as in `model.publishing.publish`: botocore's errors cannot be named here
        raise refusal(error, "AWS") from error


@contextmanager
def explained_upload() -> Iterator[None]:
    """One sentence instead of a traceback for what can go wrong between a bundle and its bucket."""
    from model.publishing.publish import PublishError

    try:
        with explained():
            yield
    except MovementsError as error:
        raise failed(error) from error
    except PublishError as error:
        errors.print(f"[bold red]{escape(str(error))}[/]", soft_wrap=True)
        raise typer.Exit(1) from error
