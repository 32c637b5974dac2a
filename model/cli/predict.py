"""`movements predict`: what each clip shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from model.cli.application import app, console, errors
from model.cli.common import BundleOption, EngineOption, JsonOption, ThreadsOption, open_predictor, print_json
from model.defaults import DEFAULT_BUNDLE, TOP_K, EngineName
from model.errors import MovementsError


@app.command()
def predict(
    clips: Annotated[list[Path], typer.Argument(help="mp4 or mov files, one repetition each.")],
    bundle: BundleOption = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    top_k: Annotated[int, typer.Option("--top-k", min=1, help="How many movements to show.")] = TOP_K,
    threads: ThreadsOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Show the most probable movements in each clip. The exit status is 1 if a clip could not be read."""
    predictor = open_predictor(bundle, engine, threads)
    answers: list[dict[str, Any]] = []
    unread = False
    for path in clips:
        try:
            body = predictor.predict(path, top_k=top_k).to_dict()
        except MovementsError as error:
            unread, body = True, error.to_dict()
        except FileNotFoundError:
            unread, body = True, {"error": {"code": "not_found", "message": f"There is no file {path}.", "hint": ""}}
        answers.append({"file": str(path), **body})
        if not as_json:
            _show(path, body)
    if as_json:
        print_json(answers[0] if len(answers) == 1 else answers)
    if unread:
        raise typer.Exit(1)


def _show(path: Path, body: dict[str, Any]) -> None:
    if "error" in body:
        errors.print(f"[bold]{path.name}[/]: [red]{body['error']['message']}[/] {body['error']['hint']}")
        return
    table = Table(title=path.name, title_justify="left", box=None, show_header=False, pad_edge=False)
    if (none := body["none_of_these"]) and none["answer"]:
        table.add_row("[bold]none of these movements[/]", f"{none['probability']:.1%}", "")
    for label, probability in body["prediction"]:
        table.add_row(label, f"{probability:.1%}", "█" * round(30 * probability))
    console.print(table)
    timing = body["timing_ms"]
    console.print(
        f"[dim]decode {timing['decode']:.0f} ms, predict {timing['predict']:.0f} ms, total {timing['total']:.0f} ms, "
        f"{body['model']['name']} {body['model']['version']} on {body['model']['engine']}[/]\n"
    )
