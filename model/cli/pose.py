"""`movements pose`: the athlete's body through a clip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.cli.application import USE, app
from model.cli.common import JsonOption, ThreadsOption, WeightsOption, failed, print_json
from model.cli.screen import columns, console
from model.errors import MovementsError

if TYPE_CHECKING:
    from model.answers.pose import PoseAnswer


@app.command(rich_help_panel=USE)
def pose(
    clip: Annotated[Path, typer.Argument(help="File (mp4 or mov).")],
    rate: Annotated[float, typer.Option("--rate", min=1, max=30, help="Frames that are looked at in a second.")] = 10,
    weights: WeightsOption = None,
    threads: ThreadsOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Follow the athlete of a clip and show where the body is.

    With --json, every frame that was looked at has 33 landmarks as x, y (pixels) and visibility. The athlete is told
    from judges and bystanders by motion; a frame without the athlete has no points.
    """
    from model.pose.read import read_pose

    try:
        answer = read_pose(clip, rate=rate, threads=threads, folder=weights)
    except MovementsError as error:
        raise failed(error) from error
    if as_json:
        print_json(answer)
        return
    _print(answer)


def _print(answer: PoseAnswer) -> None:
    table = columns("seconds", "presence", "nose", "hips", "ankles")
    pairs = (("nose", "nose"), ("left_hip", "right_hip"), ("left_ankle", "right_ankle"))
    for body in answer.bodies:
        by_name = dict(zip(answer.names, body.points, strict=False))
        cells = []
        for one, other in pairs:
            if not by_name:
                cells.append("-")
                continue
            (x, y, _), (u, v, _) = by_name[one], by_name[other]
            cells.append(f"{(x + u) / 2:.0f}, {(y + v) / 2:.0f}")
        presence = "-" if body.presence is None else f"{body.presence:.2f}"
        table.add_row(f"{body.seconds:.2f}", presence, *cells)
    console.print(table)
    found = sum(body.presence is not None for body in answer.bodies)
    console.print(
        f"[dim]the athlete is in {found} of {len(answer.bodies)} frames of {answer.width} x {answer.height}[/]"
    )
