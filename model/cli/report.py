"""`movements report`: on one page, how good a bundle is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import JUDGE, app
from model.cli.common import BundleOption, EngineOption, SplitOption, ThreadsOption, explained, open_workers
from model.cli.screen import console
from model.defaults import DEFAULT_BUNDLE, RUN_LOG, EngineName


@app.command(rich_help_panel=JUDGE)
def report(
    clips: Annotated[list[Path], typer.Option("--clips", help="Folder of clips to judge. May be given again.")],
    out: Annotated[Path, typer.Option("--out", help="HTML file to write. The data go beside it as JSON.")],
    bundle: BundleOption = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    threads: ThreadsOption = 2,
    run: Annotated[
        Path | None, typer.Option("--run", help="Folder of the bundle's training run, to show its history.")
    ] = None,
    split: SplitOption = None,
) -> None:
    """Judge a bundle on folders of clips and write a page about it.

    Clips are named `<movement>_<i>.mp4`. The page is one file that opens without a network: plots, tables, and the
    frames of the clips that were confused. The JSON beside it is a list with one report for each folder.
    """
    from model.evaluation.write_report import write_report

    workers = open_workers(bundle, engine, threads)
    with explained():
        reports = write_report(workers, clips, out, split=split, history=run and run / RUN_LOG)
    for made in reports:
        console.print(f"judged {made.test_set}")
    console.print(f"{out} and {out.with_suffix('.json').name} hold the report")
