"""`movements data fetch`: videos from their links."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from model.cli.application import console, errors
from model.cli.common import explained
from model.cli.data.group import data


@data.command()
def fetch(
    links: Annotated[Path, typer.Argument(help="CSV with a column url (athlete, event, name), or a url a line.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the videos; those that it records are kept.")],
    height: Annotated[
        int, typer.Option("--height", min=1, help="Rows of the largest format to take; columns of upright videos.")
    ] = 480,
) -> None:
    """Fetch videos with what their sites say of them. The exit status is 1 if a link failed.

    Who is seen in a video belongs into the list of links: videos.csv, for `import --athletes`, is written from it.
    """
    from model.data.fetch import SOURCES, fetch_videos, read_links

    with explained():
        report = fetch_videos(read_links(links), out, height=height)
    console.print(
        f"{escape(str(out))} has {report.fetched} new videos, {report.kept} were there; {SOURCES} says what they are",
        soft_wrap=True,
    )
    for url, reason in report.failures.items():
        errors.print(f"[bold]{escape(url)}[/]: [red]{escape(reason)}[/]", soft_wrap=True)
    if report.failures:
        raise typer.Exit(1)
