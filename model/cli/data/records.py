"""`movements data records`: what the model will see of each clip."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.common import explained
from model.cli.data.group import data
from model.cli.screen import console, errors, escape


@data.command()
def records(
    clips: Annotated[Path, typer.Argument(help="Folder of clips and their manifest.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the records. Shards that it holds are kept.")],
    size: Annotated[int, typer.Option("--size", min=16, max=1024, help="Split of the frames in pixels.")] = 80,
    frames: Annotated[int, typer.Option("--frames", min=1, max=256, help="How many frames to take of each clip.")] = 10,
    lossless: Annotated[bool, typer.Option("--lossless", help="Store the frames as PNG, without loss.")] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, help="How many threads decode clips.")] = 2,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare size and speed with float32 frames of 224 x 224.")
    ] = False,
) -> None:
    """Write what the model sees of each clip as TFRecords.

    Run an interrupted command again, and it goes on where it was.
    """
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
        splits = ", ".join(f"{split.value} {counted.clips}" for split, counted in described.splits.items())
        console.print(
            f"{escape(str(out))} holds {described.clips} clips ({splits}); shards written: {report.written}, "
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
