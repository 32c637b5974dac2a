"""`movements`: the command line. Commands are thin wrappers and import heavy modules only when they run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from model.bundle import DEFAULT_BUNDLE, MANIFEST
from model.engines import EngineName
from model.errors import MovementsError

if TYPE_CHECKING:
    from model.predict import Predictor

app = typer.Typer(
    help="Recognise the movement in a clip; make, inspect and judge the models that do.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

BundleOption = Annotated[Path, typer.Option("--bundle", help="Directory of the bundle; without it, the default one.")]
EngineOption = Annotated[EngineName, typer.Option("--engine", help="What runs the graph.")]
ThreadsOption = Annotated[int, typer.Option("--threads", min=1, help="Threads of the engine.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value}"


def _predictor(bundle: Path, engine: EngineName, threads: int) -> Predictor:
    from model.predict import Predictor

    try:
        return Predictor.load(bundle, engine=engine, threads=threads)
    except MovementsError as error:
        raise _failed(error) from error


@contextmanager
def _explained() -> Iterator[None]:
    """One sentence instead of a traceback for what a person can put right: folders, names, data that do not fit."""
    try:
        yield
    except (FileExistsError, FileNotFoundError, ValueError) as error:
        errors.print(f"[bold red]{escape(str(error))}[/]")
        raise typer.Exit(1) from error


def _failed(error: MovementsError) -> typer.Exit:
    errors.print(f"[bold red]{error.message}[/] {error.hint}")
    return typer.Exit(1)


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
    predictor = _predictor(bundle, engine, threads)
    answers: list[dict[str, Any]] = []
    failed = False
    for path in clips:
        try:
            body = predictor.predict(path, top_k=top_k).to_dict()
        except MovementsError as error:
            failed, body = True, error.to_dict()
        except FileNotFoundError:
            failed, body = True, {"error": {"code": "not_found", "message": f"There is no file {path}.", "hint": ""}}
        answers.append({"file": str(path), **body})
        if not as_json:
            _show(path, body)
    if as_json:
        _print_json(answers[0] if len(answers) == 1 else answers)
    if failed:
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
def inspect(
    bundle: Annotated[Path, typer.Argument(help="Directory of the bundle.")] = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    as_json: JsonOption = False,
) -> None:
    """Verify a bundle, run its golden clips and print its contract."""
    predictor = _predictor(bundle, engine, 2)
    loaded = predictor.bundle
    manifest = json.loads((loaded.directory / MANIFEST).read_text(encoding="utf-8"))["files"]
    size = sum(entry["size"] for entry in manifest.values())
    if as_json:
        _print_json(
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
    as_json: JsonOption = False,
) -> None:
    """Judge a bundle on a folder of clips; names that are no label of it count as *none of these*."""
    from model.evaluation.evaluate import evaluate as judge

    predictor = _predictor(bundle, engine, threads)
    with _explained():
        evaluation = judge(predictor, clips)
    report = evaluation.to_dict()
    if figures is not None:
        from model.evaluation.figures import write_figures

        write_figures(figures, *evaluation.arrays(), evaluation.outputs)
    if as_json:
        _print_json(report)
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
        classes.add_row(name, *(_figure(row[key]) for key in ("clips", "top1", "top5", "mean_probability")))
    console.print("", classes, "")
    for name in ("clips", "top1", "top5", "ece"):
        console.print(f"{name}: {report[name]}")
    for name, value in (report["none_of_these"] or {}).items():
        console.print(f"none of these, {name.replace('_', ' ')}: {_figure(value)}")


@app.command()
def export(
    model: Annotated[Path, typer.Argument(help="A classifier saved as .keras.")],
    contract: Annotated[Path, typer.Option("--contract", help="JSON of its contract.")],
    out: Annotated[Path, typer.Option("--out", help="Directory of the bundle; new or empty.")],
) -> None:
    """Make a bundle of a saved classifier: frozen SavedModel, flatbuffer, contract, manifest."""
    from model.movinet.export import export as make

    made = make(model, contract, out)
    console.print(f"{out} holds {made.name} {made.version}")


@app.command()
def pretrained(
    variant: Annotated[str, typer.Argument(help="a0 to a5.")],
    out: Annotated[Path, typer.Option("--out", help="File to write, .weights.h5.")],
    source: Annotated[
        str | None,
        typer.Option("--source", help="Checkpoint, folder, .tar.gz or https address; else the official one."),
    ] = None,
    sha256: Annotated[str | None, typer.Option("--sha256", help="What the archive must have.")] = None,
) -> None:
    """Import official Kinetics-600 weights of MoViNet base into our backbone."""
    from model.movinet.pretrained import pretrained as convert

    try:
        path = convert(variant, out, source=source, sha256=sha256)
    except MovementsError as error:
        raise _failed(error) from error
    console.print(f"{path} holds the backbone of MoViNet {variant.upper()}")


@app.command()
def render(
    out: Annotated[Path, typer.Option("--out", help="Folder of the clips; shards that are there are kept.")],
    clips: Annotated[int, typer.Option("--clips", min=1, help="How many.")],
    seed: Annotated[int, typer.Option("--seed", help="Decides every clip.")] = 1,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 2,
) -> None:
    """Render clips to learn from. An interrupted run goes on where it was."""
    from model.rendering.dataset import render_dataset

    with _explained():
        render_dataset(out, clips, seed, workers=workers)


@app.command()
def videos(
    out: Annotated[Path, typer.Option("--out", help="Folder of the videos; those that are there are kept.")],
    clips: Annotated[int, typer.Option("--clips", min=1, help="How many.")],
    seed: Annotated[int, typer.Option("--seed", help="Decides every video.")] = 1,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 2,
) -> None:
    """Render whole videos named `<movement>_<i>.mp4`, as a phone would film them: to try a model on, not to train."""
    from model.rendering.videos import render_videos

    render_videos(out, clips, seed, workers=workers)


@app.command()
def train(
    data: Annotated[list[Path], typer.Option("--data", help="Folder of rendered clips; may be given again.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run.")],
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of 16 clips.")] = 2400,
    size: Annotated[int, typer.Option("--size", min=32, help="Side of the frames, pixels.")] = 80,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the folder's last checkpoint.")] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of the network.")] = 2,
) -> None:
    """Train the default model's architecture on rendered clips."""
    from model.rendering.dataset import shard_paths
    from model.training.recipe import Recipe
    from model.training.train import limit_threads
    from model.training.train import train as learn

    limit_threads(threads)
    shards = [path for folder in data for path in shard_paths(folder)]
    recipe = Recipe(steps=steps, size=size)
    with _explained():
        learn(out, shards, recipe, resume=resume, threads=threads, report=lambda row: console.print(str(row)))


