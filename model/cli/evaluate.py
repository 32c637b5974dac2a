"""`movements evaluate`: a bundle judged on a folder of clips."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from model.cli.application import JUDGE, app, console
from model.cli.common import (
    BundleOption,
    EngineOption,
    JsonOption,
    SideOption,
    ThreadsOption,
    explained,
    figure,
    open_predictor,
    print_json,
)
from model.defaults import DEFAULT_BUNDLE, EngineName


@app.command(rich_help_panel=JUDGE)
def evaluate(
    clips: Annotated[Path, typer.Option("--clips", help="Folder of clips named `<movement>_<i>.mp4`.")],
    bundle: BundleOption = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    threads: ThreadsOption = 2,
    figures: Annotated[Path | None, typer.Option("--figures", help="Folder to write plots and tables to.")] = None,
    side: SideOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a bundle on a folder of clips.

    The name of a clip says what it shows. A name that is no label of the bundle counts as *none of these*.
    """
    from model.contract import NONE
    from model.evaluation.evaluate import evaluate as judge

    predictor = open_predictor(bundle, engine, threads)
    with explained():
        evaluation = judge(predictor, clips, side=side)
    report = evaluation.to_dict()
    if figures is not None:
        from model.report.png import write_figures

        write_figures(figures, *evaluation.arrays(), evaluation.outputs)
    if as_json:
        print_json(report)
        return
    table = Table("clip", "answer", "probability", "", box=None, pad_edge=False)
    for row in report["predictions"]:
        if "error" in row:
            table.add_row(row["file"], row["error"], "", "")
            continue
        (label, probability), none = row["prediction"][0], row["none_of_these"]
        verdict = "[green]right[/]" if row["right"] else "[red]wrong[/]"
        if none and none["answer"]:
            if row["shows"] in evaluation.labels:
                verdict = f"[yellow]rejected[/] ({label})"
            label, probability = NONE, none["probability"]
        table.add_row(row["file"], label, f"{probability:.1%}", verdict)
    console.print(table)
    classes = Table("shown", "clips", "top-1", "top-5", "mean probability", box=None, pad_edge=False)
    for name, row in report["per_class"].items():
        classes.add_row(name, *(figure(row[key]) for key in ("clips", "top1", "top5", "mean_probability")))
    console.print("", classes, "")
    console.print(f"judged: {evaluation.test_set}")
    for name in ("clips", "top1", "top5", "ece"):
        console.print(f"{name}: {report[name]}")
    for name, value in (report["none_of_these"] or {}).items():
        console.print(f"none of these, {name.replace('_', ' ')}: {figure(value)}")
