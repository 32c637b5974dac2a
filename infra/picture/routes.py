"""Arrows around boxes: the cheapest way along a lattice, where corners, crossings and tight places have a price."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from infra.picture.layout import STEP, Layout, Rect
from infra.picture.model import Edge, System

Cell = tuple[int, int]
"""A point of the lattice: x and y in steps."""

Direction = tuple[int, int]

_SIDES: tuple[Direction, ...] = ((1, 0), (-1, 0), (0, 1), (0, -1))

_BEND, _CROSSING, _TOGETHER, _TIGHT, _BESIDE, _FRAME = 5.0, 8.0, 60.0, 1.5, 0.8, 3.0
"""Prices in steps: of a corner, of crossing an arrow, of running on one or beside one, close to a box, on a frame."""

_OFF_CENTRE = 0.6
"""The price of each step away from the middle of a box's side."""

_PORT = 2
"""Steps between two arrows on the same side of a box."""


@dataclass(frozen=True)
class Route:
    """An arrow's way.

    Attributes:
        edge: which arrow.
        points: its corners in pixels, from start to end.
    """

    edge: Edge
    points: tuple[tuple[float, float], ...]

    def segments(self) -> Iterator[tuple[float, float, float, float]]:
        """Its straight parts: x and y of both ends."""
        for (x1, y1), (x2, y2) in pairwise(self.points):
            yield x1, y1, x2, y2


def lead(system: System, layout: Layout) -> list[Route]:
    """Find a way for every arrow, the shortest arrows first.

    Raises:
        ValueError: there is no way between two boxes, since others enclose one of them.
    """
    lattice = _Lattice(layout)
    rects = {name: box.rect for name, box in layout.boxes.items()}
    rects |= {name: group.rect for name, group in layout.groups.items()}

    def distance(edge: Edge) -> tuple[bool, float]:
        start, end = rects[edge.start], rects[edge.end]
        across = max(start.x - end.right, end.x - start.right, 0)
        down = max(start.y - end.bottom, end.y - start.bottom, 0)
        return edge.flow == "tells", across + down + (1000 if across and down else 0)

    routes = {}
    for edge in sorted(system.edges, key=distance):
        routes[edge] = Route(edge, lattice.way(edge, rects[edge.start], rects[edge.end], layout.groups))
    return [routes[edge] for edge in system.edges]


