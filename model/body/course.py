"""The most probable way through a film: which movement when, and how far through its cycle.

Single instants of the network are unsure or jump. A body is not: it goes on in its movement, mostly forwards, at most
two turns a second, and seldom changes to another. So the way is found over all instants at once (Viterbi 1967), its
states being *none of these* and every movement at each of BINS parts of a turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 24
"""Parts of a turn."""

_AHEAD, _BACK = 7, 4
"""Most parts that a body goes on or back from one instant to the next."""
_BACK_COST = 0.7
"""Of each part that it goes back; nats, as all costs."""
_FAST, _FAST_COST = 5, 0.8
"""Parts an instant from which on each costs something."""
_CHANGE_COST = 7.0
"""Of another movement, or none, from one instant to the next."""
_CERTAINTY = 3.0
"""What the network's direction counts, where it is 1 long."""
_LEAST = 1e-4


@dataclass(frozen=True)
class Stretch:
    """A part of the film with one movement.

    Attributes:
        movement: its number among the labels.
        first, after: instants.
        turn: float64 [after - first], whole turns counted on.
    """

    movement: int
    first: int
    after: int
    turn: np.ndarray


def stretches(probabilities: np.ndarray, direction: np.ndarray) -> list[Stretch]:
    """The movements along the most probable way.

    Args:
        probabilities: float [T, movements + 1], the last for *none of these*.
        direction: float [T, 2], sine and cosine of the turn; shorter where the network is less sure.
    """
    movement, bins = _way(probabilities, direction)
    edges = np.flatnonzero(np.diff(movement)) + 1
    found = []
    for first, after in zip([0, *edges.tolist()], [*edges.tolist(), len(movement)], strict=True):
        if movement[first] < 0:
            continue
        steps = np.diff(bins[first:after])
        steps = (steps + _BACK) % BINS - _BACK
        turn = (bins[first] + np.concatenate([[0], np.cumsum(steps)])) / BINS
        found.append(Stretch(int(movement[first]), int(first), int(after), turn))
    return found


def _way(probabilities: np.ndarray, direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The movement of every instant, -1 for none, and the part of the turn."""
    count, movements = len(probabilities), probabilities.shape[1] - 1
    classes = np.log(probabilities + _LEAST)
    angles = 2 * np.pi * np.arange(BINS) / BINS
    # Of a direction that says nothing, every part is as probable as any other.
    towards = _CERTAINTY * (direction @ np.stack([np.sin(angles), np.cos(angles)]))
    towards -= np.log(np.exp(towards).mean(axis=1, keepdims=True))
    gains = classes[:, :-1, None] + towards[:, None]
    none = classes[:, -1]
    moves = np.arange(-_BACK, _AHEAD + 1)
    costs = _BACK_COST * np.maximum(-moves, 0) + _FAST_COST * np.maximum(moves - _FAST, 0)
    sources = (np.arange(BINS)[:, None] - moves) % BINS
    flat = movements * BINS  # the number of *none of these* among the states

    score, still = gains[0].copy(), float(none[0])
    origin = np.empty((count, flat + 1), np.int32)
    for instant in range(1, count):
        best = int(score.argmax())
        top = float(score.flat[best])
        changed, changed_from = (still, flat) if still > top else (top, best)
        options = score[:, sources] - costs  # [movements, BINS, moves]
        choice = options.argmax(axis=-1)
        within = np.take_along_axis(options, choice[..., None], axis=-1)[..., 0]
        before = (
            np.arange(movements)[:, None] * BINS
            + np.take_along_axis(np.broadcast_to(sources, options.shape), choice[..., None], axis=-1)[..., 0]
        )
        jump = within < changed - _CHANGE_COST
        origin[instant, :flat] = np.where(jump, changed_from, before).ravel()
        left = top - _CHANGE_COST
        origin[instant, flat] = flat if still >= left else best
        score = np.where(jump, changed - _CHANGE_COST, within) + gains[instant]
        still = max(still, left) + float(none[instant])
    state = flat if still > score.max() else int(score.argmax())
    path = np.empty(count, np.int64)
    for instant in range(count - 1, -1, -1):
        path[instant] = state
        state = int(origin[instant, state])
    movement = np.where(path == flat, -1, path // BINS)
    return movement, path % BINS
