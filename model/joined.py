"""What a clip shows, from both streams: which parts of it are looked at, and what they say together.

A clip may hold a repetition that was cut neatly, a whole set, or several movements with pauses. So the whole of a short
clip is looked at, and every set that the body shows, by some of its repetitions, because pictures are sure of whole
repetitions only. Of each part, pictures and body say how probable every movement is, and none; the logarithms of both
are averaged. The part that most surely shows a movement answers for the clip.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from model.body.repetitions import Repetition, repetitions
from model.body.stream import BodyView
from model.contract import BodyStream, NoneOfThese
from model.engines.calibration import softmax
from model.video import Clip, ClipReader

WHOLE_SECONDS = 6.0
"""A clip of at most this length is looked at as a whole, too."""

MOST_PER_SET = 3
"""Repetitions of a set that pictures are asked about."""

MOST_SETS = 6
"""Sets that pictures are asked about, the surest."""

_SAME = 0.75
"""Share of a clip from which on a part of it is the whole."""
AROUND = 0.04
"""Seconds before and after a repetition that belong to it."""
NOBODY = 0.95
"""Probability of *none of these* where nobody is seen: movements are done by somebody, but a body may be missed."""

_LEAST = 1e-4
"""A probability counts as at least this, so that one stream alone cannot rule out what the other sees."""


@dataclass(frozen=True)
class Window:
    """A part of the clip, in seconds."""

    first: float
    last: float


@dataclass(frozen=True)
class Part:
    """What is looked at together: the whole clip, or a set.

    Attributes:
        windows: that pictures are shown.
        repetitions: how many there are of the same.
        first, last: seconds of the first one's begin and the last one's end.
    """

    windows: tuple[Window, ...]
    repetitions: int
    first: float
    last: float


@dataclass(frozen=True)
class Verdict:
    """What a part shows.

    Attributes:
        part: of the clip.
        probabilities: float64 [movements + 1], the last for *none of these*.
        clip: its window that was surest, as pictures saw it.
    """

    part: Part
    probabilities: np.ndarray
    clip: Clip

    @property
    def none(self) -> float:
        """Probability of *none of these*."""
        return float(self.probabilities[-1])

    @property
    def movement(self) -> int:
        """Number of the most probable movement."""
        return int(self.probabilities[:-1].argmax())


def look(
    reader: ClipReader, body: BodyView | None, contract: BodyStream, pictures: Callable[[Clip], np.ndarray]
) -> list[Verdict]:
    """What the parts of a clip show, the one that most surely shows a movement first.

    Args:
        reader: of the clip.
        body: what the body says; None where nobody was seen.
        contract: how both are joined.
        pictures: probabilities float64 [movements + 1] of what pictures show, a window at a time.

    Raises:
        ClipError: the clip cannot be read.
        TimedOut: the deadline passed.
    """
    seconds = float(reader.times[-1] - reader.times[0])
    start = float(reader.times[0])
    verdicts = []
    for part in parts(body, contract, start, start + seconds):
        seen = []
        for window in part.windows:
            clip = reader.clip(window.first, window.last)
            seen.append((joined(pictures(clip), said(body, window, len(contract.shares)), contract), clip))
        probabilities = together(np.stack([one for one, _ in seen]))
        _, surest = min(seen, key=lambda one: one[0][-1])
        verdicts.append(Verdict(part, probabilities, surest))
    return sorted(verdicts, key=lambda verdict: verdict.none)


def parts(body: BodyView | None, contract: BodyStream, first: float, last: float) -> list[Part]:
    """The parts of a clip that are looked at."""
    whole = Part((Window(first, last),), 0, first, last)
    sets = [] if body is None else _sets(body, contract)
    if len(sets) == 1 and _covers(sets[0].windows, first, last):
        return [Part(whole.windows, sets[0].repetitions, first, last)]
    return [*([whole] if last - first <= WHOLE_SECONDS or not sets else []), *sets]


def said(body: BodyView | None, window: Window, movements: int) -> np.ndarray:
    """What the body says of a window: its mean over the instants within, or what it means that nobody is there."""
    if body is not None:
        times = body.track.seconds
        inside = (times >= window.first - AROUND) & (times <= window.last + AROUND)
        if inside.any() and body.track.seen[inside].mean() >= 0.5:
            mean: np.ndarray = body.reading.probabilities[inside].mean(axis=0)
            return mean
    nobody = np.full(movements + 1, (1 - NOBODY) / movements)
    nobody[-1] = NOBODY
    return nobody


def joined(pictures: np.ndarray, body: np.ndarray, contract: BodyStream) -> np.ndarray:
    """Both streams' probabilities float64 [..., movements + 1] in one."""
    logarithms = contract.weight * np.log(body + _LEAST) + (1 - contract.weight) * np.log(pictures + _LEAST)
    logarithms[..., -1] += contract.none_of_these.bias
    return softmax(logarithms)


def together(windows: np.ndarray) -> np.ndarray:
    """The probabilities of a part of several windows [windows, movements + 1]: the mean of their logarithms."""
    return softmax(np.log(windows).mean(axis=0))


def shows_none(verdict: Verdict, rule: NoneOfThese) -> bool:
    """Whether *none of these* is the answer to a part."""
    return rule.rejects(verdict.none, float(verdict.probabilities[verdict.movement]))


def _sets(body: BodyView, contract: BodyStream) -> list[Part]:
    """A part for every stretch with repetitions, in their order; of many, the surest."""
    found = []
    for stretch in body.stretches:
        counted = repetitions(stretch, contract.shares[stretch.movement])
        if counted:
            sure = body.reading.probabilities[stretch.first : stretch.after, stretch.movement].mean()
            found.append((float(sure), _part(body, counted)))
    surest = sorted(found, key=lambda one: -one[0])[:MOST_SETS]
    return sorted((part for _, part in surest), key=lambda part: part.first)


def _part(body: BodyView, counted: Sequence[Repetition]) -> Part:
    times = body.track.seconds
    chosen = sorted({round(place) for place in np.linspace(0, len(counted) - 1, MOST_PER_SET)})
    windows = [Window(float(times[counted[n].first]) - AROUND, float(times[counted[n].last]) + AROUND) for n in chosen]
    return Part(tuple(windows), len(counted), float(times[counted[0].first]), float(times[counted[-1].last]))


def _covers(windows: Sequence[Window], first: float, last: float) -> bool:
    """Whether one window alone is nearly all of the clip."""
    return len(windows) == 1 and windows[0].last - windows[0].first >= _SAME * (last - first)
