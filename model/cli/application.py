"""The application that every command is added to: its help, its version, and what it says when a module is missing."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from model.cli.extras import missing
from model.cli.screen import errors, escape

PANELS = USE, JUDGE, MAKE, PUBLISH = "Use a model", "Judge a model", "Make a model", "Put a model to work"
"""Headings that the help lists commands under, in this order."""

WITHOUT = "Commands"
"""Heading of commands that have none."""

MAX_SENTENCE = 500
"""The list shows so many characters of what a command says of itself."""


class Listed(TyperGroup):
    """Commands that help lists below headings, each with the whole of its first sentence."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands in the order of their headings, those without one last."""
        return sorted(self.commands, key=lambda name: (*PANELS, WITHOUT).index(self._panel(name)))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List them."""
        names = self.list_commands(ctx)
        widest = max(map(len, names))
        for panel, members in groupby(names, self._panel):
            with formatter.section(panel):
                formatter.write_dl(
                    [(name.ljust(widest), self.commands[name].get_short_help_str(MAX_SENTENCE)) for name in members]
                )

    def _panel(self, name: str) -> str:
        panel: str | None = cast(Any, self.commands[name]).rich_help_panel
        return panel or WITHOUT


class Commands(Listed):
    """The commands. One that lacks a module of an extra says so in a sentence; any other defect is a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            sentence = missing(error, ctx.invoked_subcommand)
            if sentence is None:
                raise
            errors.print(f"[bold red]{escape(sentence)}[/]", soft_wrap=True)
            raise typer.Exit(1) from error


app = typer.Typer(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)


def version() -> str:
    """The version of the installed package, or of the folder where nothing is installed."""
    import tomllib
    from importlib import metadata

    try:
        return metadata.version("movements")
    except metadata.PackageNotFoundError:
        project = Path(__file__).parents[2] / "pyproject.toml"
        found: str = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
        return found


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"movements {version()}")
        raise typer.Exit


@app.callback()
def movements(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Recognise the movement in a clip; make, inspect and judge the models that do."""
