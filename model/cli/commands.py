"""Every command: importing its module adds it to `app`."""

from importlib import import_module

from model.cli.application import app
from model.cli.names import COMMANDS

for name in COMMANDS:
    import_module(f"model.cli.{name}")

__all__ = ["app"]
