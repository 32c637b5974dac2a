"""Commands from links and annotations to records: `movements data ...`."""

from __future__ import annotations

import typer

from model.cli.common import app

data = typer.Typer(help="Make training data of your own videos.", no_args_is_help=True)
app.add_typer(data, name="data")
