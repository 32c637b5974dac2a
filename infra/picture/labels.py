"""Words at arrows, where they cover nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from infra.picture.layout import LABEL_SIZE, Layout, Rect, text_width
from infra.picture.routes import Route

_HEIGHT = 15


@dataclass(frozen=True)
class Label:
    """The words of an arrow.

    Attributes:
        text: the words.
        rect: around them.
    """

    text: str
    rect: Rect


def label(routes: Iterable[Route], layout: Layout) -> list[Label]:
    """Find a place for the words of every arrow that has any.

    Raises:
        ValueError: some words would cover a box wherever they stand.
    """
    routes = list(routes)
    boxes = [box.rect for box in layout.boxes.values()] + [group.heading for group in layout.groups.values()]
    lines = [
        (route, Rect(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)).grown(1))
        for route in routes
        for x1, y1, x2, y2 in route.segments()
    ]
    frames = [rect for group in layout.groups.values() for rect in _sides(group.rect)]
    placed: list[Label] = []
    for route in routes:
        text = route.edge.label
        best: tuple[float, Rect] | None = None
        for number, rect in enumerate(_places(route, text_width(text, LABEL_SIZE)) if text else ()):
            if any(rect.overlaps(other) for other in [*boxes, *(known.rect for known in placed)]):
                continue
            price = number * 0.1 + sum(3 for line in frames if rect.overlaps(line))
            price += sum(20 for other, line in lines if rect.overlaps(line) and other is not route)
            price += sum(20 for other, line in lines if rect.overlaps(line) and other is route)
            if best is None or price < best[0]:
                best = (price, rect)
        if best is not None:
            placed.append(Label(text, best[1]))
        elif text:
            raise ValueError(f"no place for {text!r} between {route.edge.start} and {route.edge.end}")
    return placed


def _places(route: Route, width: float) -> Iterator[Rect]:
    """Beside the straight parts of an arrow, the longest first: at its middle, then towards its ends."""
    segments = sorted(route.segments(), key=lambda part: -abs(part[0] - part[2]) - abs(part[1] - part[3]))
    for x1, y1, x2, y2 in segments:
        for share in (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9):
            x, y = x1 + (x2 - x1) * share, y1 + (y2 - y1) * share
            if y1 == y2:
                yield Rect(x - width / 2, y - _HEIGHT - 3, width, _HEIGHT)
                yield Rect(x - width / 2, y + 3, width, _HEIGHT)
            else:
                yield Rect(x + 5, y - _HEIGHT / 2, width, _HEIGHT)
                yield Rect(x - 5 - width, y - _HEIGHT / 2, width, _HEIGHT)


def _sides(rect: Rect) -> Iterator[Rect]:
    """The four lines of a frame."""
    yield Rect(rect.x, rect.y, rect.width, 0).grown(1)
    yield Rect(rect.x, rect.bottom, rect.width, 0).grown(1)
    yield Rect(rect.x, rect.y, 0, rect.height).grown(1)
    yield Rect(rect.right, rect.y, 0, rect.height).grown(1)
