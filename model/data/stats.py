"""Counts, lengths and balance of a data set."""

from __future__ import annotations

import csv
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from model.data.manifest import Manifest, Repetition, Side

FEW_ATHLETES = len(Side)
"""With fewer athletes than sides, a split by athlete leaves a side without the movement."""

UNSPLIT = "not split"

_PIXELS_PER_INCH = 110


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation; the latter is None for a single value."""

    mean: float
    sd: float | None

    def __str__(self) -> str:
        return f"{self.mean:.4g}" if self.sd is None else f"{self.mean:.4g} ± {self.sd:.3g}"


@dataclass(frozen=True)
class Row:
    """What is known of one movement, or of all together.

    Attributes:
        movement: the label.
        clips: how many repetitions.
        athletes, sources: how many different ones show it.
        frames: of a repetition.
        seconds: of a clip; None before they are cut.
        total_seconds: of all clips together; None before they are cut.
        sides: how many repetitions are on each side; under `UNSPLIT` those on none.
    """

    movement: str
    clips: int
    athletes: int
    sources: int
    frames: Spread
    seconds: Spread | None
    total_seconds: float | None
    sides: dict[str, int]


@dataclass(frozen=True)
class Statistics:
    """The table of a data set.

    Attributes:
        rows: one per movement, in the order of the labels.
        total: all of them together.
        warnings: a sentence for each movement that few athletes show.
    """

    rows: tuple[Row, ...]
    total: Row
    warnings: tuple[str, ...]

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides that repetitions are on, in the order of their use; at the end `UNSPLIT` if some are on none."""
        return tuple(side for side in (*Side, UNSPLIT) if self.total.sides.get(side))

    def to_dict(self) -> dict[str, Any]:
        """The table as JSON."""
        return asdict(self)


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
        f" at least {FEW_ATHLETES} are needed for every side to have one of its own"
        for row in rows
        if row.athletes < FEW_ATHLETES
    ]
    return Statistics(rows, _row("all", manifest.repetitions), tuple(warnings))


def write_statistics(folder: Path, table: Statistics) -> list[Path]:
    """Write the table, and the balance between the sides as numbers and as a picture.

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
    balance = [[row.movement, *(row.sides.get(side, 0) for side in table.sides)] for row in rows]
    return [
        _write_csv(folder / "movements.csv", head, lengths),
        _write_csv(folder / "balance.csv", ["movement", *table.sides], balance),
        _draw_balance(folder / "balance.png", table),
    ]


def _row(movement: str, repetitions: Sequence[Repetition]) -> Row:
    seconds = [r.seconds for r in repetitions if r.seconds is not None]
    return Row(
        movement=movement,
        clips=len(repetitions),
        athletes=len({r.athlete for r in repetitions}),
        sources=len({r.source for r in repetitions}),
        frames=_spread([r.frames or r.end - r.start + 1 for r in repetitions]),
        seconds=_spread(seconds) if seconds else None,
        total_seconds=sum(seconds) if seconds else None,
        sides=dict(Counter(str(r.side or UNSPLIT) for r in repetitions)),
    )


def _spread(values: Sequence[float]) -> Spread:
    return Spread(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _numbers(spread: Spread | None) -> tuple[str, str]:
    return (_number(spread.mean), _number(spread.sd)) if spread else ("", "")


def _write_csv(path: Path, head: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
    return path


def _draw_balance(path: Path, table: Statistics) -> Path:
    """A group of bars per movement, one per side, with their numbers."""
    # Counting must work where only videos are cut: matplotlib comes with what trains.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2 + 0.9 * len(table.rows), 4), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(table.sides)
    for index, side in enumerate(table.sides):
        places = [place + (index - (len(table.sides) - 1) / 2) * width for place in range(len(table.rows))]
        bars = axes.bar(places, [row.sides.get(side, 0) for row in table.rows], width, label=side)
        axes.bar_label(bars, fontsize=7)
    axes.set_xticks(range(len(table.rows)), [row.movement for row in table.rows], rotation=45, ha="right")
    axes.set_ylabel("clips")
    axes.legend(fontsize=8)
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=_PIXELS_PER_INCH)
    return path
