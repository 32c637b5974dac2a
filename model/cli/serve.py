"""`movements serve`: the page, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from model.cli.application import USE, app
from model.cli.screen import errors, escape

if TYPE_CHECKING:
    from app.settings import Settings


@app.command(rich_help_panel=USE)
def serve(
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on.", show_default="HOST, or 127.0.0.1")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Port to listen on.", show_default="PORT, or 8050")
    ] = None,
    bundle: Annotated[
        Path | None,
        typer.Option(
            "--bundle",
            exists=True,
            file_okay=False,
            help="Folder of the model's bundle.",
            show_default="BUNDLE, or the embedded model",
        ),
    ] = None,
    own: Annotated[
        Path | None,
        typer.Option(
            "--own",
            file_okay=False,
            help="Folder for clips of your own and the model that the page makes of them.",
            show_default="OWN_MODELS, or no such tab",
        ),
    ] = None,
) -> None:
    """Serve the page and its API until interrupted.

    Every other setting is an environment variable; the README lists them. The AWS Lambda function is not part of an
    installation: its source, `lambda/`, goes into an image of its own.
    """
    from app.listen import listen

    listen(_settings(host=host, port=port, bundle=bundle, own_models=own))


def _settings(**options: Any) -> Settings:
    """The environment with the options that were given; what is wrong with either, by the variable's name."""
    from pydantic import ValidationError

    from app.settings import Settings

    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        for fault in error.errors():
            name = "".join(f"{part}: " for part in fault["loc"]).upper()
            errors.print(f"[bold red]{escape(name + fault['msg'].removeprefix('Value error, '))}[/]", soft_wrap=True)
        raise typer.Exit(1) from error
