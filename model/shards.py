"""Data that is made by the thousand: shards that many processes write and that an interrupted run finds again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from model.processes import process_pool

MANIFEST = "manifest.json"
"""What a folder of shards says of itself."""

MakeShard = Callable[[Path, int, int], None]
"""Writes a shard, as `write_shard` does: (folder, seed, number of the shard)."""


def make_shards(
    out: Path,
    count: int,
    seed: int,
    make: MakeShard,
    *,
    identity: Mapping[str, Any],
    described: Mapping[str, Any],
    word: str,
    workers: int,
) -> None:
    """Make `count` shards in a folder; those that are there already are kept.

    Args:
        out: the folder; `MANIFEST` in it says what it holds.
        count: how many shards.
        seed: of all shards.
        make: makes one, in a process of its own; a function of a module.
        identity: what must be the same for shards to belong together.
        described: what else the manifest says.
        word: what is done, as the progress says it.
        workers: how many processes.

    Raises:
        ValueError: the folder holds data of another identity.
    """
    out.mkdir(parents=True, exist_ok=True)
    manifest = out / MANIFEST
    if manifest.is_file():
        found = json.loads(manifest.read_text(encoding="utf-8"))
        if {key: found.get(key) for key in identity} != dict(identity):
            raise ValueError(f"{out} holds data of {found}, not of {dict(identity)}: choose another folder")
    missing = [shard for shard in range(count) if not shard_path(out, shard).is_file()]
    manifest.write_text(json.dumps({**identity, **described}, indent=2) + "\n", encoding="utf-8")
    columns = (TextColumn(word), BarColumn(), MofNCompleteColumn(), TextColumn("shards"), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("", total=count, completed=count - len(missing))
        with process_pool(workers) as pool:
            for _ in pool.map(make, [out] * len(missing), [seed] * len(missing), missing):
                progress.advance(task)
                if not progress.console.is_terminal:
                    progress.console.print(f"{word} {progress.tasks[0].completed:.0f} of {count} shards")


def write_shard(out: Path, shard: int, **arrays: np.ndarray) -> None:
    """Write the arrays of a shard, so that it is there as a whole or not at all."""
    partial = out / f".shard-{shard:05d}.{os.getpid()}.npz"
    np.savez(partial, **arrays)  # type: ignore[arg-type]
    partial.replace(shard_path(out, shard))


def shard_path(out: Path, shard: int) -> Path:
    """Where a shard is kept."""
    return out / f"shard-{shard:05d}.npz"


def shard_paths(out: Path) -> list[Path]:
    """The shards that a folder holds, in their order."""
    return sorted(out.glob("shard-*.npz"))
