"""Commands that use and judge a bundle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from model.bundle import DEFAULT_BUNDLE, MANIFEST
from model.cli.common import (
    BundleOption,
    EngineOption,
    JsonOption,
    ThreadsOption,
    app,
    console,
    errors,
    explained,
    failed,
    figure,
    open_predictor,
    print_json,
)
from model.cli.reporting import SideOption
from model.engines import EngineName
from model.errors import MovementsError


@app.command()
def predict(
    clips: Annotated[list[Path], typer.Argument(help="mp4 or mov files, one repetition each.")],
    bundle: BundleOption = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    top_k: Annotated[int, typer.Option("--top-k", min=1, help="How many movements to show.")] = 5,
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


@app.command()
def stream(
    clip: Annotated[Path, typer.Argument(help="An mp4 or mov file, one repetition.")],
    bundle: Annotated[Path, typer.Option("--bundle", help="Directory of the bundle of a stream model.")],
    threads: ThreadsOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Show what a stream model says after every sampled frame of a clip; after the last, it is the clip's answer."""
    from model.bundle import Bundle
    from model.stepper import Stepper
    from model.video import read_clip

    try:
        stepper = Stepper(Bundle.load(bundle), threads=threads)
        with explained():
            seen = read_clip(clip, stepper.contract)
    except MovementsError as error:
        raise failed(error) from error
    labels = (*stepper.contract.labels, "none of these")[: stepper.contract.outputs]
    rows = []
    for seconds, frame in zip(seen.sampled_seconds, seen.frames, strict=True):
        probabilities = stepper.push(frame)
        best = int(probabilities.argmax())
        rows.append({"seconds": round(seconds, 3), "label": labels[best], "probability": round(probabilities[best], 6)})
    if as_json:
        print_json(rows)
        return
    table = Table("seconds", "answer", "probability", box=None, pad_edge=False)
    for row in rows:
        table.add_row(f"{row['seconds']:.2f}", str(row["label"]), f"{row['probability']:.1%}")
    console.print(table)


@app.command()
def inspect(
    bundle: Annotated[Path, typer.Argument(help="Directory of the bundle.")] = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    as_json: JsonOption = False,
) -> None:
    """Verify a bundle, run its golden clips and print its contract."""
    predictor = open_predictor(bundle, engine, 2)
    loaded = predictor.bundle
    manifest = json.loads((loaded.directory / MANIFEST).read_text(encoding="utf-8"))["files"]
    size = sum(entry["size"] for entry in manifest.values())
    if as_json:
        print_json(
            {
                "contract": loaded.contract.model_dump(mode="json"),
                "files": manifest,
                "bytes": size,
                "goldens": [golden.clip.name for golden in loaded.goldens],
                "engine": predictor.engine.name,
            }
        )
        return
    contract = loaded.contract
    table = Table(title=f"{contract.name} {contract.version}", title_justify="left", box=None, show_header=False)
    for name, value in (
        ("architecture", contract.architecture),
        ("input", f"{contract.frames} frames of {contract.size} x {contract.size}, crop: {contract.crop.value}"),
        ("movements", ", ".join(contract.labels)),
        ("temperature", f"{contract.temperature:.3f}"),
        ("none of these", contract.none_of_these.model_dump_json() if contract.none_of_these else "no rule"),
        ("files", f"{len(manifest)}, {size / 2**20:.1f} MiB, all as their manifest says"),
        ("golden clips", f"{len(loaded.goldens)} reproduced with {predictor.engine.name}"),
    ):
        table.add_row(f"[bold]{name}[/]", str(value))
    console.print(table)


@app.command()
def evaluate(
    clips: Annotated[Path, typer.Option("--clips", help="Folder of clips named <movement>_<i>.mp4.")],
    bundle: BundleOption = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    threads: ThreadsOption = 2,
    figures: Annotated[Path | None, typer.Option("--figures", help="Folder to write figures and tables to.")] = None,
    side: SideOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a bundle on a folder of clips; names that are no label of it count as *none of these*."""
    from model.evaluation.evaluate import evaluate as judge

    predictor = open_predictor(bundle, engine, threads)
    with explained():
        evaluation = judge(predictor, clips, side=side)
    report = evaluation.to_dict()
    if figures is not None:
        from model.evaluation.figures import write_figures

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
            label, probability = "none of these", none["probability"]
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
