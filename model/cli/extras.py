"""What a missing module means: which extra of the project brings it. Nothing but the standard library here."""

from __future__ import annotations

_SERVE = frozenset({"ai_edge_litert", "cv2", "landlockpy", "numpy", "pydantic", "pydantic_settings"})

MODULES = {
    "cli": frozenset({"rich", "typer"}),
    "serve": _SERVE,
    "app": _SERVE
    | {"boto3", "botocore", "dash", "dash_bootstrap_components", "flask", "gunicorn", "plotly", "werkzeug"},
    "data": _SERVE | {"av", "boto3", "botocore", "defusedxml", "yt_dlp"},
    "train": _SERVE | {"av", "keras", "matplotlib", "numba", "tensorflow"},
}
"""Modules of other projects that we import, by the extra that installs them."""

_OF_COMMANDS = {
    "ablate": "train",
    "activate": "data",
    "add-counter": "train",
    "add-depth": "train",
    "benchmark": "train",
    "bottoms": "train",
    "bundle": "train",
    "data": "data",
    "examples": "train",
    "export": "train",
    "join": "train",
    "pose-accuracy": "train",
    "pretrained": "train",
    "publish": "data",
    "quantise": "train",
    "render": "train",
    "sequences": "train",
    "serve": "app",
    "train": "train",
    "train-body": "train",
    "train-depth": "train",
    "videos": "train",
    "workouts": "train",
}
"""Extras of commands that need more than `serve`."""


def extra_for(module: str, command: str | None = None) -> str | None:
    """The extra that brings a module: the command's own if it does, else the first that does; None if none does."""
    top = module.partition(".")[0]
    for extra in (_OF_COMMANDS.get(command or "", "serve"), *MODULES):
        if top in MODULES[extra]:
            return extra
    return None


def missing(error: ModuleNotFoundError, command: str | None = None) -> str | None:
    """One sentence on what to install; None if the module is in no extra, which is a defect of ours."""
    extra = extra_for(error.name or "", command)
    if extra is None:
        return None
    program = f"`movements {command}`" if command else "`movements`"
    return (
        f"{program} needs movements[{extra}]: {error.name} is not installed. "
        f"In the project's folder, run: pip install '.[{extra}]'"
    )
