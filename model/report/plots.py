"""The plots of a report, each described once: what is drawn, in numbers and words. `svg`, `png` and pages paint it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from model.answers.report import Report
from model.report.words import calibration_in_words, counted, decimal, history_in_words, percent

STRONG = 0.8
"""Share from which a cell is so dark that its text turns over: light on dark in the light theme."""

Points = Sequence[tuple[float, float]]
Tone = Literal["right", "wrong", "rival"]
Style = Literal["line", "thin", "rival", "guide"]


@dataclass(frozen=True)
class Cell:
    """A cell of a heat map: its text, and how much of its tone it takes, from 0 to 1."""

    text: str
    share: float
    tone: Tone

    @property
    def strong(self) -> bool:
        """Whether the text stands on a dark ground."""
        return self.share > STRONG


@dataclass(frozen=True)
class HeatMap:
    """A square table of cells, with the same names for rows and columns, and what rows and columns stand for."""

    names: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    caption: str
    down: str
    across: str


@dataclass(frozen=True)
class Axis:
    """From 0 to `top`, with labels at some values."""

    name: str
    top: float
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Curve:
    """Points joined by a line; a name where it has one of its own."""

    style: Style
    points: Points
    name: str = ""


@dataclass(frozen=True)
class Dot:
    """A point, larger by `weight` from 0 to 1, and what it says."""

    x: float
    y: float
    weight: float
    note: str


@dataclass(frozen=True)
class Bar:
    """From one place of the horizontal axis to another, and so high."""

    left: float
    right: float
    height: float


@dataclass(frozen=True)
class Chart:
    """Bars, over them curves, over them dots; and all of it in words."""

    x: Axis
    y: Axis
    words: str
    curves: tuple[Curve, ...]
    dots: tuple[Dot, ...]
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True)
class Panel:
    """The probabilities of one output's clips, the surest first: a curve for every output, from 0 to 1.

    Attributes:
        name: the output.
        rival: the other output with the highest mean.
        curves: one value per clip, the output's own last and its rival's before it.
        words: all of it in words.
    """

    name: str
    rival: str
    curves: tuple[Curve, ...]
    words: str


def confusion(report: Report) -> HeatMap:
    """Counts of clips; a cell is as dark as its share of the row."""
    return HeatMap(
        names=report.outputs,
        cells=tuple(
            tuple(
                Cell(str(count) if count else "", count / max(1, sum(counts)), "right" if i == j else "wrong")
                for j, count in enumerate(counts)
            )
            for i, counts in enumerate(report.confusion)
        ),
        caption="Counts of clips, by what they show and what they were taken for",
        down="shown",
        across="taken for",
    )


def correlation(report: Report) -> HeatMap:
    """Correlations; a cell is as dark as its value is far from 0."""
    return HeatMap(
        names=report.outputs,
        cells=tuple(
            tuple(Cell(decimal(v), abs(v or 0.0), "right" if (v or 0.0) >= 0 else "rival") for v in row)
            for row in report.correlation
        ),
        caption="Correlation of probabilities, column by column over one movement's clips",
        down="P(row), correlated with P(column)",
        across="shown",
    )


def calibration(report: Report) -> Chart:
    """The reliability curve over bars that count the clips of each interval; the dots grow with them too."""
    filled = [row for row in report.calibration if row.clips]
    most = max((row.clips for row in filled), default=1)
    points = [(row.mean_probability or 0.0, row.accuracy or 0.0) for row in filled]
    ticks = tuple((n / 5, f"{20 * n} %") for n in range(6))
    return Chart(
        x=Axis("how sure the model is", 1.0, ticks),
        y=Axis("how often right", 1.0, ticks),
        words=calibration_in_words(report),
        bars=tuple(Bar(row.lower, row.upper, 0.4 * row.clips / most) for row in filled),
        curves=(Curve("guide", [(0, 0), (1, 1)]), Curve("line", points)),
        dots=tuple(
            Dot(
                *point,
                math.sqrt(row.clips / most),
                f"{percent(row.lower)} to {percent(row.upper)}: {counted(row.clips, 'clip')}, "
                f"on average sure to {percent(point[0])}, right in {percent(point[1])}",
            )
            for row, point in zip(filled, points, strict=True)
        ),
    )


def history(report: Report) -> tuple[Chart, Chart]:
    """Loss and top-1 by step, each on the clips trained on and on those held out; the report must have a history."""
    words, steps = history_in_words(report), report.history
    losses = [(s.step, s.held_out_loss) for s in steps if s.held_out_loss is not None]
    hits = [(s.step, s.held_out_top1) for s in steps if s.held_out_top1 is not None]
    highest = max(y for _, y in [*((s.step, s.loss) for s in steps), *losses])
    return (
        _by_step("loss", [(s.step, s.loss) for s in steps], losses, _ticks(highest), words),
        _by_step("top-1", [(s.step, s.top1) for s in steps], hits, _ticks(1.0), words),
    )


def _by_step(name: str, trained: Points, held_out: Points, rows: Sequence[float], words: str) -> Chart:
    last, share = max(trained[-1][0], 1), name == "top-1"
    show = percent if share else "{:.3f}".format
    return Chart(
        x=Axis("step", last, tuple((last * i / 4, f"{last * i / 4:.0f}") for i in range(5))),
        y=Axis(name, rows[-1], tuple((y, f"{100 * y:.0f} %" if share else f"{y:g}") for y in rows)),
        words=words,
        curves=(Curve("thin", trained, "varied clips"), Curve("line", held_out, "clips held out")),
        dots=tuple(Dot(x, y, 0.0, f"step {x:.0f}: {show(y)}") for x, y in held_out),
    )


def probabilities(report: Report) -> tuple[Panel, ...]:
    """A panel for every output that has clips."""
    panels = []
    for index, name in enumerate(report.outputs):
        chosen = [row for row, true in zip(report.probabilities, report.truth, strict=True) if true == index]
        if not chosen:
            continue
        chosen.sort(key=lambda row: -row[index])
        others = [i for i in range(len(report.outputs)) if i != index]
        rival = max(others, key=lambda i: sum(row[i] for row in chosen))
        own = sum(row[index] for row in chosen) / len(chosen)
        drawn: list[tuple[Style, int]] = [("thin", i) for i in others if i != rival]
        panels.append(
            Panel(
                name=name,
                rival=report.outputs[rival],
                curves=tuple(
                    Curve(style, [(clip, row[i]) for clip, row in enumerate(chosen)], report.outputs[i])
                    for style, i in (*drawn, ("rival", rival), ("line", index))
                ),
                words=f"{name}: {counted(len(chosen), 'clip')}, its own probability {percent(own)} on average.",
            )
        )
    return tuple(panels)


def _ticks(highest: float) -> list[float]:
    """Round numbers from 0 to the first that is no smaller than the highest value, three to six of them."""
    unit = 10 ** math.floor(math.log10(max(highest, 1e-6)))
    step = next(unit * part for part in (0.1, 0.2, 0.5, 1, 2) if highest <= 5 * unit * part * (1 + 1e-9))
    return [round(i * step, 9) for i in range(math.ceil(highest / step - 1e-9) + 1)]
