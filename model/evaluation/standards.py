"""Verdicts of single points of performance, held against joints that the renderer knows in metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.answers.counting import StandardMetrics
from model.answers.workout import RepetitionAnswer, Verdict
from model.staging.truth import true_values
from model.workout.standards import Point, Standard, window
from model.workout.timeline import Span

CLEAR = {"degrees": 10.0, "thigh": 0.15}
"""What is further from its limit is clear."""


@dataclass(frozen=True)
class Case:
    """One point of one repetition.

    Attributes:
        beyond: by how much the truth reaches the limit of the standard, negative if it does not; in the point's unit.
        clear: whether that is more than what nobody argues about.
        verdict: what is said of it.
    """

    beyond: float
    clear: bool
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Whether the limit is reached."""
        return self.beyond >= 0


@dataclass(frozen=True)
class Room:
    """Where an athlete's joints are in the room through a film: float32 [T, 12, 3] in metres, at even instants."""

    metres: np.ndarray
    seconds: float

    @classmethod
    def beside(cls, film: Path, seconds: float) -> Room | None:
        """What `movements workouts` keeps beside a film; None without it."""
        path = film.with_suffix(".npz")
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as file:
            return cls(file["metres"], seconds)

    def between(self, first: float, last: float) -> np.ndarray:
        """The joints between two seconds, at least at one instant."""
        rate = len(self.metres) / self.seconds
        start = min(max(0, round(first * rate)), len(self.metres) - 1)
        return self.metres[start : max(start + 1, round(last * rate) + 1)]


def cases(true: RepetitionAnswer, said: RepetitionAnswer, standard: Standard, room: Room) -> list[tuple[str, Case]]:
    """The points of a repetition that are measured and of which the truth is known, by name."""
    found = []
    points = {point.name: point for point in standard.points}
    for judgement in said.judgements:
        point = points.get(judgement.standard)
        if point is None or point.measure is None or point.at is None:
            continue
        values = true_values(point.measure, room.between(*window(Span(true.start, true.end), point.at)))
        if values is None:
            continue
        beyond = _beyond(point, values)
        clear = abs(beyond) > CLEAR[point.measure.unit]
        found.append((point.name, Case(beyond, clear, judgement.verdict)))
    return found


def _beyond(point: Point, values: np.ndarray) -> float:
    if point.least is None:
        assert point.most is not None
        return float(point.most - values.min())
    return float(values.max() - point.least)


def standard_metrics(some: Sequence[Case]) -> StandardMetrics:
    """The figures of a point."""

    def share(part: Sequence[Case], *verdicts: Verdict) -> float | None:
        return round(sum(one.verdict in verdicts for one in part) / len(part), 4) if part else None

    given = [one for one in some if one.verdict in (Verdict.REP, Verdict.NO_REP)]
    right = [one for one in given if (one.verdict is Verdict.REP) == one.holds]
    against = (Verdict.NO_REP, Verdict.LOOK)
    return StandardMetrics(
        repetitions=len(some),
        given=len(given),
        right=round(len(right) / len(given), 4) if given else None,
        faulty=sum(not one.holds for one in some),
        faulty_found=share([one for one in some if not one.holds], *against),
        good_doubted=share([one for one in some if one.holds], *against),
        clear=sum(one.clear for one in some),
        clear_unclear=share([one for one in some if one.clear], Verdict.UNCLEAR),
        near_unclear=share([one for one in some if not one.clear], Verdict.UNCLEAR),
    )
