"""The plots of a report as PNG, for a bundle's card; their forms are those of the published thesis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from model.answers.report import Report
from model.report import plots, tables
from model.report.plots import Chart, HeatMap, Panel, Style, Tone
from model.report.tables import MeanRow
from model.spreadsheet import write_rows

PIXELS_PER_INCH = 110
COLOURS = 32
"""Of each picture: a bundle is kept in a repository, and lines and text need no more."""

_TONES: dict[Tone, str] = {"right": "#0a7a4a", "wrong": "#a92a1d", "rival": "#7350b8"}
"""The page's colours in its light theme."""

_LINES: dict[Style, dict[str, Any]] = {
    "line": {"color": "#0a7a4a", "lw": 2.2},
    "thin": {"color": "#a9aca6", "lw": 0.8},
    "rival": {"color": "#7350b8", "lw": 1.6, "ls": ":"},
    "guide": {"color": "#5b6165", "lw": 1.0, "ls": ":"},
}


def write_plots(folder: Path, report: Report) -> list[Path]:
    """Write every plot of a report, and the table of the published study as CSV.

    Args:
        folder: made if it is not there.
        report: with a clip at least that has a prediction; without any, nothing is written.

    Returns:
        The files: confusion.png, correlation.png, calibration.png, probabilities.png, true-class.png and .csv, and
        history.png where the report has one.
    """
    if not report.truth:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    means = tables.true_class(report)
    drawn = {
        "confusion.png": _heat_map(plots.confusion(report)),
        "correlation.png": _heat_map(plots.correlation(report)),
        "calibration.png": _charts([plots.calibration(report)]),
        "probabilities.png": _panels(plots.probabilities(report)),
        "true-class.png": _means(means),
    }
    if report.history:
        drawn["history.png"] = _charts(plots.history(report))
    for name, figure in drawn.items():
        figure.set_dpi(PIXELS_PER_INCH)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
        picture.quantize(COLOURS).save(folder / name, optimize=True)
    with (folder / "true-class.csv").open("w", newline="", encoding="utf-8") as file:
        rows = [(row.name, f"{row.mean:.4f}", f"{row.deviation:.4f}") for row in means]
        write_rows(file, [("output", "mean", "sd"), *rows])
    return [*(folder / name for name in drawn), folder / "true-class.csv"]


def _heat_map(plot: HeatMap) -> Figure:
    count = len(plot.names)
    figure = Figure(figsize=(2 + 0.62 * count, 1.6 + 0.55 * count), layout="constrained")
    axes = figure.subplots()
    tones = np.array([[to_rgb(_TONES[cell.tone]) for cell in row] for row in plot.cells])
    shares = np.array([[[cell.share] for cell in row] for row in plot.cells])
    axes.imshow(1 - shares * (1 - tones))
    axes.set_xticks(range(count), plot.names, rotation=45, ha="right")
    axes.set_yticks(range(count), plot.names)
    axes.set_xlabel(plot.across)
    axes.set_ylabel(plot.down)
    for y, row in enumerate(plot.cells):
        for x, cell in enumerate(row):
            colour = "white" if cell.strong else "black"
            axes.text(x, y, cell.text, ha="center", va="center", fontsize=8, color=colour)
    return figure


def _charts(drawn: Sequence[Chart]) -> Figure:
    """Charts side by side."""
    figure = Figure(figsize=(4.8 * len(drawn), 3.6), layout="constrained")
    for axes, plot in zip(figure.subplots(1, len(drawn), squeeze=False).flat, drawn, strict=True):
        for bar in plot.bars:
            axes.bar(bar.left, bar.height, bar.right - bar.left, align="edge", color="#e6e2d8", edgecolor="white")
        for curve in plot.curves:
            axes.plot(*_xy(curve.points), label=curve.name or None, **_LINES[curve.style])
        for dot in plot.dots:
            axes.plot(dot.x, dot.y, "o", color=_LINES["line"]["color"], ms=4 + 6 * dot.weight)
        axes.set_xticks(*zip(*plot.x.ticks, strict=True))
        axes.set_yticks(*zip(*plot.y.ticks, strict=True))
        axes.set_xlim(0, plot.x.top * 1.02)
        axes.set_ylim(0, plot.y.top * 1.02)
        axes.set_xlabel(plot.x.name)
        axes.set_ylabel(plot.y.name)
        if any(curve.name for curve in plot.curves):
            axes.legend(fontsize=8)
    return figure


def _panels(drawn: Sequence[Panel]) -> Figure:
    """One panel per output, three in a row; its curves are named once, by their kind."""
    columns = min(3, len(drawn))
    rows = -(-len(drawn) // columns)
    figure = Figure(figsize=(4.2 * columns, 2.5 * rows + 0.8), layout="constrained")
    places: Sequence[Axes] = list(figure.subplots(rows, columns, squeeze=False, sharey=True).flat)
    for axes in places[len(drawn) :]:
        axes.axis("off")
    for axes, plot in zip(places, drawn, strict=False):
        for curve in plot.curves:
            marker = "." if len(curve.points) < 60 else ""
            axes.plot(*_xy(curve.points), marker=marker, **_LINES[curve.style])
        axes.set_title(f"{plot.name} (rival: {plot.rival})", fontsize=9)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xticks([])
    return figure


def _means(rows: Sequence[MeanRow]) -> Figure:
    cells = [[row.name, f"{row.mean:.4f}", f"{row.deviation:.4f}"] for row in rows]
    figure = Figure(figsize=(6, 0.6 + 0.3 * (len(rows) + 1)), layout="constrained")
    axes = figure.subplots()
    axes.axis("off")
    titles = ["movement", "mean P(true)", "standard deviation"]
    table = axes.table(cellText=cells, colLabels=titles, loc="center", cellLoc="left")
    table.auto_set_font_size(False)
    table.set_fontsize(9)
    table.scale(1, 1.3)
    return figure


def _xy(points: plots.Points) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]
