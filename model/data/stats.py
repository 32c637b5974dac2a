"""Counts, lengths and balance of a data set."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from model.answers.statistics import MovementCounts, Spread, Statistics
from model.data.manifest import AnnotatedRepetition, Manifest, Split
from model.spreadsheet import write_rows

FEW_ATHLETES = len(Split)
"""A movement of fewer athletes than there are splits is missing in one of them if we split by athlete."""

UNSPLIT = "not split"

_PIXELS_PER_INCH = 110


def count_manifest(manifest: Manifest) -> Statistics:
    """The frames and seconds per movement, as the published thesis tabulates them, and who shows it.

    Raises:
        ValueError: the manifest is empty.
    """
    if not manifest.repetitions:
        raise ValueError("the manifest holds no repetitions")
    rows = tuple(
        _row(movement, [r for r in manifest.repetitions if r.movement == movement]) for movement in manifest.movements
    )
    warnings = [
        f"{row.movement!r} is shown by {row.athletes} athlete{'s' if row.athletes > 1 else ''}:"
        f" at least {FEW_ATHLETES} are needed for every split to have one of its own"
        for row in rows
        if row.athletes < FEW_ATHLETES
    ]
    return Statistics(rows=rows, total=_row("all", manifest.repetitions), warnings=tuple(warnings))


def used_splits(table: Statistics) -> tuple[str, ...]:
    """The splits that repetitions are in, in the order of their use; at the end `UNSPLIT` if some are in none."""
    return tuple(split for split in (*Split, UNSPLIT) if table.total.splits.get(split))


def write_statistics(folder: Path, table: Statistics) -> list[Path]:
    """Write the table, and the balance between the splits as numbers and as a picture.

    Args:
        folder: made if it is not there.
        table: of `count_manifest`.

    Returns:
        The files: movements.csv, balance.csv, balance.png.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = [*table.rows, table.total]
    head = [
        "movement",
        "clips",
        "athletes",
        "sources",
        "frames mean",
        "frames sd",
        "seconds mean",
        "seconds sd",
        "total",
    ]
    lengths = [
        [row.movement, row.clips, row.athletes, row.sources, *_numbers(row.frames), *_numbers(row.seconds)]
        + [_number(row.total_seconds)]
        for row in rows
    ]
    splits = used_splits(table)
    balance = [[row.movement, *(row.splits.get(split, 0) for split in splits)] for row in rows]
    return [
        _write_csv(folder / "movements.csv", head, lengths),
        _write_csv(folder / "balance.csv", ["movement", *splits], balance),
        _draw_balance(folder / "balance.png", table),
    ]


def _row(movement: str, repetitions: Sequence[AnnotatedRepetition]) -> MovementCounts:
    seconds = [r.seconds for r in repetitions if r.seconds is not None]
    return MovementCounts(
        movement=movement,
        clips=len(repetitions),
        athletes=len({r.athlete for r in repetitions}),
        sources=len({r.source for r in repetitions}),
        frames=_spread([r.frames or r.end - r.start + 1 for r in repetitions]),
        seconds=_spread(seconds) if seconds else None,
        total_seconds=sum(seconds) if seconds else None,
        splits=dict(Counter(str(r.split or UNSPLIT) for r in repetitions)),
    )


def _spread(values: Sequence[float]) -> Spread:
    return Spread(mean=statistics.fmean(values), sd=statistics.stdev(values) if len(values) > 1 else None)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _numbers(spread: Spread | None) -> tuple[str, str]:
    return (_number(spread.mean), _number(spread.sd)) if spread else ("", "")


def _write_csv(path: Path, head: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        write_rows(file, [head, *rows])
    return path


def _draw_balance(path: Path, table: Statistics) -> Path:
    """A group of bars per movement, one per split, with their numbers."""
    # Counting must work where only videos are cut: matplotlib comes with what trains.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2 + 0.9 * len(table.rows), 4), layout="constrained")
    axes = figure.subplots()
    splits = used_splits(table)
    width = 0.8 / len(splits)
    for index, split in enumerate(splits):
        places = [place + (index - (len(splits) - 1) / 2) * width for place in range(len(table.rows))]
        bars = axes.bar(places, [row.splits.get(split, 0) for row in table.rows], width, label=split)
        axes.bar_label(bars, fontsize=7)
    axes.set_xticks(range(len(table.rows)), [row.movement for row in table.rows], rotation=45, ha="right")
    axes.set_ylabel("clips")
    axes.legend(fontsize=8)
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=_PIXELS_PER_INCH)
    return path
