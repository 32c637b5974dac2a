"""`movements pose-accuracy`: how well the athlete's body is found."""

from __future__ import annotations

from typing import Annotated

import typer

from model.cli.application import JUDGE, app
from model.cli.common import JsonOption, ThreadsOption, WeightsOption, failed, print_json
from model.cli.screen import columns, console
from model.errors import MovementsError


@app.command(name="pose-accuracy", rich_help_panel=JUDGE)
def pose_accuracy(
    clips: Annotated[int, typer.Option("--clips", min=1, help="Rendered films of every movement.")] = 3,
    seed: Annotated[int, typer.Option("--seed", help="Of the films.")] = 31,
    weights: WeightsOption = None,
    threads: ThreadsOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Follow the athletes of rendered films, whose skeletons are known, and say how far off the landmarks are.

    Errors are medians in parts of the torso, shoulders to hips: .1 is some five centimetres.
    """
    from model.contract import MOVEMENTS
    from model.pose.accuracy import measure
    from model.pose.blazepose import BlazePose

    try:
        pose = BlazePose(weights, threads=threads)
    except MovementsError as error:
        raise failed(error) from error
    answer = measure([movement.label for movement in MOVEMENTS], clips, seed, pose)
    if as_json:
        print_json(answer)
        return
    joints = list(answer.all.median_error)
    table = columns("films of", "frames", "found", "on the athlete", *joints)
    for name, row in (*answer.movements.items(), ("all", answer.all)):
        errors = [f"{row.median_error[joint]:.2f}" if joint in row.median_error else "-" for joint in joints]
        table.add_row(name, str(row.frames), f"{row.found:.1%}", f"{row.on_athlete:.1%}", *errors)
    console.print(table)
