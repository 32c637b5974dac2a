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
    figure,
    open_predictor,
    print_json,
)
from model.cli.screen import columns, console, escape
from model.defaults import DEFAULT_BUNDLE, EngineName
from model.errors import MovementsError

if TYPE_CHECKING:
    from model.answers.counting import WorkoutsEvaluation
    from model.answers.workout import WorkoutAnswer


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
    as_json: JsonOption = False,
) -> None:
    """Judge how films are cut into movements, counted and judged, beside other ways of counting."""
    from model.evaluation.workouts import evaluate_workouts as judge
    from model.workout.standards import RULES, read_standards

    def report(film: Path, truth: WorkoutAnswer, answer: WorkoutAnswer) -> None:
        if not as_json:
            _compare(film, truth, answer)

    with explained():
        rules = read_standards(standards or RULES)
        predictor = open_predictor(bundle, engine, threads)
        try:
            result = judge(films, predictor, rules, baselines=baselines, report=report)
        except MovementsError as error:
            raise failed(error) from error
    if as_json:
        print_json(result)
    else:
        _print(result)


def _compare(film: Path, truth: WorkoutAnswer, answer: WorkoutAnswer) -> None:
    """What a film shows, and what is said of it, line by line."""
    from model.units import clock
    from model.workout.written import name_of

    table = columns("", "from", "to", "movement", "repetitions", title=escape(film.name), title_justify="left")
    for word, workout in (("shows", truth), ("said", answer)):
        for segment in workout.segments:
            name = name_of(segment) if segment.movement or not segment.kind else f"({segment.kind})"
            counts = "+".join(str(one.last - one.first + 1) for one in segment.sets)
            table.add_row(word, clock(segment.start), clock(segment.end), escape(name), counts)
    console.print(table, "")


def _print(result: WorkoutsEvaluation) -> None:
    from model.units import clock

    table = columns("counted by", "sets", "exact", "within one", "mean relative error")
    for name, counts in result.counts.items():
        table.add_row(name, str(counts.sets), figure(counts.exact), figure(counts.within_one), figure(counts.error))
    console.print(table, "")
    verdicts = columns(
        "judged", "repetitions", "given", "right", "faulty", "found", "good refused", "unclear", title_justify="left"
    )
    for movement, row in result.verdicts.items():
        shares = (row.faulty_found, row.good_refused, row.unclear)
        verdicts.add_row(
            escape(movement), str(row.repetitions), str(row.given), figure(row.right), str(row.faulty),
            *(figure(share) for share in shares),
        )  # fmt: skip
    console.print(verdicts, "")
    segments = result.segments
    for name, value in (
        ("films", f"{result.films}, {clock(result.seconds)}"),
        ("segments, f1", f"{figure(segments.f1)} ({segments.found} found, {segments.true} true)"),
        ("repetitions begin, off by", f"{figure(segments.start_seconds)} s (median)"),
        ("repetitions end, off by", f"{figure(segments.end_seconds)} s (median)"),
        ("repetitions in an hour of rest", figure(result.false_per_hour)),
        ("movements in an hour of other exercises", figure(result.named_per_hour)),
        ("CPU seconds for a minute of film", figure(result.cpu_seconds_per_minute)),
    ):
        console.print(f"{name}: {value}")
