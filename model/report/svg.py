"""A report's curves as SVG: text for a page to insert, drawn in the page's own colours.

The style sheet gives the colours by class: `chart-grid`, `chart-guide`, `chart-bar`, `chart-line`, `chart-thin`,
`chart-rival`, `chart-dot` and the text. Sizes are in CSS pixels at a width of 360.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from model.answers.report import Report
from model.report.words import calibration_in_words, counted, history_in_words, percent

WIDTH, HEIGHT = 360, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 10, 12, 34

_PANEL_WIDTH, _PANEL_HEIGHT = 200, 96

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class _Axes:
    """From values to places: x from 0 to `right`, y from 0 to `top`, within the margins."""

    right: float
    top: float

    def x(self, value: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * value / self.right

    def y(self, value: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / self.top

    def path(self, points: Points) -> str:
        return _path((self.x(x), self.y(y)) for x, y in points)


def calibration_chart(report: Report) -> str:
    """The reliability curve over bars that count the clips of each interval; the points grow with them too."""
    axes = _Axes(1.0, 1.0)
    filled = [row for row in report.calibration if row.clips]
    most = max((row.clips for row in filled), default=1)
    parts = [_grid(axes, [(x / 5, f"{20 * x} %") for x in range(6)], [(y / 5, f"{20 * y} %") for y in range(6)])]
    parts += [
        f'<rect class="chart-bar" x="{axes.x(row.lower) + 1:.1f}" y="{axes.y(0.4 * row.clips / most):.1f}" '
        f'width="{axes.x(row.upper) - axes.x(row.lower) - 2:.1f}" '
        f'height="{axes.y(0) - axes.y(0.4 * row.clips / most):.1f}"/>'
        for row in filled
    ]
    parts.append(f'<path class="chart-guide" d="{axes.path([(0, 0), (1, 1)])}"/>')
    points = [(row.mean_probability or 0.0, row.accuracy or 0.0) for row in filled]
    parts.append(f'<path class="chart-line" d="{axes.path(points)}"/>')
    parts += [
        f'<circle class="chart-dot" cx="{axes.x(x):.1f}" cy="{axes.y(y):.1f}" '
        f'r="{2.5 + 4 * math.sqrt(row.clips / most):.1f}">'
        f"<title>{percent(row.lower)} to {percent(row.upper)}: {counted(row.clips, 'clip')}, "
        f"on average sure to {percent(x)}, right in {percent(y)}</title></circle>"
        for row, (x, y) in zip(filled, points, strict=True)
    ]
    parts.append(_names("how sure the model is", "how often right"))
    return _svg(WIDTH, HEIGHT, calibration_in_words(report), parts)


def history_charts(report: Report) -> tuple[str, str]:
    """Loss and top-1 by step, each on the clips learned from and on those held out."""
    words, steps = history_in_words(report), report.history
    losses = _history(
        [(s.step, s.loss) for s in steps],
        [(s.step, s.held_out_loss) for s in steps if s.held_out_loss is not None],
        None,
        words,
    )
    hits = _history(
        [(s.step, s.top1) for s in steps],
        [(s.step, s.held_out_top1) for s in steps if s.held_out_top1 is not None],
        1.0,
        words,
    )
    return losses, hits


def probability_charts(report: Report) -> list[tuple[str, str, str]]:
    """All probabilities of the clips of every output that has some.

    Returns:
        The output, its strongest rival (the other output with the highest mean), and the panel: clips from the highest
        probability of the output to the lowest.
    """
    panels = []
    for index, name in enumerate(report.outputs):
        chosen = [row for row, true in zip(report.probabilities, report.truth, strict=True) if true == index]
        if not chosen:
            continue
        chosen.sort(key=lambda row: -row[index])
        others = [i for i in range(len(report.outputs)) if i != index]
        rival = max(others, key=lambda i: sum(row[i] for row in chosen))
        drawn = [("chart-thin", i) for i in others if i != rival] + [("chart-rival", rival), ("chart-line", index)]
        parts = [
            f'<path class="chart-grid" d="M0 {y}H{_PANEL_WIDTH}"/>' for y in (2, _PANEL_HEIGHT // 2, _PANEL_HEIGHT - 2)
        ]
        parts += [
            f'<path class="{kind}" d="{_panel_path([row[i] for row in chosen])}">'
            f"<title>{escape(report.outputs[i])}</title></path>"
            for kind, i in drawn
        ]
        own = sum(row[index] for row in chosen) / len(chosen)
        words = f"{name}: {counted(len(chosen), 'clip')}, its own probability {percent(own)} on average."
        panels.append((name, report.outputs[rival], _svg(_PANEL_WIDTH, _PANEL_HEIGHT, words, parts)))
    return panels


def _history(learned: Points, held_out: Points, top: float | None, words: str) -> str:
    """One figure by step; without a top, the highest value is."""
    last = max(learned[-1][0], 1)
    rows = _ticks(top or max(y for _, y in [*learned, *held_out]))
    axes = _Axes(last, rows[-1])
    show = percent if top else "{:.3f}".format
    parts = [
        _grid(
            axes,
            [(last * i / 4, f"{last * i / 4:.0f}") for i in range(5)],
            [(y, f"{100 * y:.0f} %" if top else f"{y:g}") for y in rows],
        ),
        f'<path class="chart-thin" d="{axes.path(learned)}"/>',
        f'<path class="chart-line" d="{axes.path(held_out)}"/>',
    ]
    parts += [
        f'<circle class="chart-dot" cx="{axes.x(x):.1f}" cy="{axes.y(y):.1f}" r="2.5">'
        f"<title>step {x:.0f}: {show(y)}</title></circle>"
        for x, y in held_out
    ]
    parts.append(_names("step", "top-1" if top else "loss"))
    return _svg(WIDTH, HEIGHT, words, parts)


def _grid(axes: _Axes, columns: Iterable[tuple[float, str]], rows: Iterable[tuple[float, str]]) -> str:
    left, right, bottom = axes.x(0), axes.x(axes.right), axes.y(0)
    lines = [
        f'<path class="chart-grid" d="M{left:.1f} {axes.y(value):.1f}H{right:.1f}"/>'
        f'<text x="{left - 6:.1f}" y="{axes.y(value) + 3.5:.1f}" text-anchor="end">{text}</text>'
        for value, text in rows
    ]
    lines += [
        f'<text x="{axes.x(value):.1f}" y="{bottom + 14:.1f}" text-anchor="middle">{text}</text>'
        for value, text in columns
    ]
    return "".join(lines)


def _names(x: str, y: str) -> str:
    return (
        f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 4}" text-anchor="end" class="chart-name">{x}</text>'
        f'<text x="{_LEFT + 6}" y="{_TOP + 10}" class="chart-name">{y}</text>'
    )


def _panel_path(values: Sequence[float]) -> str:
    """A line over the width of a panel, in whole pixels across and tenths down; a single clip is a level line."""
    points = values if len(values) > 1 else [*values, *values]
    across, down = _PANEL_WIDTH / (len(points) - 1), _PANEL_HEIGHT - 4
    return _path((i * across, 2 + down * (1 - value)) for i, value in enumerate(points))


def _path(points: Iterable[tuple[float, float]]) -> str:
    places = [f"{x:.1f} {y:.1f}".replace(".0", "") for x, y in points]
    return "M" + "L".join(places) if places else ""


def _ticks(highest: float) -> list[float]:
    """Round numbers from 0 to the first that is no smaller than the highest value, three to six of them."""
    unit = 10 ** math.floor(math.log10(max(highest, 1e-6)))
    step = next(unit * part for part in (0.1, 0.2, 0.5, 1, 2) if highest <= 5 * unit * part * (1 + 1e-9))
    return [round(i * step, 9) for i in range(math.ceil(highest / step - 1e-9) + 1)]


def _svg(width: int, height: int, words: str, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(words)}">{"".join(parts)}</svg>'
    )
