"""Repetitions along the way through a film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.body.course import Stretch

_ENDED = 0.85
"""Share of a repetition that must be gone through to its end."""
_BEGUN = 0.35
"""Share at which it must have been begun, or before: people cut late."""

_HARDLY, _PAUSE = 0.17, 6
"""Of a repetition that is not gone through farther than this share for more instants than these, it was a pause: the
athlete rests where the next one begins."""

_AROUND = 0.75
"""Part of a turn from which on a cycle that was cut anywhere is a repetition, if all of the turn belongs to one."""

_ENOUGH = 3
"""Repetitions of which the middle one says how long they usually last."""
_SHORTER, _LONGER = 0.5, 2.5
"""Parts of that within which those at the ends of a set last."""
_LESS_SURE = 0.7
"""Part of what the middle repetition's probability is that those at the ends must reach."""


@dataclass(frozen=True)
class Repetition:
    """One repetition.

    Attributes:
        movement: its number among the labels.
        first, last: instants of its begin and its end.
    """

    movement: int
    first: int
    last: int


def repetitions(stretch: Stretch, share: float) -> list[Repetition]:
    """The repetitions in a stretch, those that are whole, or nearly so.

    Args:
        stretch: as `stretches` found it.
        share: part of a turn that the repetition itself takes; the rest is the way back.
    """
    turn = stretch.turn
    found = []
    for number in range(int(np.floor(turn.min())) - 1, int(np.ceil(turn.max())) + 1):
        ends = np.flatnonzero(turn >= number + _ENDED * share)
        if not ends.size:
            break
        end = int(ends[0])
        if turn[: end + 1].min() > number + _BEGUN * share:
            continue
        begins = np.flatnonzero(turn[: end + 1] <= max(number, float(turn[: end + 1].min())) + 1e-9)
        first = int(begins[-1]) if begins.size else 0
        hardly = np.flatnonzero(turn[: end + 1] <= number + _HARDLY * share)
        if hardly.size and hardly[-1] - first > _PAUSE:
            first = int(hardly[-1])
        full = np.flatnonzero(turn[end:] >= number + share - 1e-9)
        last = end + int(full[0]) if full.size else len(turn) - 1
        found.append(Repetition(stretch.movement, stretch.first + first, stretch.first + last))
    if not found and share == 1 and np.ptp(turn) >= _AROUND:  # cut anywhere: it begins where it ends
        return [Repetition(stretch.movement, stretch.first, stretch.after - 1)]
    return found


def steady(found: Sequence[Repetition], sure: np.ndarray, least: float) -> list[Repetition]:
    """The repetitions of a set of which the network is sure, without those at its ends that are not like the rest.

    What comes before and after a set (a bar that is taken up, somebody who walks away) is taken for a part of it now
    and then: the network is less sure of it, and it lasts much shorter or longer than a repetition of the set.

    Args:
        found: the repetitions of a stretch.
        sure: float [T], how probable what is counted is at every instant.
        least: what it must be on average within a repetition.
    """
    surely = {one: float(sure[one.first : one.last + 1].mean()) for one in found}
    kept = [one for one in found if surely[one] >= least]
    while len(kept) >= _ENOUGH:
        lasting = [one.last - one.first for one in kept]
        usual = float(np.median(lasting))
        enough = _LESS_SURE * float(np.median([surely[one] for one in kept]))
        odd = [not _SHORTER * usual <= lasting[end] <= _LONGER * usual or surely[kept[end]] < enough for end in (0, -1)]
        if not any(odd):
            break
        kept = kept[1:] if odd[0] else kept[:-1]
    return kept
