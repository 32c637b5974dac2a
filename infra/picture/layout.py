"""A place for every box: columns from people to the network's end, bands of stacks, rows as high as their boxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from infra.picture.model import ALARMS, MAIL, OUTSIDE, PEOPLE, SOURCE, Node, System

STEP = 10
"""Boxes lie on a lattice of so many pixels, and arrows run along it."""

BOX_WIDTH = 190
OUTSIDE_WIDTH = 140
GAP = 60
"""Between columns; arrows and their words run there."""

ROW_GAP = 40
BAND_GAP = 40
MARGIN = 20
PADDING = 20
HEADING = 30
TITLE_SIZE, LINE_SIZE, LABEL_SIZE = 16, 13.5, 12.5
TITLE_HEIGHT, LINE_HEIGHT = 20, 17

_WEB, _MIDDLE, _PIPELINE = 0, 1, 2

_REGIONS: Mapping[str, tuple[int, range]] = {
    "Web": (_WEB, range(1, 5)),
    "Base": (_MIDDLE, range(1, 3)),
    "Inference": (_MIDDLE, range(3, 4)),
    "Pipeline": (_PIPELINE, range(1, 5)),
}
"""Where the boxes of a stack may lie: its band and its columns. What a stage of the pipeline deploys is above it."""

_PLACES: Mapping[tuple[str, str], tuple[int, int]] = {
    (OUTSIDE, PEOPLE): (0, 1),
    (OUTSIDE, MAIL): (0, 0),
    (OUTSIDE, SOURCE): (0, 0),
    ("Web", "Sign-in"): (1, 0),
    ("Web", "Firewall (WAF)"): (2, 0),
    ("Web", "Dashboard"): (4, 0),
    ("Web", "CloudFront"): (1, 1),
    ("Web", "Load balancer"): (2, 1),
    ("Web", "Page’s servers"): (3, 1),
    ("Web", "CodeDeploy"): (4, 1),
    ("Web", ALARMS): (1, 2),
    ("Web", "Uploads"): (2, 2),
    ("Base", "Alarm topic"): (1, 0),
    ("Base", "Access logs"): (2, 0),
    ("Base", "Budget"): (1, 1),
    ("Base", "Models"): (2, 1),
    ("Base", "Artifacts"): (1, 2),
    ("Base", "Live model"): (1, 3),
    ("Base", "Images"): (2, 3),
    ("Inference", "Alias"): (3, 0),
    ("Inference", "Classify function"): (3, 1),
    ("Inference", "Pre-traffic check"): (3, 2),
    ("Inference", ALARMS): (3, 3),
}
"""Column and row of the boxes that we know; any other goes where its stack has room."""

_OUTSIDE_BANDS = {PEOPLE: _WEB, MAIL: _MIDDLE, SOURCE: _PIPELINE}


@dataclass(frozen=True)
class Rect:
    """A rectangle in pixels; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.height

    def grown(self, by: float) -> Rect:
        """This rectangle with a margin on every side."""
        return Rect(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def overlaps(self, other: Rect) -> bool:
        """Whether the two share more than a border."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


@dataclass(frozen=True)
class Box:
    """A node with its place.

    Attributes:
        node: what it is.
        rect: where it is.
        lines: its lines, broken where they would be too long.
    """

    node: Node
    rect: Rect
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """A stack's frame.

    Attributes:
        name: the stack's.
        stack_name: what CloudFormation calls it.
        lines: what holds for all of it, broken where it would be too long.
        rect: around its boxes.
        heading: around name and lines.
    """

    name: str
    stack_name: str
    lines: tuple[str, ...]
    rect: Rect
    heading: Rect


@dataclass(frozen=True)
class Layout:
    """Every place; `width` and `height` are the picture's."""

    boxes: Mapping[str, Box]
    groups: Mapping[str, Group]
    width: float
    height: float


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is in pixels: the classes of widths of Helvetica and Arial, rounded up."""
    classes = {**dict.fromkeys("ijl.,:;'’|!", 0.28), **dict.fromkeys(" ftr()[]/-I", 0.34)}
    classes |= dict.fromkeys("mwMW%@×—", 0.9)
    widths = (classes.get(character, 0.72 if character.isupper() else 0.56) for character in text)
    return sum(widths) * size * (1.07 if bold else 1)


def wrapped(text: str, width: float, size: float) -> list[str]:
    """A text in lines no wider than that; words stay whole unless one is too long, which breaks after a slash."""
    lines = [""]
    for word in text.replace("/", "/\u200b").replace(" ", " \u200b").split("\u200b"):
        if lines[-1] and text_width((lines[-1] + word).rstrip(), size) > width:
            lines.append("")
        lines[-1] += word
    return [line.strip() for line in lines if line.strip()]


def arrange(system: System) -> Layout:
    """Give every node its place."""
    cells = _cells(system.nodes)
    lines = {
        node.id: tuple(part for line in node.lines for part in wrapped(line, _width(cells[node.id][1]) - 20, LINE_SIZE))
        for node in system.nodes
    }
    headings = {
        name: wrapped(text, _span(cells, system.nodes, name), LINE_SIZE) for name, (_, text) in system.stacks.items()
    }
    tops, heights, end = _rows(system.nodes, cells, lines, headings)
    boxes = {}
    for node in system.nodes:
        band, column, row = cells[node.id]
        rect = Rect(_left(column), tops[band, row], _width(column), heights[band, row])
        boxes[node.id] = Box(node, rect, lines[node.id])
    groups = {
        name: _frame(name, stack_name, headings[name], [box.rect for box in boxes.values() if box.node.group == name])
        for name, (stack_name, _) in system.stacks.items()
    }
    right = max(group.rect.right for group in groups.values())
    return Layout(boxes, groups, right + MARGIN, end)


def _cells(nodes: Iterable[Node]) -> dict[str, tuple[int, int, int]]:
    """Band, column and row of every node."""
    nodes = list(nodes)
    cells: dict[str, tuple[int, int, int]] = {}
    taken: set[tuple[int, int, int]] = set()
    for known in (True, False):
        for node in nodes:
            place = _PLACES.get((node.group, node.key or node.title))
            if node.group == OUTSIDE:
                place = _PLACES.get((node.group, node.id))
            if node.id in cells or (known and place is None):
                continue
            band, columns = _REGIONS.get(node.group, (_PIPELINE + 1, range(1, 5)))
            band = _OUTSIDE_BANDS.get(node.id, band)
            wanted = (band, *place) if place else None
            cell = wanted if wanted is not None and wanted not in taken else _free(band, columns, taken)
            taken.add(cell)
            cells[node.id] = cell
    return cells


def _free(band: int, columns: range, taken: set[tuple[int, int, int]]) -> tuple[int, int, int]:
    every = ((band, column, row) for row in range(1000) for column in columns)
    return next(cell for cell in every if cell not in taken)


def _span(cells: Mapping[str, tuple[int, int, int]], nodes: Iterable[Node], group: str) -> float:
    columns = [cells[node.id][1] for node in nodes if node.group == group]
    return _left(max(columns)) + _width(max(columns)) - _left(min(columns))


def _rows(
    nodes: Iterable[Node],
    cells: Mapping[str, tuple[int, int, int]],
    lines: Mapping[str, tuple[str, ...]],
    headings: Mapping[str, list[str]],
) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], float], float]:
    """Upper side and height of every row, and the end of the last."""
    heights: dict[tuple[int, int], float] = {}
    above: dict[int, float] = {}
    for node in nodes:
        band, _, row = cells[node.id]
        needed = 16 + TITLE_HEIGHT + LINE_HEIGHT * len(lines[node.id])
        heights[band, row] = max(heights.get((band, row), 0), _snapped(needed))
        needed = HEADING + LINE_HEIGHT * len(headings.get(node.group, []))
        above[band] = max(above.get(band, 0), _snapped(needed + 8))
    tops: dict[tuple[int, int], float] = {}
    y, before = float(MARGIN), None
    for band, row in sorted(heights):
        if band != before:
            y += above[band] + (0 if before is None else PADDING + BAND_GAP - ROW_GAP)
        tops[band, row] = y
        y += heights[band, row] + ROW_GAP
        before = band
    return tops, heights, y - ROW_GAP + PADDING + MARGIN


def _frame(name: str, stack_name: str, lines: list[str], rects: list[Rect]) -> Group:
    left, right = min(rect.x for rect in rects), max(rect.right for rect in rects)
    top, bottom = min(rect.y for rect in rects), max(rect.bottom for rect in rects)
    above = _snapped(HEADING + LINE_HEIGHT * len(lines) + 8)
    rect = Rect(left - PADDING, top - above, right - left + 2 * PADDING, bottom - top + above + PADDING)
    width = max([text_width(name, TITLE_SIZE, bold=True), *(text_width(line, LINE_SIZE) for line in lines)])
    return Group(name, stack_name, tuple(lines), rect, Rect(rect.x, rect.y, width + 14, above - 10))


def _left(column: int) -> float:
    if column == 0:
        return MARGIN
    return MARGIN + OUTSIDE_WIDTH + GAP + (column - 1) * (BOX_WIDTH + GAP)


def _width(column: int) -> float:
    return OUTSIDE_WIDTH if column == 0 else BOX_WIDTH


def _snapped(size: float) -> float:
    return -(-size // STEP) * STEP


def texts(box: Box) -> Iterator[tuple[str, float, float]]:
    """The lines of a box with the x of their left and the y of their foot; the first is the title."""
    y = box.rect.y + 7 + TITLE_HEIGHT - 3
    yield box.node.title, box.rect.x + 10, y
    for number, line in enumerate(box.lines):
        yield line, box.rect.x + 10, y + 17 + LINE_HEIGHT * number
