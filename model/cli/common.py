"""What all commands share: options that mean the same everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.cli.screen import errors, escape
from model.data.choices import WhichSplit
from model.defaults import EngineName
from model.errors import MovementsError

if TYPE_CHECKING:
    from model.answers.base import Answer
    from model.predict import Predictor
    from model.worker.pool import Workers

BundleOption = Annotated[
    Path, typer.Option("--bundle", help="Folder of the model's bundle.", show_default="the embedded model")
]
EngineOption = Annotated[
    EngineName, typer.Option("--engine", help="What runs the graph. With `auto`, LiteRT does if the bundle allows it.")
]
ThreadsOption = Annotated[int, typer.Option("--threads", min=1, help="How many threads the engine may use.")]
WeightsOption = Annotated[
    Path | None,
    typer.Option("--weights", help="Folder of BlazePose's weights.", show_default="where `make pose` puts them"),
]
SplitOption = Annotated[
    WhichSplit | None,
    typer.Option("--split", help="Split of the folder; without it, the test split, or all clips without a split."),
]
StandardsOption = Annotated[
    Path | None,
    typer.Option("--standards", help="Folder of standards (TOML) to judge by.", show_default="our own"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def print_json(answer: Answer | Sequence[Answer]) -> None:
    """Print an answer, or a list of them, as indented JSON: the one way for JSON to leave the command line."""
    value = [one.to_json() for one in answer] if isinstance(answer, Sequence) else answer.to_json()
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def figure(value: float | None) -> str:
    """A number for a table; a dash where there is none."""
    return "-" if value is None else f"{value}"


def open_predictor(bundle: Path, engine: EngineName, threads: int, *, check: bool = False) -> Predictor:
    """The predictor of a bundle, or one sentence why there is none; its golden clips may be checked, too."""
    from model.predict import Predictor

    try:
        predictor = Predictor.load(bundle, engine=engine, threads=threads)
        if check:
            predictor.check()
        return predictor
    except MovementsError as error:
        raise failed(error) from error


def open_workers(bundle: Path, engine: EngineName, threads: int, *, count: int = 1) -> Workers:
    """A bundle in processes of its own, or one sentence why there is none."""
    from model.bundle import Bundle
    from model.worker.pool import Workers

    try:
        return Workers(Bundle.load(bundle), engine=engine, threads=threads, count=count)
    except MovementsError as error:
        raise failed(error) from error


@contextmanager
def explained() -> Iterator[None]:
    """One sentence instead of a traceback for what a person can put right: folders, names, data that do not fit."""
    try:
        yield
    except (FileExistsError, FileNotFoundError, ValueError) as error:
        errors.print(f"[bold red]{escape(str(error))}[/]", soft_wrap=True)
        raise typer.Exit(1) from error


def failed(error: MovementsError) -> typer.Exit:
    """Print what is wrong; the exit to raise."""
    errors.print(f"[bold red]{escape(error.message)}[/] {escape(error.hint)}", soft_wrap=True)
    return typer.Exit(1)
