"""`movements evaluate-workouts`: counts, segments and verdicts, judged on films with truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.cli.application import JUDGE, app
from model.cli.common import (
    BundleOption,
    EngineOption,
    JsonOption,
    StandardsOption,
    ThreadsOption,
    explained,
    failed,
    open_predictor,
    print_json,
)
from model.cli.screen import columns, console, escape
from model.defaults import DEFAULT_BUNDLE, EngineName
from model.errors import MovementsError

if TYPE_CHECKING:
    from model.answers.counting import JudgedFilm, WorkoutsEvaluation


@app.command("evaluate-workouts", rich_help_panel=JUDGE)
def evaluate_workouts(
    films: Annotated[Path, typer.Option("--films", help="Folder of `movements workouts`.")],
    bundle: BundleOption = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    threads: ThreadsOption = 2,
    standards: StandardsOption = None,
    baselines: Annotated[
        bool, typer.Option("--baselines/--no-baselines", help="Try other ways of counting on the same films.")
    ] = True,
    page: Annotated[
        Path | None, typer.Option("--page", help="HTML file to write, with a timeline for every film.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Judge how films are cut into movements, counted and judged, beside other ways of counting."""
    from model.evaluation.workouts import evaluate_workouts as judge
    from model.report.workouts import write_workouts_page
    from model.workout.standards import RULES, read_standards

    judged: list[JudgedFilm] = []

    def report(film: JudgedFilm) -> None:
        judged.append(film)
        if not as_json:
            _compare(film)

    with explained():
        rules = read_standards(standards or RULES)
        predictor = open_predictor(bundle, engine, threads)
        try:
            result = judge(films, predictor, rules, baselines=baselines, report=report)
        except MovementsError as error:
            raise failed(error) from error
    if page is not None:
        with explained():
            write_workouts_page(page, f"{predictor.contract.name} {predictor.contract.version}", result, judged)
    if as_json:
        print_json(result)
    else:
        _print(result)


def _compare(film: JudgedFilm) -> None:
    """What a film shows, and what is said of it, line by line."""
    from model.units import clock
    from model.workout.written import name_of

    table = columns("", "from", "to", "movement", "repetitions", title=escape(film.name), title_justify="left")
    for word, workout in (("shows", film.truth), ("said", film.answer)):
        for segment in workout.segments:
            name = name_of(segment) if segment.movement or not segment.kind else f"({segment.kind})"
            counts = "+".join(str(one.last - one.first + 1) for one in segment.sets)
            table.add_row(word, clock(segment.start), clock(segment.end), escape(name), counts)
    console.print(table, "")


def _print(result: WorkoutsEvaluation) -> None:
    from model.report.workouts import counting, figures, standards, verdicts

    for table in (counting(result), verdicts(result), standards(result)):
        shown = columns(*(title.lower() for title in table.titles))
        for row in table.rows:
            shown.add_row(*map(escape, row))
        console.print(shown, "")
    for name, value in figures(result).rows:
        console.print(f"{name.lower()}: {value}")
