"""`movements quantise`: a smaller bundle of a float32 one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import MAKE, app
from model.cli.common import explained, failed
from model.cli.screen import console, errors, escape
from model.errors import MovementsError
from model.movinet.precision import Precision


@app.command(rich_help_panel=MAKE)
def quantise(
    bundle: Annotated[Path, typer.Argument(help="Folder of a float32 bundle.")],
    precision: Annotated[Precision, typer.Option("--precision", help="Precision of the new bundle's flatbuffers.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the new bundle. It must be new or empty.")],
    calibrate: Annotated[
        Path | None,
        typer.Option("--calibrate", help="Folder of training clips, rendered or recorded. Needed for int8."),
    ] = None,
) -> None:
    """Make a smaller bundle from a float32 one.

    Judge it with `movements evaluate` before you use it.
    """
    from model.benchmark.calibration import calibration_clips, frames_of
    from model.benchmark.plan import CALIBRATION_CLIPS
    from model.bundle import CONTRACT
    from model.contract import Contract
    from model.movinet.quantise import quantise as make

    with explained():
        try:
            frames = None
            if calibrate is not None:
                contract = Contract.read(bundle / CONTRACT)
                frames = frames_of(calibration_clips(calibrate, contract.labels)[0], CALIBRATION_CLIPS, contract.size)
            made = make(bundle, precision, out, calibration=frames)
        except MovementsError as error:
            raise failed(error) from error
    console.print(
        f"{escape(str(out))} holds {made.contract.name} {made.contract.version}: "
        f"{made.bytes_before / 2**20:.1f} MiB before, {made.bytes_after / 2**20:.1f} MiB now",
        soft_wrap=True,
    )
    if made.clips:
        console.print(
            f"probabilities differ from float32 by {made.mean:.5f} on average, {made.largest:.4f} at most, "
            f"on {made.clips} clips"
        )
    for name in made.goldens_left_out:
        errors.print(f"[yellow]-[/] the golden clip {escape(name)} is left out: float32 answers it otherwise")
