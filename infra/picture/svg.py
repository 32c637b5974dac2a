"""The drawing: frames, arrows, boxes, words; light and dark, readable aloud."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from infra.picture.labels import Label
from infra.picture.layout import LABEL_SIZE, LINE_HEIGHT, LINE_SIZE, MARGIN, TITLE_SIZE, Layout, text_width, texts
from infra.picture.model import System
from infra.picture.routes import Route

_STYLE = f"""
    svg {{ color-scheme: light dark; --paper: #ffffff; --frame: #f4f6f8; --edge: #c9d1d9; --box: #ffffff;
      --ink: #1f2328; --dim: #57606a; --asks: #0b62c4; --ships: #7a3fc0; --tells: #b35900; }}
    @media (prefers-color-scheme: dark) {{
      svg {{ --paper: #0d1117; --frame: #151b23; --edge: #3d444d; --box: #212830;
        --ink: #f0f6fc; --dim: #9da7b3; --asks: #58a6ff; --ships: #c297ff; --tells: #f0a04b; }}
    }}
    text {{ font-family: Helvetica, Arial, "Liberation Sans", sans-serif; font-size: {LINE_SIZE}px; fill: var(--dim); }}
    .title {{ font-size: {TITLE_SIZE}px; font-weight: bold; fill: var(--ink); }}
    .paper {{ fill: var(--paper); }}
    .frame {{ fill: var(--frame); stroke: var(--edge); }}
    .box {{ fill: var(--box); stroke: var(--edge); stroke-width: 1.2; }}
    .outside {{ stroke-dasharray: 5 4; }}
    .halo {{ fill: none; stroke: var(--frame); stroke-width: 6; }}
    .arrow {{ fill: none; stroke-width: 1.8; stroke-linejoin: round; }}
    .label {{ font-size: {LABEL_SIZE}px; paint-order: stroke; stroke: var(--frame); stroke-width: 4px; }}
    .arrow.asks {{ stroke: var(--asks); }} .label.asks, .head.asks {{ fill: var(--asks); }}
    .arrow.ships {{ stroke: var(--ships); }} .label.ships, .head.ships {{ fill: var(--ships); }}
    .arrow.tells {{ stroke: var(--tells); stroke-dasharray: 6 4; }} .label.tells, .head.tells {{ fill: var(--tells); }}
"""

_LEGEND = (("asks", "requests and data"), ("ships", "deployments"), ("tells", "alarms"))

_RADIUS = 8
"""Of an arrow's corners, in pixels."""

_HEAD = 9
"""An arrow head's length, in pixels."""


def draw(
    system: System, layout: Layout, routes: Iterable[Route], labels: Iterable[Label], *, title: str, description: str
) -> str:
    """The picture as an SVG document.

    Args:
        system: for the flow of each label.
        layout: every place.
        routes: the arrows.
        labels: their words.
        title: what it is a picture of; screen readers say it, and browsers show it under the pointer.
        description: the picture in a few sentences, for those who do not see it.
    """
    routes, labels = list(routes), list(labels)
    height = layout.height + LINE_HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(layout.width)} {_n(height)}" '
        f'width="{_n(layout.width)}" height="{_n(height)}" role="img" aria-labelledby="title desc">',
        f'  <title id="title">{escape(title)}</title>',
        f'  <desc id="desc">{escape(description)}</desc>',
        f"  <style>{_STYLE}  </style>",
        f'  <rect class="paper" width="{_n(layout.width)}" height="{_n(height)}"/>',
        *_frames(layout),
        *(line for route in routes for line in _arrow(route)),
        *_boxes(layout),
        *_labels(routes, labels),
        *_legend(height - 14),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _frames(layout: Layout) -> Iterator[str]:
    for name, group in layout.groups.items():
        rect = group.rect
        yield f'  <g class="stack" id="{escape(name)}">'
        yield f"    <title>{escape(group.stack_name)}</title>"
        yield f'    <rect class="frame" {_place(rect.x, rect.y, rect.width, rect.height)} rx="12"/>'
        yield f'    <text class="title" x="{_n(rect.x + 14)}" y="{_n(rect.y + 22)}">{escape(group.name)}</text>'
        for number, line in enumerate(group.lines):
            y = rect.y + 40 + number * LINE_HEIGHT
            yield f'    <text x="{_n(rect.x + 14)}" y="{_n(y)}">{escape(line)}</text>'
        yield "  </g>"


def _boxes(layout: Layout) -> Iterator[str]:
    for name, box in layout.boxes.items():
        outside = "" if box.node.group else " outside"
        rect = box.rect
        yield f'  <g id="{escape(name)}">'
        yield f'    <rect class="box{outside}" {_place(rect.x, rect.y, rect.width, rect.height)} rx="8"/>'
        for number, (line, x, y) in enumerate(texts(box)):
            style = ' class="title"' if number == 0 else ""
            yield f'    <text{style} x="{_n(x)}" y="{_n(y)}">{escape(line)}</text>'
        yield "  </g>"


def _arrow(route: Route) -> Iterator[str]:
    """A light line below, so that what it crosses ends beside it; then the line with round corners, and its head."""
    points = list(route.points)
    (x, y), (tip_x, tip_y) = points[-2:]
    right, down = (tip_x > x) - (tip_x < x), (tip_y > y) - (tip_y < y)
    points[-1] = (tip_x - right * (_HEAD - 2), tip_y - down * (_HEAD - 2))
    path = f"M{_n(points[0][0])} {_n(points[0][1])}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        (x1, y1), (x2, y2) = (_towards(corner, end) for end in (before, after))
        path += f" L{_n(x1)} {_n(y1)} Q{_n(corner[0])} {_n(corner[1])} {_n(x2)} {_n(y2)}"
    path += f" L{_n(points[-1][0])} {_n(points[-1][1])}"
    back_x, back_y = tip_x - right * _HEAD, tip_y - down * _HEAD
    wide_x, wide_y = down * _HEAD / 2, right * _HEAD / 2
    yield f'  <path class="halo" d="{path}"/>'
    yield f'  <path class="arrow {route.edge.flow}" d="{path}"/>'
    yield (
        f'  <path class="head {route.edge.flow}" d="M{_n(tip_x)} {_n(tip_y)} '
        f'L{_n(back_x + wide_x)} {_n(back_y + wide_y)} L{_n(back_x - wide_x)} {_n(back_y - wide_y)} Z"/>'
    )


def _towards(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """The point a corner's radius away from a corner, or half the way if that is less."""
    length = abs(end[0] - start[0]) + abs(end[1] - start[1])
    share = min(_RADIUS / length, 0.5) if length else 0.0
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _labels(routes: Iterable[Route], labels: Iterable[Label]) -> Iterator[str]:
    flows = [route.edge.flow for route in routes if route.edge.label]
    for flow, words in zip(flows, labels, strict=True):
        x, y = words.rect.x + words.rect.width / 2, words.rect.bottom - 3
        yield f'  <text class="label {flow}" text-anchor="middle" x="{_n(x)}" y="{_n(y)}">{escape(words.text)}</text>'


def _legend(y: float) -> Iterator[str]:
    x = float(MARGIN)
    for flow, words in _LEGEND:
        yield f'  <path class="arrow {flow}" d="M{_n(x)} {_n(y - 4)} H{_n(x + 36)}"/>'
        yield f'  <text x="{_n(x + 44)}" y="{_n(y)}">{words}</text>'
        x += 44 + text_width(words, LINE_SIZE) + 28


def _place(x: float, y: float, width: float, height: float) -> str:
    return f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'


def _n(value: float) -> str:
    """A number with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")
