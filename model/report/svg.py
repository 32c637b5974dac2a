"""Charts as SVG: text for a page to insert, drawn in the page's own colours.

The style sheet gives the colours by class: `chart-grid`, `chart-guide`, `chart-bar`, `chart-line`, `chart-thin`,
`chart-rival`, `chart-dot` and the text. Sizes are in CSS pixels at a width of 360.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from model.report.plots import Axis, Bar, Chart, Dot, Panel, Points

WIDTH, HEIGHT = 360, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 10, 12, 34

_PANEL_WIDTH, _PANEL_HEIGHT = 200, 96


def chart(plot: Chart) -> str:
    """A chart with its axes."""
    place = _Place(plot.x.top, plot.y.top)
    parts = [_grid(place, plot.x, plot.y)]
    parts += [_bar(place, bar) for bar in plot.bars]
    parts += [f'<path class="chart-{curve.style}" d="{place.path(curve.points)}"/>' for curve in plot.curves]
    parts += [_dot(place, dot) for dot in plot.dots]
    parts.append(
        f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 4}" text-anchor="end" class="chart-name">{plot.x.name}</text>'
        f'<text x="{_LEFT + 6}" y="{_TOP + 10}" class="chart-name">{plot.y.name}</text>'
    )
    return _svg(WIDTH, HEIGHT, plot.words, parts)


def panel(plot: Panel) -> str:
    """A small chart without numbers, over three lines at 0, 50 and 100 %."""
    parts = [
        f'<path class="chart-grid" d="M0 {y}H{_PANEL_WIDTH}"/>' for y in (2, _PANEL_HEIGHT // 2, _PANEL_HEIGHT - 2)
    ]
    parts += [
        f'<path class="chart-{curve.style}" d="{_panel_path(curve.points)}"><title>{escape(curve.name)}</title></path>'
        for curve in plot.curves
    ]
    return _svg(_PANEL_WIDTH, _PANEL_HEIGHT, plot.words, parts)


class _Place:
    """From values to places: x from 0 to `right`, y from 0 to `top`, within the margins."""

    def __init__(self, right: float, top: float) -> None:
        self._right, self._top = right, top

    def x(self, value: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * value / self._right

    def y(self, value: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / self._top

    def path(self, points: Points) -> str:
        return _path((self.x(x), self.y(y)) for x, y in points)


def _bar(place: _Place, bar: Bar) -> str:
    left, right, top = place.x(bar.left), place.x(bar.right), place.y(bar.height)
    return (
        f'<rect class="chart-bar" x="{left + 1:.1f}" y="{top:.1f}" width="{right - left - 2:.1f}" '
        f'height="{place.y(0) - top:.1f}"/>'
    )


def _dot(place: _Place, dot: Dot) -> str:
    return (
        f'<circle class="chart-dot" cx="{place.x(dot.x):.1f}" cy="{place.y(dot.y):.1f}" '
        f'r="{2.5 + 4 * dot.weight:.1f}"><title>{dot.note}</title></circle>'
    )


def _grid(place: _Place, x: Axis, y: Axis) -> str:
    left, right, bottom = place.x(0), place.x(x.top), place.y(0)
    lines = [
        f'<path class="chart-grid" d="M{left:.1f} {place.y(value):.1f}H{right:.1f}"/>'
        f'<text x="{left - 6:.1f}" y="{place.y(value) + 3.5:.1f}" text-anchor="end">{text}</text>'
        for value, text in y.ticks
    ]
    lines += [
        f'<text x="{place.x(value):.1f}" y="{bottom + 14:.1f}" text-anchor="middle">{text}</text>'
        for value, text in x.ticks
    ]
    return "".join(lines)


def _panel_path(points: Points) -> str:
    """A line over the width of a panel, in whole pixels across and tenths down; a single clip is a level line."""
    values = [y for _, y in points]
    values = values if len(values) > 1 else [*values, *values]
    across, down = _PANEL_WIDTH / (len(values) - 1), _PANEL_HEIGHT - 4
    return _path((i * across, 2 + down * (1 - value)) for i, value in enumerate(values))


def _path(points: Iterable[tuple[float, float]]) -> str:
    places = [f"{x:.1f} {y:.1f}".replace(".0", "") for x, y in points]
    return "M" + "L".join(places) if places else ""


def _svg(width: int, height: int, words: str, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(words)}">{"".join(parts)}</svg>'
    )
