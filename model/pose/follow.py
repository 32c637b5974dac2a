"""One athlete through a film: not the judge, who stands nearer, and not the people who walk by.

Whom the film is about is told by motion, as for the square that pictures are cut to. What a study of real films gave:

- A film is taken shot by shot: motion across a cut is not anybody's.
- Bodies are looked for within the square of motion, widened, then in narrower ones; where the detector finds none, the
  network of landmarks looks at the square itself, in four turns: people hang, lie and stand on their hands.
- Of several, the one counts that is there and moves: presence times motion under its joints.
- A body that is followed is given up if it is not there, or if little moves under its joints; and, every one to three
  seconds, if another moves much more.
- Of a body that stands still, every other frame says enough, where not every frame must have one.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from model.errors import TimedOut
from model.pose.blazepose import Found
from model.pose.body import INDEX, Body
from model.pose.region import Region
from model.video import find_athlete, small_grey
from model.video.crop import GREY_SIDE, motion_energy

LEAST_PRESENCE = 0.5
"""Presence below which there is no body."""

CHUNK_SECONDS = 3.0
"""How much of a shot one square of motion holds for."""

RECHECK_SECONDS, SELDOM_SECONDS = 1.0, 3.0
"""How often it is looked whether another moves more: each time in vain, half as long again until the next time."""
RETRY_SECONDS = 0.25
"""A search in vain costs as much as six frames that are followed: the next one waits so long."""

STILL = 0.6
"""Torsos a second by which the joints of a body that stands still move on average, as they are found."""

_WIDENED = (1.35, 1.0, 0.75)
"""Squares in which bodies are looked for, by the square of motion, one after the other."""
_BLIND = 1.1
_TURNS = (0.0, math.pi / 2, math.pi, -math.pi / 2)
_BETTER = 1.5
"""How much more another body must score to be followed instead."""
_LEAST_ENERGY = 0.35
"""Least motion under a body's joints, by the median of where anything moves."""
_AT_REST = 0.2
"""What a body scores that does not move, beside its motion."""
_CUT = 35.0
"""Mean change of a small grey frame, in grey levels, from which on there was a cut; a swung camera changes it by 20."""
_NEAR = 0.25
"""How far from where the athlete was pointed out, or seen last, a body may be, by the longer side of the frame."""
_SMALLEST, _LARGEST = 8.0, 4.0
"""Side of a region, in pixels and by the longer side of the frame, beyond which it is lost."""

_JOINTS = [
    INDEX[f"{side}_{joint}"]
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in ("left", "right")
]


