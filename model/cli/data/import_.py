"""`movements data import`: one manifest of annotations."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from model.cli.common import explained
from model.cli.data.group import data, print_findings
from model.cli.screen import console, escape


@data.command("import")
def import_(
    exports: Annotated[
        list[Path],
        typer.Argument(help="Exports of Supervisely, Label Studio (JSON) or CVAT (XML), or folders of them."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Manifest to write, a .json file.")],
    videos: Annotated[
        Path | None, typer.Option("--videos", help="Folder of the videos. Without it, no video is looked for.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            help="Regular expression for the names of videos without suffix, with the groups `athlete` and `event`.",
            show_default="event, athlete, time",
        ),
    ] = None,
    athletes: Annotated[
        Path | None,
        typer.Option("--athletes", help="CSV with the columns video, athlete and event. It overrides the names."),
    ] = None,
    rename: Annotated[
        list[str] | None, typer.Option("--rename", help="OLD=NEW gives a tag another label. May be given again.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Take only this label. May be given again.")] = None,
    min_frames: Annotated[int, typer.Option("--min-frames", min=1, help="Leave out ranges of fewer frames.")] = 3,
    label_studio_rate: Annotated[
        float | None,
        typer.Option(
            "--label-studio-rate",
            min=1,
            help="Frames per second that Label Studio counted in.",
            show_default="those of the videos",
        ),
    ] = None,
) -> None:
    """Make one manifest from annotations.

    What cannot be used is listed. The exit status is 1 if nothing can be used.
    """
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
        print_findings(imported.findings)
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


def _renamings(pairs: Iterable[str]) -> dict[str, str]:
    renamings = {}
    for pair in pairs:
        old, equals, new = pair.partition("=")
        if not (old.strip() and equals and new.strip()):
            raise ValueError(f"--rename takes OLD=NEW, not {pair!r}")
        renamings[old.strip()] = new.strip()
    return renamings
