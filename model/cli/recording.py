"""Commands that fetch videos, split what was cut of them, and record it: `movements data ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from model.cli.common import console, errors, explained
from model.cli.data import data
from model.data.manifest import Manifest, Side
from model.data.split import By, split_manifest


@data.command()
def fetch(
    links: Annotated[Path, typer.Argument(help="CSV with a column url (athlete, event, name), or a url a line.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the videos; those that it records are kept.")],
    height: Annotated[
        int, typer.Option("--height", min=1, help="Rows of the largest format to take; columns of upright videos.")
    ] = 480,
) -> None:
    """Fetch videos with what their sites say of them. The exit status is 1 if a link failed.

    Who is seen in a video belongs into the list of links: videos.csv, for `import --athletes`, is written from it.
    """
    from model.data.fetch import SOURCES, fetch_videos, read_links

    with explained():
        report = fetch_videos(read_links(links), out, height=height)
    console.print(
        f"{escape(str(out))} has {report.fetched} new videos, {report.kept} were there; {SOURCES} says what they are",
        soft_wrap=True,
    )
    for url, reason in report.failures.items():
        errors.print(f"[bold]{escape(url)}[/]: [red]{escape(reason)}[/]", soft_wrap=True)
    if report.failures:
        raise typer.Exit(1)


@data.command()
def split(
    clips: Annotated[Path, typer.Argument(help="Folder of clips and their manifest.")],
    test: Annotated[float, typer.Option("--test", help="Share of the repetitions to judge the model on.")] = 0.2,
    validation: Annotated[float, typer.Option("--validation", help="Share that stops the training.")] = 0.1,
    seed: Annotated[int, typer.Option("--seed", help="Decides the draw.")] = 1,
    by: Annotated[
        By, typer.Option("--by", help="What stays together; random is the thesis' way, and leaky.")
    ] = By.ATHLETE,
) -> None:
    """Give every repetition a side. By athlete, nobody who is tested on was learned from."""
    with explained():
        manifest = split_manifest(Manifest.read(clips), test=test, validation=validation, seed=seed, by=by)
        file = manifest.write(clips)
    table = Table("movement", *Side, "athletes", box=None, pad_edge=False)
    for movement in manifest.movements:
        members = [repetition for repetition in manifest.repetitions if repetition.movement == movement]
        counts = (sum(repetition.side is side for repetition in members) for side in Side)
        shares = (f"{count} ({count / len(members):.0%})" for count in counts)
        table.add_row(escape(movement), *shares, str(len({repetition.athlete for repetition in members})))
    console.print(table)
    console.print(f"{escape(str(file))} is split {manifest.split}", soft_wrap=True)


@data.command()
def records(
    clips: Annotated[Path, typer.Argument(help="Folder of clips and their manifest.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the records; shards that are there are kept.")],
    size: Annotated[int, typer.Option("--size", min=16, max=1024, help="Side of the frames, pixels.")] = 80,
    frames: Annotated[int, typer.Option("--frames", min=1, max=256, help="Frames of a clip.")] = 10,
    lossless: Annotated[bool, typer.Option("--lossless", help="Code the frames as PNG.")] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Threads that decode clips.")] = 2,
    compare: Annotated[bool, typer.Option("--compare", help="Compare with float32 frames of 224 x 224.")] = False,
) -> None:
    """Write what the model sees of every clip as TFRecords. An interrupted run goes on where it was."""
    from model.contract import MOVEMENTS, Contract
    from model.data.comparison import clips_per_second, compare_with_float32
    from model.data.records import write_records

    # Reading a clip depends on neither name nor labels; the labels of the records are the manifest's.
    contract = Contract(name="records", version="1", architecture="none", movements=MOVEMENTS, size=size, frames=frames)
    with explained():
        report = write_records(clips, out, contract, lossless=lossless, workers=workers)
        described = report.description
        for clip, reason in described.unreadable.items():
            errors.print(f"[bold]{escape(clip)}[/]: [red]{escape(reason)}[/]", soft_wrap=True)
        if described.uncut:
            errors.print(f"{described.uncut} repetitions have no clip")
        sides = ", ".join(f"{side.value} {counted.clips}" for side, counted in described.sides.items())
        console.print(
            f"{escape(str(out))} holds {described.clips} clips ({sides}); shards written: {report.written}, "
            f"kept: {report.kept}",
            soft_wrap=True,
        )
        speed = clips_per_second(out)
        console.print(f"{described.bytes_per_clip:,.0f} bytes per clip, {speed:,.0f} clips read per second")
        if compare:
            found = compare_with_float32(clips, out, contract)
            console.print(
                f"as float32, gzip: {found.float32_bytes_per_clip:,.0f} bytes per clip, "
                f"{found.float32_clips_per_second:,.1f} clips read per second; "
                f"the same {found.clips} clips are {found.ratio:,.0f} times as large",
                soft_wrap=True,
            )
