"""`movements benchmark`: models compared by what they cost."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.markup import escape

from model.cli.application import app, console, errors
from model.cli.common import ThreadsOption, explained
from model.defaults import DEFAULT_BUNDLE, EngineName

Name = TypeVar("Name", bound=StrEnum)


@app.command()
def benchmark(
    clips: Annotated[
        list[Path], typer.Option("--clips", help="Folder of clips named <movement>_<i>.mp4; may be given again.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the figures; rows that are there are kept.")],
    run: Annotated[
        list[Path] | None,
        typer.Option("--run", help="Training run to take a network's weights from; may be given again."),
    ] = None,
    calibrate: Annotated[
        Path | None, typer.Option("--calibrate", help="Folder of training clips, rendered or recorded; int8 needs it.")
    ] = None,
    predecessor: Annotated[
        Path | None, typer.Option("--predecessor", help="SavedModel that stands for the published thesis' own.")
    ] = None,
    bundle: Annotated[Path, typer.Option("--bundle", help="The bundle of the first row.")] = DEFAULT_BUNDLE,
    variants: Annotated[str, typer.Option("--variants", help="Of a0 to a5.")] = "a0,a1,a2",
    kinds: Annotated[str, typer.Option("--kinds", help="Of base and stream.")] = "base,stream",
    precisions: Annotated[
        str, typer.Option("--precisions", help="Of fp32, fp16, dynamic and int8.")
    ] = "fp32,fp16,dynamic,int8",
    engines: Annotated[str, typer.Option("--engines", help="Of litert and tensorflow.")] = "litert,tensorflow",
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Cold starts of every row.")] = 3,
    threads: ThreadsOption = 2,
) -> None:
    """Measure variants, precisions and engines in one run: accuracy, size, time and memory, each in a fresh process.

    An interrupted run goes on where it was.
    """
    from model.benchmark.benchmark import benchmark as measure
    from model.benchmark.plan import Kind, Selection
    from model.benchmark.report import against_predecessor, rich_table, write
    from model.movinet.precision import Precision

    with explained():
        outcome = measure(
            out,
            clips,
            Selection(
                variants=_names(variants),
                kinds=_members(Kind, kinds),
                precisions=_members(Precision, precisions),
                engines=_members(EngineName, engines),
            ),
            runs=run or [],
            calibration=calibrate,
            predecessor=predecessor,
            bundle=bundle,
            repeats=repeats,
            threads=threads,
            report=lambda row: errors.print(escape(f"{row.name}: {row.reason or 'done'}"), soft_wrap=True),
        )
        write(outcome, out)
    console.print(rich_table(outcome))
    console.print("", escape(against_predecessor(outcome)), soft_wrap=True)


def _names(text: str) -> tuple[str, ...]:
    """`a0, a1` as names; no name is given twice."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _members(enum: type[Name], text: str) -> tuple[Name, ...]:
    """Names as members, the unknown one refused by the enumeration itself."""
    return tuple(enum(name) for name in _names(text))
