"""`movements data fetch`: videos from their links."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.common import explained
from model.cli.data.group import data
from model.cli.screen import console, errors, escape


@data.command()
def fetch(
    links: Annotated[
        Path, typer.Argument(help="CSV with a column url (and athlete, event, name), or a text with one url a line.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the videos. Those that its list names are kept.")],
    height: Annotated[
        int,
        typer.Option(
            "--height", min=1, help="Largest height to take in pixels. For upright videos, the largest width."
        ),
    ] = 480,
) -> None:
    """Fetch videos, and what their sites say about them.

    Say in the list of links who is seen in each video: `videos.csv`, for `import --athletes`, is written from it. The
    exit status is 1 if a link failed.
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
