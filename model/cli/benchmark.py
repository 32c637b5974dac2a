"""`movements benchmark`: models compared by what they cost."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from model.cli.application import JUDGE, app
from model.cli.common import ThreadsOption, explained
from model.cli.screen import console, errors, escape
from model.defaults import DEFAULT_BUNDLE, EngineName

Name = TypeVar("Name", bound=StrEnum)


@app.command(rich_help_panel=JUDGE)
def benchmark(
    clips: Annotated[
        list[Path], typer.Option("--clips", help="Folder of clips named `<movement>_<i>.mp4`. May be given again.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the results. Rows that it holds are kept.")],
    run: Annotated[
        list[Path] | None,
        typer.Option("--run", help="Folder of a training run to take weights from. May be given again."),
    ] = None,
    calibrate: Annotated[
        Path | None,
        typer.Option("--calibrate", help="Folder of training clips, rendered or recorded. Needed for int8."),
    ] = None,
    predecessor: Annotated[
        Path | None, typer.Option("--predecessor", help="SavedModel to measure in place of the published thesis' own.")
    ] = None,
    bundle: Annotated[
        Path, typer.Option("--bundle", help="Folder of the bundle in the first row.", show_default="the embedded model")
    ] = DEFAULT_BUNDLE,
    variants: Annotated[str, typer.Option("--variants", help="Which variants to measure, of a0 to a5.")] = "a0,a1,a2",
    kinds: Annotated[str, typer.Option("--kinds", help="Which kinds to measure, of base and stream.")] = "base,stream",
    precisions: Annotated[
        str, typer.Option("--precisions", help="Which precisions to measure, of fp32, fp16, dynamic and int8.")
    ] = "fp32,fp16,dynamic,int8",
    engines: Annotated[
        str, typer.Option("--engines", help="Which engines to measure, of litert and tensorflow.")
    ] = "litert,tensorflow",
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="How many cold starts each row has.")] = 3,
    threads: ThreadsOption = 2,
) -> None:
    """Measure accuracy, size, time and memory of variants, precisions and engines.

    Each is measured in a fresh process. Run an interrupted benchmark again, and it goes on where it was.
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
