"""The names of the commands, and so of the modules that they are in, with _ for -. Nothing is imported here."""

from __future__ import annotations

COMMANDS = (
    "ablate",
    "activate",
    "add_counter",
    "add_depth",
    "batch",
    "benchmark",
    "bottoms",
    "bundle",
    "data",
    "evaluate",
    "evaluate_workouts",
    "examples",
    "export",
    "inspect",
    "join",
    "live",
    "pose",
    "pose_accuracy",
    "predict",
    "pretrained",
    "publish",
    "quantise",
    "render",
    "report",
    "sequences",
    "serve",
    "stream",
    "train",
    "train_body",
    "train_depth",
    "videos",
    "workout",
    "workouts",
)


def module_for(arguments: list[str]) -> str:
    """The module to import for a command line: that of its one command, or the one that imports all.

    All of them together take as long to import and to describe as everything else that a command needs to begin.
    """
    name = arguments[0].replace("-", "_") if arguments else ""
    return f"model.cli.{name}" if name in COMMANDS else "model.cli.commands"
