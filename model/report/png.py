"""Pictures of an evaluation: confusion, correlation, probabilities. The forms are those of the published thesis."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from model.evaluation import measure

PIXELS_PER_INCH = 110


def write_figures(folder: Path, probabilities: np.ndarray, truth: np.ndarray, outputs: Sequence[str]) -> list[Path]:
    """Write every picture and table of an evaluation.

    Args:
        folder: made if it is not there.
        probabilities: float [clips, outputs].
        truth: int [clips], index into the outputs.
        outputs: their names.

    Returns:
        The files: confusion.png, correlation.png, true-class.png and .csv, probabilities.png, calibration.png.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = len(outputs)
    table = measure.confusion(probabilities, truth, count)
    means = measure.true_class_probability(probabilities, truth, count)
    figures = {
        "confusion.png": _heat_map(table / np.maximum(1, table.sum(1, keepdims=True)), outputs, table, "Blues", (0, 1)),
        "correlation.png": _correlation(measure.correlation_map(probabilities, truth, count), outputs),
        "true-class.png": _table(means, outputs),
        "probabilities.png": _probabilities(probabilities, truth, outputs),
        "calibration.png": _calibration(measure.calibration_bins(probabilities, truth)),
    }
    for name, figure in figures.items():
        FigureCanvasAgg(figure)
        figure.savefig(folder / name, dpi=PIXELS_PER_INCH)
    with (folder / "true-class.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["output", "mean", "sd"])
        writer.writerows([outputs[i], f"{means[i, 0]:.4f}", f"{means[i, 1]:.4f}"] for i in _by_mean(means))
    return [*(folder / name for name in figures), folder / "true-class.csv"]


def write_history(path: Path, log: Path) -> Path:
    """Draw a training run's loss per step and top-1 of training and held-out clips from its `log.csv`."""
    with log.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    losses, hits = figure.subplots(1, 2)
    for axes, training, held_out, name in (
        (losses, "loss", "held_out_loss", "loss"),
        (hits, "top1", "held_out_top1", "top-1"),
    ):
        axes.plot(
            [int(row["step"]) for row in rows], [float(row[training]) for row in rows], lw=1, label="varied clips"
        )
        judged = [(int(row["step"]), float(row[held_out])) for row in rows if row[held_out]]
        if judged:
            axes.plot(*zip(*judged, strict=True), "o-", label="held-out clips, averaged weights")
        axes.set_xlabel("step")
        axes.set_ylabel(name)
        axes.legend(fontsize=8)
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=PIXELS_PER_INCH)
    return path


def _heat_map(
    colours: np.ndarray, outputs: Sequence[str], numbers: np.ndarray, palette: str, limits: tuple[float, float]
) -> Figure:
    figure = Figure(figsize=(2 + 0.62 * len(outputs), 1.6 + 0.55 * len(outputs)), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(colours, cmap=palette, vmin=limits[0], vmax=limits[1])
    axes.set_xticks(range(len(outputs)), outputs, rotation=45, ha="right")
    axes.set_yticks(range(len(outputs)), outputs)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    middle = limits[0] + 0.6 * (limits[1] - limits[0])
    for (row, column), number in np.ndenumerate(numbers):
        if number == number and number != 0:
            text = f"{number}" if numbers.dtype.kind == "i" else f"{number:.2f}"
            dark = colours[row, column] > middle or (limits[0] < 0 and colours[row, column] < -middle - 0.4)
            axes.text(column, row, text, ha="center", va="center", fontsize=8, color="white" if dark else "black")
    figure.colorbar(image, ax=axes, shrink=0.8)
    return figure


def _correlation(table: np.ndarray, outputs: Sequence[str]) -> Figure:
    figure = _heat_map(table, outputs, table, "RdBu_r", (-1, 1))
    axes = figure.axes[0]
    axes.set_xlabel("true movement j")
    axes.set_ylabel("P(i), correlated with P(j)")
    return figure


def _calibration(bins: Sequence[measure.CalibrationBin]) -> Figure:
    """The reliability curve, over the share of the clips that each interval holds."""
    figure = Figure(figsize=(5, 4.2), layout="constrained")
    axes = figure.subplots()
    filled = [interval for interval in bins if interval.clips]
    total = sum(interval.clips for interval in filled)
    middles = [(interval.lower + interval.upper) / 2 for interval in filled]
    axes.bar(
        middles, [i.clips / total for i in filled], width=0.9 / len(bins), color="lightgrey", label="share of the clips"
    )
    axes.plot([0, 1], [0, 1], "k:", lw=1)
    axes.plot([i.mean_probability for i in filled], [i.accuracy for i in filled], "o-", label="how often right")
    axes.set_xlabel("highest probability")
    axes.set_ylim(-0.02, 1.02)
    axes.legend(fontsize=8, loc="upper left")
    return figure


def _by_mean(means: np.ndarray) -> list[int]:
    """Outputs that have clips, the highest mean first."""
    return [int(i) for i in np.argsort(-means[:, 0]) if not np.isnan(means[i, 0])]


def _table(means: np.ndarray, outputs: Sequence[str]) -> Figure:
    rows = [[outputs[i], f"{means[i, 0]:.4f}", f"{means[i, 1]:.4f}"] for i in _by_mean(means)]
    figure = Figure(figsize=(6, 0.6 + 0.3 * (len(rows) + 1)), layout="constrained")
    axes = figure.subplots()
    axes.axis("off")
    table = axes.table(
        cellText=rows, colLabels=["movement", "mean P(true)", "standard deviation"], loc="center", cellLoc="left"
    )
    table.auto_set_font_size(False)
    table.set_fontsize(9)
    table.scale(1, 1.3)
    return figure


def _probabilities(probabilities: np.ndarray, truth: np.ndarray, outputs: Sequence[str]) -> Figure:
    """One panel per true movement: every probability of every clip of it, clips side by side."""
    shown = [j for j in range(len(outputs)) if (truth == j).any()]
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    figure = Figure(figsize=(4.2 * columns, 2.5 * rows + 0.8), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
    palette = [f"C{i}" if i < 9 else "black" for i in range(len(outputs))]
    for axes in panels.flat[len(shown) :]:
        axes.axis("off")
    for axes, j in zip(panels.flat, shown, strict=False):
        chosen = probabilities[truth == j]
        chosen = chosen[np.argsort(-chosen[:, j])]
        for i, name in enumerate(outputs):
            style = {"lw": 2.2} if i == j else {"lw": 0.8, "alpha": 0.8}
            axes.plot(chosen[:, i], marker="." if len(chosen) < 60 else "", color=palette[i], label=name, **style)
        axes.set_title(outputs[j], fontsize=9)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xticks([])
    handles, names = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=5, fontsize=8)
    return figure
