"""`movements evaluate`: a bundle judged on a folder of clips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.cli.application import JUDGE, app
from model.cli.common import (
    BundleOption,
    EngineOption,
    JsonOption,
    SplitOption,
    ThreadsOption,
    explained,
    figure,
    open_workers,
    print_json,
)
from model.cli.screen import columns, console
from model.defaults import DEFAULT_BUNDLE, EngineName

if TYPE_CHECKING:
    from model.answers.evaluation import EvaluationAnswer, JudgedClip, UnreadClip


@app.command(rich_help_panel=JUDGE)
def evaluate(
    clips: Annotated[Path, typer.Option("--clips", help="Folder of clips named `<movement>_<i>.mp4`.")],
    bundle: BundleOption = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    threads: ThreadsOption = 2,
    figures: Annotated[Path | None, typer.Option("--figures", help="Folder to write plots and tables to.")] = None,
    split: SplitOption = None,
    cuts: Annotated[
        bool, typer.Option("--cuts", help="Judge them also repeated, with pauses, trimmed and extended.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge a bundle on a folder of clips.

    The name of a clip says what it shows. A name that is no label of the bundle counts as *none of these*.
    """
    from model.evaluation.evaluate import evaluate as judge

    workers = open_workers(bundle, engine, threads)
    with explained():
        evaluation = judge(workers, clips, split=split)
    answer = evaluation.answer()
    if cuts:
        from model.evaluation.clip_set import open_clip_set
        from model.evaluation.cuts import judge_cuts

        answer = answer.model_copy(update={"cuts": judge_cuts(workers, open_clip_set(clips, split))})
    if figures is not None:
        from model.evaluation.report import report_of
        from model.report.png import write_plots

        write_plots(figures, report_of(workers.contract, evaluation))
    if as_json:
        print_json(answer)
        return
    _print(answer, evaluation.labels, evaluation.test_set)


def _print(answer: EvaluationAnswer, labels: Sequence[str], test_set: str) -> None:
    """The answer as tables, shares of few clips with their 95 % interval."""
    from model.report.words import share

    table = columns("clip", "answer", "probability", "")
    for row in answer.predictions:
        table.add_row(row.file, *_cells(row, labels))
    console.print(table)
    classes = columns("shown", "clips", "top-1", "top-5", "mean probability")
    for name, metrics in answer.per_class.items():
        shares = (share(metrics.top1, metrics.clips), share(metrics.top5, metrics.clips))
        classes.add_row(name, str(metrics.clips), *shares, figure(metrics.mean_probability))
    console.print("", classes, "")
    console.print(f"judged: {test_set}")
    console.print(f"clips: {answer.clips}")
    console.print(f"top1: {share(answer.top1, answer.clips)}")
    console.print(f"top5: {share(answer.top5, answer.clips)}")
    console.print(f"ece: {figure(answer.ece)}")
    if (rule := answer.none_of_these) is not None:
        for name, clips, rejected in (
            ("movements", rule.movements, rule.movements_rejected),
            ("others", rule.others, rule.others_rejected),
            ("near relatives", rule.near_relatives, rule.near_relatives_rejected),
            ("all else", rule.all_else, rule.all_else_rejected),
        ):
            console.print(f"none of these, {name}: {clips}")
            console.print(f"none of these, {name} rejected: {share(rejected, clips)}")
        if (auroc := rule.auroc) is not None:
            console.print(f"none of these, AUROC: {auroc.value:.3f} (95 %: {auroc.low:.3f} to {auroc.high:.3f})")
    if answer.risk_coverage:
        risks = columns("of the surest", "wrong")
        for surest in answer.risk_coverage:
            risk = surest.risk
            risks.add_row(f"{surest.coverage:.0%}", f"{risk.value:.1%} (95 %: {risk.low:.1%} to {risk.high:.1%})")
        console.print("", risks)
    if answer.cuts:
        cuts = columns("cut", "movements", "right", "rejected", "others", "rejected")
        for name, cut in answer.cuts.items():
            cuts.add_row(
                name,
                str(cut.movements),
                share(cut.right, cut.movements),
                share(cut.rejected, cut.movements),
                str(cut.others),
                share(cut.others_rejected, cut.others),
            )
        console.print("", cuts)


def _cells(row: JudgedClip | UnreadClip, labels: Sequence[str]) -> tuple[str, str, str]:
    """The answer to a clip, its probability, and whether it is right."""
    from model.answers.evaluation import UnreadClip
    from model.contract import NONE

    if isinstance(row, UnreadClip):
        return row.error, "", ""
    (label, probability), none = row.prediction[0], row.none_of_these
    verdict = "[green]right[/]" if row.right else "[red]wrong[/]"
    if none is not None and none.answer:
        if row.shows in labels:
            verdict = f"[yellow]rejected[/] ({label})"
        label, probability = NONE, none.probability
    return label, f"{probability:.1%}", verdict
