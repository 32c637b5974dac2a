"""`movements live`: a count that grows, beside the athlete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from model.cli.application import USE, app
from model.cli.common import BundleOption, EngineOption, ThreadsOption, failed, open_predictor
from model.cli.screen import console
from model.defaults import DEFAULT_BUNDLE, EngineName
from model.errors import ModelUnavailable, MovementsError

if TYPE_CHECKING:
    from model.live.counter import Counted


@app.command(rich_help_panel=USE)
def live(
    source: Annotated[str, typer.Argument(help="Number of a camera, or a film (mp4 or mov).")] = "0",
    rate: Annotated[float, typer.Option("--rate", min=8, max=30, help="Frames that are looked at in a second.")] = 15,
    wait: Annotated[bool, typer.Option(help="Show a film at its own pace.")] = True,
    bundle: BundleOption = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    threads: ThreadsOption = 2,
) -> None:
    """Count while it is still going on: movement and repetition, on the terminal, until the film ends or Ctrl-C.

    The athlete's body says what is done, in the eight seconds before; `movements workout` also asks pictures, looks at
    the whole, and judges.
    """
    predictor = open_predictor(bundle, engine, threads)
    from model.live.counter import LiveCounter
    from model.live.source import frames
    from model.units import clock

    names = [movement.label for movement in predictor.contract.movements]

    def name_of(counted: Counted) -> str:
        return "another exercise" if counted.movement is None else names[counted.movement]

    sets: list[Counted] = []
    looked, last = 0, 0.0
    try:
        if predictor.watcher is None or predictor.contract.body is None:
            raise ModelUnavailable(
                "The athlete's body is followed, for which this model has no network, or BlazePose's weights are "
                "missing.",
                hint="Run `make pose`, or choose a bundle of `movements join`.",
            )
        counter = LiveCounter(predictor.watcher, predictor.contract.body)
        for second, frame in frames(source, predictor.contract, rate=rate, wait=wait):
            looked, last = looked + 1, second
            for counted in counter.see(frame, second):
                sets = [*(sets[:-1] if counted.number > 1 else sets), counted]
                console.print(f"{clock(counted.span.end)}  {escape(name_of(counted))} [bold]{counted.number}[/]")
    except MovementsError as error:
        raise failed(error) from error
    except KeyboardInterrupt:
        pass
    total = ", ".join(f"{escape(name_of(one))} {one.number}" for one in sets) or "nothing was counted"
    console.print(f"[dim]{clock(last)}, {looked} frames:[/] {total}")