@app.command()
def ablate(
    data: Annotated[list[Path], typer.Option("--data", help="Folder of rendered clips; may be given again.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the runs and of ablation.json.")],
    videos: Annotated[list[Path], typer.Option("--videos", help="Folder of videos to judge; may be given again.")],
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of 16 clips, of every run.")] = 300,
    size: Annotated[int, typer.Option("--size", min=32, help="Side of the frames, pixels.")] = 64,
    only: Annotated[list[str] | None, typer.Option("--only", help="Name of a variant; may be given again.")] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of the network.")] = 2,
) -> None:
    """Train the recipe, and the recipe with one thing taken away at a time, and judge all on the same clips.

    A run that is there already, and finished, is only judged again.
    """
    from model.rendering.dataset import shard_paths
    from model.training.ablation import ablate as compare
    from model.training.recipe import Recipe
    from model.training.train import limit_threads

    limit_threads(threads)
    shards = [path for folder in data for path in shard_paths(folder)]
    with _explained():
        report = compare(out, shards, Recipe(steps=steps, size=size), videos, only=only or (), threads=threads)
    _print_json(report)


@app.command()
def bundle(
    run: Annotated[Path, typer.Argument(help="Folder of a training run.")],
    data: Annotated[list[Path], typer.Option("--data", help="The rendered clips that it was trained on.")],
    out: Annotated[Path, typer.Option("--out", help="Directory of the bundle; new or empty.")],
    version: Annotated[str, typer.Option("--version", help="Of the bundle.")] = "1",
    film: Annotated[
        list[Path] | None, typer.Option("--film", help="Folder of filmed clips to report on in the card.")
    ] = None,
    film_notes: Annotated[
        Path | None, typer.Option("--film-notes", help="Markdown for the card: what was decided by looking at film.")
    ] = None,
    test: Annotated[
        list[Path] | None, typer.Option("--test", help="Folder of rendered clips of an unseen seed, to judge.")
    ] = None,
    ablation: Annotated[
        list[Path] | None, typer.Option("--ablation", help="Folder of `ablate`, for the card; may be given again.")
    ] = None,
) -> None:
    """Make a sealed bundle of a training run: calibrated, exported, measured, with golden clips and a card."""
    from model.rendering.dataset import shard_paths
    from model.training.make_bundle import make_bundle

    shards = [path for folder in data for path in shard_paths(folder)]
    with _explained():
        make_bundle(
            run,
            shards,
            out,
            version=version,
            test=[path for folder in test or [] for path in shard_paths(folder)],
            film=film or [],
            film_notes=film_notes.read_text(encoding="utf-8") if film_notes else "",
            ablations=ablation or [],
        )


@app.command()
def examples(out: Annotated[Path, typer.Option("--out", help="Folder of the page's example clips.")]) -> None:
    """Render the page's example clips, one per movement."""
    from model.rendering.examples import render_examples

    render_examples(out)
