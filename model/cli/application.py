"""The application that every command is added to: its help, its version, and what it says when a module is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from model.cli.extras import missing

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


PANELS = USE, JUDGE, MAKE, PUBLISH = "Use a model", "Judge a model", "Make a model", "Put a model to work"
"""Headings that the help lists commands under, in this order."""


class Commands(TyperGroup):
    """The commands. One that lacks a module of an extra says so in a sentence; any other defect is a traceback."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands in the order of their headings."""
        commands: dict[str, Any] = dict(self.commands)
        return sorted(commands, key=lambda name: PANELS.index(commands[name].rich_help_panel))

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
    rich_markup_mode="markdown",
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
