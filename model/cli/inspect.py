"""`movements inspect`: what a bundle holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from model.cli.application import USE, app
from model.cli.common import EngineOption, JsonOption, open_predictor, print_json
from model.cli.screen import columns, console
from model.defaults import DEFAULT_BUNDLE, EngineName


@app.command(rich_help_panel=USE)
def inspect(
    bundle: Annotated[
        Path, typer.Argument(help="Folder of the bundle.", show_default="the embedded model")
    ] = DEFAULT_BUNDLE,
    engine: EngineOption = EngineName.AUTO,
    as_json: JsonOption = False,
) -> None:
    """Verify a bundle and print its contract.

    Every file is compared with the manifest, and the golden clips must give the probabilities that the bundle names.
    """
    from model.answers.model import BundleContents, BundleFile
    from model.bundle import MANIFEST

    predictor = open_predictor(bundle, engine, 2, check=True)
    loaded = predictor.bundle
    files = {
        name: BundleFile.model_validate(entry)
        for name, entry in json.loads((loaded.directory / MANIFEST).read_text(encoding="utf-8"))["files"].items()
    }
    contents = BundleContents(
        contract=loaded.contract,
        files=files,
        bytes=sum(file.size for file in files.values()),
        goldens=tuple(golden.clip.name for golden in loaded.goldens),
        engine=predictor.engine.name,
    )
    if as_json:
        print_json(contents)
        return
    contract = loaded.contract
    table = columns(title=f"{contract.name} {contract.version}", title_justify="left", show_header=False)
    for name, value in (
        ("architecture", contract.architecture),
        ("input", f"{contract.frames} frames of {contract.size} x {contract.size}, crop: {contract.crop.value}"),
        ("movements", ", ".join(contract.labels)),
        ("temperature", f"{contract.temperature:.3f}"),
        ("none of these", contract.none_of_these.model_dump_json() if contract.none_of_these else "no rule"),
        ("files", f"{len(files)}, {contents.bytes / 2**20:.1f} MiB, all as their manifest says"),
        ("golden clips", f"{len(loaded.goldens)} reproduced with {predictor.engine.name}"),
    ):
        table.add_row(f"[bold]{name}[/]", str(value))
    console.print(table)