@dataclass(frozen=True)
class Motion:
    """Where something moves for a while.

    Attributes:
        square: around it, in pixels of the frame, without a turn; None without clear motion.
        energy: float32 [h, w], how much moves where, in the small grey frames.
        scale: pixels of the frame by those of the grey one.
    """

    square: Region | None
    energy: np.ndarray
    scale: float

    @classmethod
    def of(cls, grey: np.ndarray, scale: float) -> Motion:
        """The motion in some frames float32 [T, h, w] as `small_grey` makes them."""
        athlete = find_athlete(grey)
        square = None
        if athlete.square is not None:
            found = athlete.square.scaled(scale)
            square = Region(found.x + found.side / 2, found.y + found.side / 2, found.side)
        return cls(square, motion_energy(grey, athlete.shifts), scale)

    def under(self, body: Body) -> float:
        """Mean energy under the joints of a body that are in the picture, by the median of where anything moves."""
        height, width = self.energy.shape
        places = np.rint(body.points[_JOINTS] / self.scale - 0.5).astype(int)
        inside = (places >= 0).all(axis=1) & (places[:, 0] < width) & (places[:, 1] < height)
        if not inside.any() or not self._usual:
            return 0.0
        columns, rows = places[inside].T
        return float(self.energy[rows, columns].mean() / self._usual)

    @cached_property
    def _usual(self) -> np.float32:
        """The median of the energy where anything moves; 0 where nothing does."""
        strongest = self.energy.max()
        return np.median(self.energy[self.energy > 0.25 * strongest]) if strongest > 0 else np.float32(0)


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether there is a cut between two frames [h, w], as `small_grey` makes them."""
    return float(np.abs(after - before).mean()) > _CUT


def shots(grey: np.ndarray) -> list[range]:
    """The shots of a film, as ranges of frame numbers.

    Args:
        grey: float32 [T, h, w], frames as `small_grey` makes them, ten a second or more.
    """
    starts = [0, *(number for number in range(1, len(grey)) if is_cut(grey[number - 1], grey[number])), len(grey)]
    return [range(first, after) for first, after in itertools.pairwise(starts) if after > first]


class Pose(Protocol):
    """Finds bodies and their landmarks in pictures, as `BlazePose` does in RGB."""

    def find(
        self, picture: np.ndarray, within: Region | None = None, *, least: float = 0.4, most: int = 3
    ) -> list[Found]:
        """See `BlazePose.find`."""
        ...

    def look(self, picture: np.ndarray, region: Region) -> tuple[Body, Region]:
        """See `BlazePose.look`."""
        ...


def follow(
    frames: Sequence[np.ndarray],
    seconds: Sequence[float],
    pose: Pose,
    *,
    grey: np.ndarray | None = None,
    sparing: bool = False,
    athlete: tuple[float, float] | None = None,
    deadline: float | None = None,
) -> list[Body | None]:
    """The athlete's body in every frame of a film.

    Args:
        frames: uint8 [H, W, 3], of one size, as the networks take them, some ten a second.
        seconds: when each is shown.
        pose: the networks.
        grey: the frames as `small_grey` makes them, where they were made already, or are not RGB.
        sparing: leave out every other frame of a body that stands still.
        athlete: where the athlete is at first, as somebody pointed it out, (x, y) in shares of the picture; motion does
            not choose then, but who is nearest to where the athlete was last.
        deadline: instant of `time.monotonic()` at which to give up.

    Returns:
        A body for every frame; None where the athlete is not seen, nobody is told from the others by motion, or the
        frame was left out.

    Raises:
        TimedOut: the deadline passed.
    """
    if not frames:
        return []
    grey = np.stack([small_grey(frame) for frame in frames]) if grey is None else grey
    scale = max(frames[0].shape[:2]) / GREY_SIDE
    bodies: list[Body | None] = []
    for shot in shots(grey):
        tracker = Tracker(pose, frames[0].shape[:2], sparing, athlete)
        chunks = list(_chunks(shot, seconds))
        for chunk in chunks:
            # Of a short rest at the end, motion tells more together with what came before.
            first = min(chunk.start, max(shot.start, chunk.stop - len(chunks[0])))
            motion = Motion.of(grey[first : chunk.stop], scale)
            for number in chunk:
                if deadline is not None and time.monotonic() > deadline:
                    raise TimedOut(f"The time was up after {len(bodies)} of {len(frames)} frames were followed.")
                bodies.append(tracker.step(frames[number], seconds[number], motion))
    return bodies


def _chunks(shot: range, seconds: Sequence[float]) -> Iterator[range]:
    """Parts of a shot of `CHUNK_SECONDS`."""
    first = shot.start
    for number in shot:
        if seconds[number] - seconds[first] >= CHUNK_SECONDS:
            yield range(first, number)
            first = number
    yield range(first, shot.stop)


class Tracker:
    """Follows one body from frame to frame of a shot.

    Args:
        pose: the networks.
        size: height and width of the frames.
        sparing, athlete: see `follow`.
    """

    def __init__(
        self,
        pose: Pose,
        size: tuple[int, ...],
        sparing: bool = False,
        athlete: tuple[float, float] | None = None,
    ) -> None:
        height, width = size
        self._pose = pose
        self._most = _LARGEST * max(size)
        self._place = None if athlete is None else np.array([athlete[0] * width, athlete[1] * height])
        self._reach = _NEAR * max(size)
        self._sparing = sparing
        self._next: Region | None = None
        self._checked = -math.inf
        self._recheck = RECHECK_SECONDS
        self._in_vain = False
        self._last: tuple[Body, float] | None = None
        self._still = False

    def step(self, frame: np.ndarray, second: float, motion: Motion) -> Body | None:
        """The body in the next frame; None where there is none, or where it stands still and was looked at just now."""
        if self._still:
            self._still = False
            return None
        followed = None
        if self._next is not None:
            followed = self._look(frame, self._next, motion)
            tells = self._place is None and motion.square is not None
            if followed is not None and tells and followed.energy < _LEAST_ENERGY:
                followed = None
        wait = RETRY_SECONDS if self._in_vain else 0.0 if followed is None else self._recheck
        if second - self._checked >= wait and not (self._place is not None and followed is not None):
            self._checked = second
            best = self._search(frame, motion)
            self._in_vain = best is None and followed is None
            if best is not None and (followed is None or best.score > _BETTER * followed.score):
                followed, self._recheck = best, RECHECK_SECONDS
            else:
                self._recheck = min(1.5 * self._recheck, SELDOM_SECONDS)
        if self._place is not None and followed is not None:
            self._place = np.array([followed.region.x, followed.region.y])
        self._next = None if followed is None else followed.region
        body = None if followed is None else followed.body
        if self._sparing and body is not None and self._last is not None:
            before, when = self._last
            self._still = _moved(before, body) < STILL * (second - when)
        self._last = None if body is None else (body, second)
        return body

    def _look(self, frame: np.ndarray, region: Region, motion: Motion) -> _Candidate | None:
        """The body in a region; None if there is none, or if it is lost after this frame."""
        body, after = self._pose.look(frame, region)
        if body.presence < LEAST_PRESENCE or not _SMALLEST < after.side < self._most:
            return None
        return _Candidate(body, after, motion.under(body))

    def _search(self, frame: np.ndarray, motion: Motion) -> _Candidate | None:
        """The body that is there and moves; where the athlete was pointed out, the one that is nearest to there."""
        if self._place is not None:
            return self._nearest(frame, motion, self._place)
        square = motion.square
        if square is None:
            return self._best(frame, [found.region for found in self._pose.find(frame, most=1)], motion)
        for factor in _WIDENED:
            within = square._replace(side=factor * square.side)
            best = self._best(frame, [found.region for found in self._pose.find(frame, within)], motion)
            if best is not None and best.energy >= _LEAST_ENERGY:
                return best
        turned = [square._replace(side=_BLIND * square.side, angle=angle) for angle in _TURNS]
        best = self._best(frame, turned, motion)
        return best if best is not None and best.energy >= _LEAST_ENERGY else None

    def _nearest(self, frame: np.ndarray, motion: Motion, place: np.ndarray) -> _Candidate | None:
        around = Region(float(place[0]), float(place[1]), 2 * self._reach)
        regions = [found.region for within in (around, None) for found in self._pose.find(frame, within, most=4)]
        upright = [around._replace(side=1.2 * self._reach, angle=angle) for angle in _TURNS]
        for some in (regions, upright):
            seen = [found for region in some if (found := self._look(frame, region, motion)) is not None]
            near = [(math.hypot(one.region.x - place[0], one.region.y - place[1]), one) for one in seen]
            close = min((pair for pair in near if pair[0] <= self._reach), key=lambda pair: pair[0], default=None)
            if close is not None:
                return close[1]
        return None

    def _best(self, frame: np.ndarray, regions: Sequence[Region], motion: Motion) -> _Candidate | None:
        seen = [found for region in regions if (found := self._look(frame, region, motion)) is not None]
        return max(seen, key=lambda found: found.score, default=None)


def _moved(before: Body, after: Body) -> float:
    """By how many torsos the joints moved on average."""
    distances = np.linalg.norm(after.points[_JOINTS] - before.points[_JOINTS], axis=1)
    return float(distances.mean()) / max(after.torso, 1e-6)


@dataclass(frozen=True)
class _Candidate:
    """A body, where to look for it next, and how much moves under its joints."""

    body: Body
    region: Region
    energy: float

    @property
    def score(self) -> float:
        return self.body.presence * (_AT_REST + self.energy)
