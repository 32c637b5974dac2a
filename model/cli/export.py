"""`movements export`: a sealed bundle of a saved classifier, or a bundle for other engines and hubs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained, failed
from model.cli.screen import console, errors, escape

_FORMATS = ("onnx", "tflite", "safetensors")


@app.command(rich_help_panel=MAKE)
def export(
    model: Annotated[Path, typer.Argument(help="File of a classifier saved as .keras; with --format, a bundle.")],
    out: Annotated[Path, typer.Option("--out", help="Directory of the bundle. It must be new or empty.")],
    contract: Annotated[Path | None, typer.Option("--contract", help="JSON file of the classifier's contract.")] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help=f"Write a bundle's network as {', '.join(_FORMATS)}, into a new folder."),
    ] = None,
    push: Annotated[
        str | None,
        typer.Option("--push", help="Say how the folder would come to a hub as owner/name; nothing is sent."),
    ] = None,
) -> None:
    """Make a bundle of a saved classifier: frozen SavedModel, flatbuffer, contract, manifest.

    With --format, the other way round: a bundle's network of pictures for other engines, with its card, whose head hubs
    read, its contract and its licence. What was written is run on the bundle's golden clips, and must say the same.
    """
    if form is not None:
        _formatted(model, out, form, push)
        return
    if contract is None:
        errors.print("[bold red]A saved classifier needs --contract; a bundle needs --format.[/]")
        raise typer.Exit(2)
    from model.movinet.export import export as make

    made = make(model, contract, out)
    console.print(f"{out} holds {made.name} {made.version}")


def _formatted(source: Path, out: Path, form: str, push: str | None) -> None:
    from model.errors import MovementsError
    from model.publishing.formats import Format, pushed, write_format

    if form not in _FORMATS:
        errors.print(f"[bold red]--format is one of {', '.join(_FORMATS)}, not {escape(form)}.[/]")
        raise typer.Exit(2)
    with explained():
        try:
            difference = write_format(source, Format(form), out)
        except MovementsError as error:
            raise failed(error) from error
    console.print(
        f"{escape(str(out))} holds the model as {form}; no logit differs by more than {difference:.1g}", soft_wrap=True
    )
    if push is not None:
        console.print("\n".join(map(escape, pushed(out, push))), soft_wrap=True)
