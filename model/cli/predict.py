"""`movements predict`: what each clip shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.cli.application import USE, app
from model.cli.common import (
    BundleOption,
    EngineOption,
    JsonOption,
    ThreadsOption,
    open_predictor,
    open_workers,
    print_json,
)
from model.cli.screen import errors, escape
from model.defaults import DEFAULT_BUNDLE, TOP_K, WORKOUT_SECONDS, EngineName
from model.errors import MovementsError, NotFound

if TYPE_CHECKING:
    from model.answers.clip import ClipAnswer
    from model.answers.error import ErrorAnswer


@app.command(rich_help_panel=USE)
def predict(
    clips: Annotated[
        list[Path],
        typer.Argument(help="Files (mp4 or mov), each with a repetition or a set, or folders of such files."),
    ],
    bundle: BundleOption = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    top_k: Annotated[int, typer.Option("--top-k", min=1, help="How many movements to show.")] = TOP_K,
    start: Annotated[float | None, typer.Option("--from", min=0, help="First second of what is looked at.")] = None,
    end: Annotated[float | None, typer.Option("--to", min=0, help="Last second of what is looked at.")] = None,
    threads: ThreadsOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Show the most probable movements in each clip, or in the part of it between --from and --to.

    With --json, one file gives one object. Several files, or a folder, give a list of such objects, in the order of
    the arguments and by name within a folder. Each names its "file"; where there is no answer, it has an "error" with
    "code", "message" and "hint". The exit status is 1 if any clip has no answer.
    """
    from model.answers.error import ErrorAnswer

    paths = list(_files(clips))
    whole = start is None and end is None
    part = None if whole else (start or 0.0, WORKOUT_SECONDS if end is None else end)
    predict_one = _opened(bundle, engine, threads, top_k, part, several=len(paths) > 1)
    answers, failed = [], False
    for path in paths:
        answer = _answer(predict_one, path).for_file(str(path))
        answers.append(answer)
        failed |= isinstance(answer, ErrorAnswer)
        if not as_json:
            _show(path, answer)
    if as_json:
        one = len(clips) == 1 and not clips[0].is_dir()
        print_json(answers[0] if one else answers)
    if failed:
        raise typer.Exit(1)


def _files(paths: list[Path]) -> Iterator[Path]:
    """Files as they are given, and the clips of folders; a folder without clips stands for itself."""
    from model.data.folder import clips_in

    for path in paths:
        yield from (clips_in(path) or [path]) if path.is_dir() else [path]


def _opened(
    bundle: Path,
    engine: EngineName,
    threads: int,
    top_k: int,
    part: tuple[float, float] | None,
    *,
    several: bool,
) -> Callable[[Path], ClipAnswer]:
    """What answers a clip: of several, none may end the command, so a process of its own looks at them."""
    if several:
        workers = open_workers(bundle, engine, threads)
        return lambda path: workers.answer(path, top_k=top_k, part=part)
    predictor = open_predictor(bundle, engine, threads)
    return lambda path: predictor.answer(path, top_k=top_k, part=part)


def _answer(predict_one: Callable[[Path], ClipAnswer], path: Path) -> ClipAnswer | ErrorAnswer:
    from model.answers.error import ErrorAnswer

    try:
        if path.is_dir():
            raise NotFound(
                f"There is no clip in the folder {path.name!r}.", hint="Clips are files ending in .mp4, .mov or .m4v."
            )
        return predict_one(path)
    except MovementsError as error:
        return ErrorAnswer.of(error)


def _show(path: Path, answer: ClipAnswer | ErrorAnswer) -> None:
    from model.answers.error import ErrorAnswer

    if isinstance(answer, ErrorAnswer):
        error = answer.error
        errors.print(
            f"[bold]{escape(path.name)}[/]: [red]{escape(error.message)}[/] {escape(error.hint)}", soft_wrap=True
        )
        return
    rows = [(label, probability, "█" * round(30 * probability)) for label, probability in answer.prediction]
    if (none := answer.none_of_these) and none.answer:
        rows.insert(0, ("none of these movements", none.probability, ""))
    # By typer, not by rich: to import rich takes as long as to decode a clip.
    typer.secho(path.name, italic=True)
    widest = max(len(label) for label, _, _ in rows)
    for label, probability, bar in rows:
        typer.echo(f"{label:{widest}}  {probability:6.1%}  {bar}".rstrip())
    if (own := answer.own_set) is not None:
        typer.echo(f"like this: {own.told}")
    for found in answer.other_sets:
        typer.echo(f"also: {found.label}, {found.told}")
    timing, model = answer.timing_ms, answer.model
    steps = ", ".join(
        f"{step} {timing[step]:.0f} ms" for step in ("decode", "body", "predict", "total") if step in timing
    )
    typer.secho(f"{steps}, {model.name} {model.version} on {model.engine}\n", dim=True)
