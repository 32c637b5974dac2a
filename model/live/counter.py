"""A count that grows: what an athlete has done so far, while it is still going on."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from model.body.stream import BodyView, BodyWatcher
from model.contract import BodyStream
from model.pose.body import Body
from model.pose.follow import CHUNK_SECONDS, Motion, Tracker
from model.pose.read import Followed
from model.pose.track import INSTANTS
from model.pose.track import RATE as TRACK_RATE
from model.video import small_grey
from model.video.crop import GREY_SIDE
from model.workout.analyse import exercises, movements
from model.workout.timeline import Run, Span, without

WINDOW_SECONDS = INSTANTS / TRACK_RATE
"""How much of what just happened is read at once: as much as the network reads."""
READ_SECONDS = 0.5
"""How often it is read, and motion looked for."""
SETTLED_SECONDS = 0.25
"""A repetition counts once it lies so far back: what ends at the last frame may go on."""
NEW_SET_SECONDS = 8.0
"""A pause after which what is done counts from one again."""
NAMED_SECONDS = 4.0
"""How long after a movement's repetition one without a name counts for nothing: names come and go with what is seen,
and two networks end a repetition at different instants."""


@dataclass(frozen=True)
class Counted:
    """A repetition that was counted just now.

    Attributes:
        movement: its number among the labels; None for another exercise.
        number: which one of its set it is, from 1.
        span: its seconds.
    """

    movement: int | None
    number: int
    span: Span


@dataclass
class LiveCounter:
    """Follows one athlete frame by frame, and counts.

    What is read of the last seconds changes a little with every frame; a repetition that was counted stays counted.

    Attributes:
        watcher: of a bundle with a second stream.
        contract: of that stream.
    """

    watcher: BodyWatcher
    contract: BodyStream
    _tracker: Tracker | None = None
    _motion: Motion | None = None
    _read_at: float = -np.inf
    _greys: deque[tuple[float, np.ndarray]] = field(default_factory=deque)
    _bodies: deque[tuple[float, Body | None]] = field(default_factory=deque)
    _last: Counted | None = None
    _first: Counted | None = None

    def see(self, frame: np.ndarray, second: float) -> list[Counted]:
        """Look at the next frame.

        Args:
            frame: uint8 [H, W, 3], RGB, of one size.
            second: when it was taken, increasing; some ten frames a second or more.

        Returns:
            The repetitions that are counted with it, in their order; nearly always none or one.
        """
        grey = small_grey(frame)
        self._greys.append((second, grey))
        while self._greys and second - self._greys[0][0] > CHUNK_SECONDS:
            self._greys.popleft()
        due = second - self._read_at >= READ_SECONDS
        if due or self._motion is None:
            self._motion = Motion.of(np.stack([one for _, one in self._greys]), max(frame.shape[:2]) / GREY_SIDE)
        if self._tracker is None:
            self._tracker = self.watcher.tracker(frame.shape[:2])
        self._bodies.append((second, self._tracker.step(frame, second, self._motion)))
        while self._bodies and second - self._bodies[0][0] > WINDOW_SECONDS:
            self._bodies.popleft()
        if not due:
            return []
        self._read_at = second
        return self._news(second)

    def _news(self, second: float) -> list[Counted]:
        """What is new among the repetitions of the last seconds."""
        film = Followed(tuple(body for _, body in self._bodies), tuple(when for when, _ in self._bodies), ())
        body = self.watcher.read(film, agree=True)
        if body is None:
            return []
        news = []
        for movement, span in self._found(body):
            last = self._last
            if span.end > second - SETTLED_SECONDS or (last is not None and _middle(span) <= last.span.end):
                continue
            pause = np.inf if last is None else span.start - last.span.end
            if movement is None and last is not None and last.movement is not None and pause < NAMED_SECONDS:
                continue
            goes_on = last is not None and last.movement == movement and pause <= NEW_SET_SECONDS
            self._last = Counted(movement, 1 + (last.number if goes_on and last is not None else 0), span)
            if movement is None and not goes_on:  # a single one is none: somebody sat down, or took hold of a bar
                self._first = self._last
                continue
            news += [self._last] if self._first is None or movement is not None else [self._first, self._last]
            self._first = None
        return news

    def _found(self, body: BodyView) -> list[tuple[int | None, Span]]:
        named = movements(body, self.contract)
        runs: list[Run] = [*named, *without(exercises(body), named)]
        return sorted(((run.movement, span) for run in runs for span in run.spans), key=lambda one: one[1].start)


def _middle(span: Span) -> float:
    return (span.start + span.end) / 2
