"""`movements workout`: what is done when in a film, how often, and whether each repetition holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.cli.application import USE, app
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
from model.cli.screen import bars, columns, console, escape
from model.defaults import DEFAULT_BUNDLE, EngineName
from model.errors import MovementsError

if TYPE_CHECKING:
    from model.answers.workout import Progress, WorkoutAnswer


@app.command(rich_help_panel=USE)
def workout(
    video: Annotated[Path, typer.Argument(help="A film (mp4 or mov) of up to two hours.")],
    bundle: BundleOption = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    threads: ThreadsOption = 2,
    standards: StandardsOption = None,
    athlete: Annotated[
        str | None,
        typer.Option("--athlete", help="Where the athlete is in the first picture, x,y in shares of it (0.5,0.6)."),
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write one row per repetition into this file.")] = None,
    subtitles: Annotated[
        Path | None, typer.Option("--subtitles", help="Write counts and verdicts into this file, .srt or .vtt.")
    ] = None,
    clips: Annotated[
        Path | None, typer.Option("--clips", help="Cut each named repetition into a clip in this folder.")
    ] = None,
    annotations: Annotated[
        Path | None,
        typer.Option("--annotations", help="Write the named repetitions as an annotation of Supervisely (JSON)."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is done when in a film, count the repetitions, and judge each by the standards of its movement."""
    from model.workout.analyse import analyse
    from model.workout.standards import RULES, read_standards
    from model.workout.written import as_csv, as_subtitles, as_supervisely

    with explained():
        rules = read_standards(standards or RULES)
        _require_written(csv, subtitles, annotations)
        place = _place(athlete)
    predictor = open_predictor(bundle, engine, threads)
    try:
        with _progress() as report:
            answer = analyse(video, predictor, rules, athlete=place, report=report).answer
    except MovementsError as error:
        raise failed(error) from error
    if csv is not None:
        csv.write_text(as_csv(answer), encoding="utf-8")
    if subtitles is not None:
        subtitles.write_text(as_subtitles(answer, web=subtitles.suffix.lower() == ".vtt"), encoding="utf-8")
    if annotations is not None:
        annotations.write_text(as_supervisely(answer, video.name), encoding="utf-8")
    if clips is not None:
        _cut(answer, video, clips)
    if as_json:
        print_json(answer)
    else:
        _show(video, answer)


def _place(text: str | None) -> tuple[float, float] | None:
    """Shares of a picture's width and height; raises `ValueError` for anything else."""
    if text is None:
        return None
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        x = y = -1.0
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ValueError(f"{text!r} is no place in a picture: x,y from 0 to 1, such as 0.5,0.6, is")
    return x, y


def _require_written(*paths: Path | None) -> None:
    """Say before the film is looked at, not after it, that a file has nowhere to go."""
    for path in paths:
        if path is not None and not path.absolute().parent.is_dir():
            raise FileNotFoundError(f"there is no folder {path.parent} for {path.name}")


def _cut(answer: WorkoutAnswer, video: Path, folder: Path) -> None:
    from model.cli.data.group import print_findings
    from model.data.cut import cut_manifest
    from model.data.manifest import AnnotatedRepetition, Manifest
    from model.workout.written import numbered

    wanted = [
        AnnotatedRepetition(
            source=video.name,
            athlete=video.stem,
            movement=segment.movement,
            start=repetition.frames[0],
            end=repetition.frames[1],
        )
        for _, segment, _, _, repetition in numbered(answer)
        if segment.movement is not None and repetition.frames is not None
    ]
    with explained():
        print_findings(cut_manifest(Manifest.of(wanted), video.parent, folder).findings)


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """A bar on the terminal with the time left, on standard error; nothing where that is a file."""
    from rich.progress import TaskID, TaskProgressColumn

    with bars(TaskProgressColumn()) as shown:
        tasks: dict[str, TaskID] = {}

        def report(progress: Progress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = shown.add_task(progress.stage, total=1.0)
            shown.update(tasks[progress.stage], completed=progress.share)

        yield report


def _show(video: Path, answer: WorkoutAnswer) -> None:
    from model.units import clock
    from model.workout.written import name_of, told

    if not answer.segments:
        console.print(f"{escape(video.name)}: no repetition was found in {clock(answer.seconds)}")
        return
    table = columns("from", "to", "movement", "repetitions", "sets", "", title=escape(video.name), title_justify="left")
    for segment in answer.segments:
        counts = "+".join(str(one.last - one.first + 1) for one in segment.sets)
        probability = "" if segment.movement is None else f"{segment.probability:.0%}"
        table.add_row(
            clock(segment.start), clock(segment.end), escape(name_of(segment)), told(segment), counts, probability
        )
    console.print(table)
    seconds, model = answer.timing_ms["total"] / 1e3, answer.model
    by = "" if model is None else f", {escape(model.name)} {escape(model.version)} on {model.engine}"
    console.print(f"[dim]{clock(answer.seconds)} of film in {seconds:.1f} s{by}[/]")
