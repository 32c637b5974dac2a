"""The group of commands `movements data ...`, and how they list what cannot be used."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from model.cli.application import MAKE, Listed, app
from model.cli.screen import errors, escape

data = typer.Typer(cls=Listed, help="Make training data from your own videos.", no_args_is_help=True)
app.add_typer(data, name="data", rich_help_panel=MAKE)


def print_findings(findings: Iterable[str]) -> None:
    """List on standard error what cannot be used."""
    for finding in findings:
        errors.print(f"[yellow]-[/] {escape(finding)}", soft_wrap=True)
