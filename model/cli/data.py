"""Commands from links and annotations to records: `movements data ...`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from model.cli.common import JsonOption, app, console, errors, explained, figure, print_json

data = typer.Typer(help="Make training data of your own videos.", no_args_is_help=True)
app.add_typer(data, name="data")


@data.command("import")
def import_(
    exports: Annotated[
        list[Path],
        typer.Argument(help="Exports of Supervisely, Label Studio (JSON) or CVAT (XML), or folders of them."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Manifest to write, .json.")],
    videos: Annotated[
        Path | None, typer.Option("--videos", help="Folder of the videos; without it, none is looked for.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            help="Regular expression of videos' names without suffix, with groups 'athlete' and 'event'. Without it,"
            " names read 'event, athlete, time'.",
        ),
    ] = None,
    athletes: Annotated[
        Path | None, typer.Option("--athletes", help="CSV with columns video, athlete, event; overrides names.")
    ] = None,
    rename: Annotated[
        list[str] | None, typer.Option("--rename", help="OLD=NEW: a tag's label; may be given again.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Label to take; may be given again.")] = None,
    min_frames: Annotated[int, typer.Option("--min-frames", min=1, help="Shorter ranges are left out.")] = 3,
    label_studio_rate: Annotated[
        float | None,
        typer.Option(
            "--label-studio-rate",
            min=1,
            help="Frames per second that Label Studio counted in, if not those of the videos.",
        ),
    ] = None,
) -> None:
    """Make one manifest of annotations. What cannot be used is listed; the exit status is 1 if that is everything."""
    from model.data.annotations.importing import check_out, import_exports
    from model.data.annotations.people import NAME, People
    from model.data.annotations.videos import Videos

    with explained():
        check_out(out)
        imported = import_exports(
            exports,
            People(name or NAME, athletes),
            videos=Videos(videos) if videos else None,
            rename=_renamings(rename or []),
            only=only or (),
            min_frames=min_frames,
            label_studio_rate=label_studio_rate,
        )
        _list(imported.findings)
        repetitions = imported.manifest.repetitions
        if not repetitions:
            raise ValueError(f"none of {imported.read} ranges can be imported")
        file = imported.manifest.write(out)
    console.print(
        f"{escape(str(file))} holds {len(repetitions)} of {imported.read} ranges:"
        f" {len(imported.manifest.movements)} movements in {len({r.source for r in repetitions})} videos"
        f" of {len({r.athlete for r in repetitions})} athletes",
        soft_wrap=True,
    )


@data.command()
def cut(
    manifest: Annotated[Path, typer.Argument(help="Manifest of `movements data import`.")],
    videos: Annotated[Path, typer.Option("--videos", help="Folder of the videos.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the clips; those that it records are kept.")],
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 2,
) -> None:
    """Cut every repetition to <movement>_<i>.mp4. An interrupted run goes on where it was."""
    from model.data.cut import cut_manifest
    from model.data.manifest import Manifest

    with explained():
        result = cut_manifest(Manifest.read(manifest), videos, out, workers=workers)
        _list(result.findings)
        if not result.manifest.repetitions:
            raise ValueError("no clip could be made")
    total = len(result.manifest.repetitions)
    console.print(f"{escape(str(out))} holds {total} clips; {result.kept} were there already", soft_wrap=True)


@data.command()
def stats(
    manifest: Annotated[Path, typer.Argument(help="Manifest, or folder of clips.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write tables and the balance to.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how long and how many the repetitions of each movement are, and how the sides are balanced."""
    from model.data.manifest import Manifest
    from model.data.stats import count_manifest, write_statistics

    with explained():
        counted = count_manifest(Manifest.read(manifest))
    if out is not None:
        write_statistics(out, counted)
    if as_json:
        print_json(counted.to_dict())
        return
    table = Table("movement", "clips", "athletes", "sources", "frames", "seconds", "total s", box=None, pad_edge=False)
    balance = Table("movement", *counted.sides, box=None, pad_edge=False)
    for row in (*counted.rows, counted.total):
        total = None if row.total_seconds is None else round(row.total_seconds, 1)
        counts = (row.clips, row.athletes, row.sources, row.frames, row.seconds or "-", figure(total))
        table.add_row(escape(row.movement), *(str(value) for value in counts))
        balance.add_row(escape(row.movement), *(str(row.sides.get(side, 0)) for side in counted.sides))
    console.print(table, "", balance)
    _list(counted.warnings)


def _renamings(pairs: Iterable[str]) -> dict[str, str]:
    renamings = {}
    for pair in pairs:
        old, equals, new = pair.partition("=")
        if not (old.strip() and equals and new.strip()):
            raise ValueError(f"--rename takes OLD=NEW, not {pair!r}")
        renamings[old.strip()] = new.strip()
    return renamings


def _list(findings: Iterable[str]) -> None:
    for finding in findings:
        errors.print(f"[yellow]-[/] {escape(finding)}", soft_wrap=True)
