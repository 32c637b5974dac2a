"""From repetitions that were found to segments and sets, as a person would tell them: arithmetic, no video."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

REST_SECONDS = 30.0
"""A pause between two sets of an exercise from which on another segment begins."""

SET_SECONDS, SET_FACTOR = 3.0, 2.5
"""A pause ends a set if it is longer than the first, and than the second times the usual time between repetitions."""

FEWEST_OTHERS = 2
"""Of an exercise without a name, a single one is no repetition: somebody sat down, or took hold of a bar."""

FEWEST_STEPS = 2
"""Steps from one repetition to the next that say how long one usually takes."""
EVEN = (0.5, 1.75)
"""Parts of the usual step within which the steps in a gap lie that was filled."""

MOST_DOUBT = 2
"""Counts of two networks that differ by more are not of the same repetitions."""


@dataclass(frozen=True)
class Span:
    """A repetition: seconds of its begin and its end."""

    start: float
    end: float


@dataclass(frozen=True)
class Run:
    """Repetitions of one exercise, one after the other.

    Attributes:
        movement: number of the movement; None for another exercise.
        spans: the repetitions, at least one, in their order.
        probability: of the movement, or that it is none.
        posture: of another exercise, what tells it from others: any numbers, near each other for the same.
        perhaps: how many more repetitions there may be, or fewer if it is negative.
    """

    movement: int | None
    spans: tuple[Span, ...]
    probability: float = 1.0
    posture: tuple[float, ...] = ()
    perhaps: int = 0

    @property
    def start(self) -> float:
        """Second at which the first repetition begins."""
        return self.spans[0].start

    @property
    def end(self) -> float:
        """Second at which the last repetition ends."""
        return self.spans[-1].end

    def covers(self, span: Span) -> bool:
        """Whether the middle of a repetition lies within it."""
        return self.start <= (span.start + span.end) / 2 <= self.end


def merged(runs: Iterable[Run], *, apart: float) -> list[Run]:
    """Runs in the order of time, those of the same exercise that follow each other within a rest made one.

    Args:
        runs: in any order.
        apart: distance of postures from which on two exercises without a name are two.
    """
    result: list[Run] = []
    for run in sorted(runs, key=lambda run: run.start):
        last = result[-1] if result else None
        if last is not None and last.movement == run.movement and _together(last, run, apart):
            weights = len(last.spans), len(run.spans)
            mean = (last.probability * weights[0] + run.probability * weights[1]) / sum(weights)
            result[-1] = replace(
                last, spans=(*last.spans, *run.spans), probability=mean, perhaps=last.perhaps + run.perhaps
            )
        else:
            result.append(run)
    return result


def _together(last: Run, run: Run, apart: float) -> bool:
    if run.start - last.end > REST_SECONDS:
        return False
    if run.movement is not None:
        return True
    distance = sum((one - other) ** 2 for one, other in zip(last.posture, run.posture, strict=True)) ** 0.5
    return distance <= apart


def without(runs: Iterable[Run], others: Sequence[Run]) -> list[Run]:
    """Runs without the repetitions that lie within one of the others; what is left between two others stays one run."""
    result = []
    for run in runs:
        left = tuple(span for span in run.spans if not any(other.covers(span) for other in others))
        if left:
            result.append(replace(run, spans=left))
    return result


def filled(run: Run, others: Iterable[Run]) -> Run:
    """The run with the repetitions between its own that another network counts, if they fit in between.

    A network that names movements is unsure of some repetitions: a plate is before the head, the athlete turns. The gap
    that is left between two others is then some repetitions long, and what the network that counts whatever is repeated
    finds there, at the same pace, fills it from both ends.
    """
    counted = sorted((span for other in others for span in other.spans), key=lambda span: span.start)
    inside = [span for span in counted if run.covers(span)]
    steps = [after.start - before.start for spans in (run.spans, inside) for before, after in pairwise(spans)]
    if len(steps) < FEWEST_STEPS:
        return run
    usual = statistics.median(steps)
    spans = [run.spans[0]]
    for before, after in pairwise(run.spans):
        between = [span for span in counted if before.end < (span.start + span.end) / 2 < after.start]
        early = list(_chained(before, between, usual))
        last = early[-1] if early else before
        late = [span for span in _chained(after, between[::-1], usual) if span.start - last.start >= EVEN[0] * usual][
            ::-1
        ]
        spans += [Span(max(span.start, before.end), min(span.end, after.start)) for span in (*early, *late)]
        spans.append(after)
    return replace(run, spans=tuple(spans))


def _chained(first: Span, others: Iterable[Span], usual: float) -> Iterator[Span]:
    """Those of some repetitions that follow one, each after about the usual time, until one does not."""
    for span in others:
        if not EVEN[0] * usual <= abs(span.start - first.start) <= EVEN[1] * usual:
            return
        yield span
        first = span


def beside(run: Run, named: Sequence[Run]) -> Run | None:
    """The one run of a movement that an exercise without a name goes on, at the same pace and without a rest.

    A single repetition has the pace at which it follows the run, or the run follows it. None where there is no such
    run, or several say different things.
    """
    found = []
    for one in named:
        usual = _step(one)
        to_next = one.start - run.spans[-1].start if run.end <= one.start else run.start - one.spans[-1].start
        step = _step(run) or to_next
        pause = max(run.start - one.end, one.start - run.end)
        if not usual or not EVEN[0] <= step / usual <= EVEN[1]:
            continue
        if pause <= SET_FACTOR * max(usual, step):
            found.append(one)
    return found[0] if found and len({one.movement for one in found}) == 1 else None


def _step(run: Run) -> float:
    """Seconds that usually pass from one repetition to the next; 0 where there is only one."""
    steps = [after.start - before.start for before, after in pairwise(run.spans)]
    return statistics.median(steps) if steps else 0.0


def doubted(run: Run, others: Iterable[Run]) -> Run:
    """The run with how many repetitions more, or fewer, another network counts within it and right beside it."""
    margin = 0.5 * (run.end - run.start) / len(run.spans)
    around = replace(run, spans=(Span(run.start - margin, run.start), *run.spans, Span(run.end, run.end + margin)))
    counted = sum(around.covers(span) for other in others for span in other.spans)
    difference = counted - len(run.spans)
    return replace(run, perhaps=difference if counted and abs(difference) <= MOST_DOUBT else 0)


def sets(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Numbers of the first and of the last repetition of every set."""
    steps = [after.start - before.start for before, after in pairwise(spans)]
    usual = statistics.median(steps) if steps else 0.0
    edges = [
        number + 1
        for number, (before, after) in enumerate(pairwise(spans))
        if after.start - before.end > SET_SECONDS and after.start - before.start > SET_FACTOR * usual
    ]
    return list(zip([0, *edges], [*(edge - 1 for edge in edges), len(spans) - 1], strict=True))