class _Lattice:
    def __init__(self, layout: Layout) -> None:
        self._size = (int(layout.width / STEP), int(layout.height / STEP))
        self._blocked: set[Cell] = set()
        self._price: dict[Cell, float] = {}
        for box in layout.boxes.values():
            self._price |= dict.fromkeys(_cells(box.rect.grown(STEP)), _TIGHT)
        for box in layout.boxes.values():
            self._blocked |= set(_cells(box.rect))
        for group in layout.groups.values():
            self._blocked |= set(_cells(group.heading))
            inner = set(_cells(group.rect.grown(-STEP)))
            self._price |= {cell: _FRAME for cell in _cells(group.rect) if cell not in inner}
        self._ports: set[Cell] = set()
        self._used: dict[Cell, set[bool]] = {}  # whether an arrow runs across, or down, or both

    def way(self, edge: Edge, start: Rect, end: Rect, frames: Container[str]) -> tuple[tuple[float, float], ...]:
        """The cheapest way from one box or frame to another, taken from then on."""
        ends = self._sides(end, edge.end in frames)
        targets = {cell: ((-side[0], -side[1]), price) for cell, side, price in ends}
        starts = self._sides(start, edge.start in frames)
        queue = [(price + self._rest(cell, end), price, cell, side) for cell, side, price in starts]
        heapq.heapify(queue)
        before: dict[tuple[Cell, Direction], tuple[Cell, Direction] | None] = {
            (cell, side): None for _, _, cell, side in queue
        }
        spent = {(cell, side): price for _, price, cell, side in queue}
        while queue:
            _, price, cell, heading = heapq.heappop(queue)
            if price > spent[cell, heading]:
                continue
            if cell in targets and targets[cell][0] == heading and before[cell, heading] is not None:
                return self._take(before, cell, heading)
            for side in _SIDES:
                following = (cell[0] + side[0], cell[1] + side[1])
                if side == (-heading[0], -heading[1]) or (before[cell, heading] is None and side != heading):
                    continue
                goal = targets.get(following)
                if goal is not None and goal[0] != side and following in self._blocked:
                    continue
                if goal is None and not self._open(following):
                    continue
                more = 1.0 + (0 if side == heading else _BEND) + self._taken(following, side)
                more += self._price.get(following, 0.0) if goal is None else goal[1]
                known = (following, side)
                if price + more < spent.get(known, float("inf")):
                    spent[known] = price + more
                    before[known] = (cell, heading)
                    heapq.heappush(queue, (price + more + self._rest(following, end), price + more, following, side))
        raise ValueError(f"no way for an arrow from {edge.start} to {edge.end}: give the boxes other places")

    def _sides(self, rect: Rect, frame: bool) -> Iterator[tuple[Cell, Direction, float]]:
        """Where an arrow may touch a rectangle: the point, the direction outwards, the price."""
        left, top, right, bottom = (round(value / STEP) for value in (rect.x, rect.y, rect.right, rect.bottom))
        middle = ((left + right) / 2, (top + bottom) / 2)
        across = [(x, side) for x in range(left + 2, right - 1) for side in ((0, -1), (0, 1))]
        down = [(y, side) for y in range(top + 2, bottom - 1) for side in ((-1, 0), (1, 0))]
        found = [((x, top if side[1] < 0 else bottom), side, abs(x - middle[0])) for x, side in across]
        found += [((left if side[0] < 0 else right, y), side, abs(y - middle[1])) for y, side in down]
        for cell, side, off in found:
            near = [(cell[0] + by * side[1], cell[1] + by * side[0]) for by in range(1 - _PORT, _PORT)]
            if not self._ports & set(near) and not (frame and cell in self._blocked):
                yield cell, side, 0.0 if frame else off * _OFF_CENTRE

    def _open(self, cell: Cell) -> bool:
        return 0 < cell[0] < self._size[0] and 0 < cell[1] < self._size[1] and cell not in self._blocked

    def _taken(self, cell: Cell, side: Direction) -> float:
        """The price of the arrows that are there already."""
        across = side[1] == 0
        price = 0.0
        for taken in self._used.get(cell, ()):
            price += _TOGETHER if taken == across else _CROSSING
        for by in (-1, 1):
            beside = (cell[0] + by * side[1], cell[1] + by * side[0])
            price += _BESIDE if across in self._used.get(beside, ()) else 0.0
        return price

    def _take(
        self, before: Mapping[tuple[Cell, Direction], tuple[Cell, Direction] | None], cell: Cell, heading: Direction
    ) -> tuple[tuple[float, float], ...]:
        found: list[tuple[Cell, Direction]] = []
        place: tuple[Cell, Direction] | None = (cell, heading)
        while place is not None:
            found.append(place)
            place = before[place]
        found.reverse()
        for (here, _), (_, leaving) in zip(found, [*found[1:], found[-1]], strict=True):
            self._used.setdefault(here, set()).add(leaving[1] == 0)
        for here, arriving in found:
            self._used.setdefault(here, set()).add(arriving[1] == 0)
        self._ports |= {found[0][0], found[-1][0]}
        corners = [found[0][0]]
        corners += [here for (here, side), (_, after) in pairwise(found) if side != after]
        return tuple((x * STEP, y * STEP) for x, y in [*corners, found[-1][0]])

    def _rest(self, cell: Cell, end: Rect) -> float:
        """The least that is left to go."""
        x, y = cell[0] * STEP, cell[1] * STEP
        return (max(end.x - x, x - end.right, 0) + max(end.y - y, y - end.bottom, 0)) / STEP


def _cells(rect: Rect) -> Iterable[Cell]:
    """The points of the lattice in a rectangle, its border included."""
    for x in range(-int(-rect.x // STEP), int(rect.right // STEP) + 1):
        for y in range(-int(-rect.y // STEP), int(rect.bottom // STEP) + 1):
            yield x, y
