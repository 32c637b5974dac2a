"""The second stream of a bundle: from a clip to what the athlete's body says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from model.body.course import Stretch, stretches
from model.body.reading import BodyNetwork, Reading
from model.bundle import Bundle
from model.contract import BodyStream
from model.pose import weights
from model.pose.blazepose import BlazePose
from model.pose.follow import Tracker
from model.pose.read import Followed, follow_clip, follow_closer
from model.pose.track import RATE, Track
from model.video import ClipReader

LONG_SECONDS, LONG_RATE = 12.0, 8.0
"""Of clips longer than this, fewer frames a second are looked at: repetitions are counted as well, for less."""

QUICK = frozenset(("double-unders",))
"""Movements whose repetitions last half a second: of those, so few frames show too little."""
_QUICK_SHARE, _QUICK_SECONDS = 0.3, 1.0
"""Mean probability of one, over so many seconds, from which on more frames are looked at."""
_MOST_QUICK_SECONDS = 600.0
"""Of more than so many, the rest is left as it is: who asks does not wait for ever."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BodyView:
    """What the body says of a clip.

    Attributes:
        film: the body as it was followed.
        track: the same at even instants.
        reading: what it says at every instant.
        stretches: the movements along the most probable way.
        counting: how probable it is at every instant that anything is repeated, whatever it is called, and the turn;
            None without a network that counts.
        exercises: where that is, along the most probable way.
    """

    film: Followed
    track: Track
    reading: Reading
    stretches: tuple[Stretch, ...]
    counting: Reading | None = None
    exercises: tuple[Stretch, ...] = ()


class BodyWatcher:
    """BlazePose and the network on landmarks, for one thread."""

    def __init__(
        self,
        network: bytes,
        contract: BodyStream,
        *,
        counter: bytes | None = None,
        pose: Path | None = None,
        threads: int = 1,
    ) -> None:
        """Open all; raises `ModelUnavailable` if one cannot be opened."""
        self._contract = contract
        self._pose = BlazePose(pose, threads=threads)
        self._network = BodyNetwork(network, len(contract.shares), threads=threads)
        self._counter = None if counter is None else BodyNetwork(counter, 1, threads=threads)

    @classmethod
    def of(cls, bundle: Bundle, *, threads: int = 1) -> Self | None:
        """That of a bundle; None if its contract has no second stream, or where BlazePose's weights are not."""
        if bundle.contract.body is None or bundle.body_path is None:
            return None
        pose = bundle.pose_folder or weights.DEFAULT_FOLDER
        if not (pose / weights.LANDMARKS.name).is_file():
            logger.warning("there are no weights of BlazePose: pictures alone answer")
            return None
        counter = None if bundle.counter_path is None else bundle.counter_path.read_bytes()
        return cls(bundle.body_path.read_bytes(), bundle.contract.body, counter=counter, pose=pose, threads=threads)

    def watch(
        self,
        reader: ClipReader,
        *,
        athlete: tuple[float, float] | None = None,
        deadline: float | None = None,
        progress: Callable[[float], None] = lambda share: None,
    ) -> BodyView | None:
        """What the athlete's body says of a clip; None where no body can be followed. See `follow`."""
        return self.read(self.follow(reader, athlete=athlete, deadline=deadline, progress=progress))

    def follow(
        self,
        reader: ClipReader,
        *,
        athlete: tuple[float, float] | None = None,
        piece: tuple[float, float] | None = None,
        deadline: float | None = None,
        progress: Callable[[float], None] = lambda share: None,
    ) -> Followed:
        """The athlete through a clip.

        Args:
            reader: of the clip.
            athlete: where somebody pointed the athlete out, see `model.pose.follow.follow`.
            piece: what of the clip, see `model.pose.read.follow_clip`; None for all.
            deadline: instant of `time.monotonic()` at which to give up.
            progress: told which share is done, again and again.

        Raises:
            ClipError: the clip cannot be read.
            TimedOut: the deadline passed.
        """
        return follow_clip(
            reader,
            self._pose,
            rate=rate_for(reader.seconds),
            sparing=True,
            athlete=athlete,
            piece=piece,
            deadline=deadline,
            progress=progress,
        )

    def closer(
        self,
        view: BodyView,
        reader: ClipReader,
        labels: Sequence[str],
        *,
        athlete: tuple[float, float] | None = None,
        deadline: float | None = None,
    ) -> Followed:
        """The athlete through a clip, with as many frames as in short clips where a quick movement may be done.

        Args:
            view: what the body says of the clip as it was followed.
            labels: of the movements.
            reader, athlete, deadline: as for `follow`.

        Raises as `follow` does.
        """
        quick = [number for number, label in enumerate(labels) if label in QUICK]
        width = round(_QUICK_SECONDS * RATE)
        if not quick or rate_for(reader.seconds) == RATE or len(view.track) < width:
            return view.film
        probable = view.reading.probabilities[:, quick].sum(axis=1)
        means = np.convolve(probable, np.full(width, 1 / width), "same")
        instants = view.track.seconds[means >= _QUICK_SHARE][: round(_MOST_QUICK_SECONDS * RATE)]
        return follow_closer(view.film, reader, self._pose, instants, rate=RATE, athlete=athlete, deadline=deadline)

    def tracker(self, size: tuple[int, ...]) -> Tracker:
        """What follows the athlete frame by frame, of a film of some height and width that is still going on."""
        return Tracker(self._pose, size)

    def probabilities(self, track: Track) -> np.ndarray:
        """What the network says of every instant of a track, float64 [T, movements + 1]."""
        return self._network.read(track, temperature=self._contract.temperature).probabilities

    def read(self, film: Followed, *, agree: bool = False) -> BodyView | None:
        """What the athlete's body says; None if it was not followed anywhere.

        Args:
            film: the body as it was followed.
            agree: whether the network that counts has a say in when a movement's repetitions begin and end. How both
                streams of a clip are joined was fitted without it.
        """
        track = Track.of(film.bodies, film.seconds, film.cuts)
        if track is None:
            return None
        shots = track.shots(film.cuts)
        reading = _reading(self._network, track, shots, self._contract.temperature)
        if self._counter is None:
            return BodyView(film, track, reading, _stretches(reading, shots))
        counting = _reading(self._counter, track, shots, 1.0)
        if agree:
            reading, counting = agreed(reading, counting)
        return BodyView(film, track, reading, _stretches(reading, shots), counting, _stretches(counting, shots))


def _reading(network: BodyNetwork, track: Track, shots: Sequence[range], temperature: float) -> Reading:
    """What a network says of a track, shot by shot: what came before a cut says nothing of what comes after it."""
    readings = [network.read(track.part(shot.start, shot.stop), temperature=temperature) for shot in shots]
    return Reading(
        np.concatenate([reading.probabilities for reading in readings]),
        np.concatenate([reading.direction for reading in readings]),
    )


def _stretches(reading: Reading, shots: Sequence[range]) -> tuple[Stretch, ...]:
    """What is done along the most probable way through every shot."""
    return tuple(
        replace(stretch, first=stretch.first + shot.start, after=stretch.after + shot.start)
        for shot in shots
        for stretch in stretches(
            reading.probabilities[shot.start : shot.stop], reading.direction[shot.start : shot.stop]
        )
    )


def agreed(named: Reading, counting: Reading) -> tuple[Reading, Reading]:
    """What two networks say who mean the same by a turn: to each, the other's direction is added as far as it is sure.

    Of sets in which both count the same, 97 % are exact, of the others half: together they err less than either.
    """
    exercise, movement = counting.probabilities[:, :1], 1 - named.probabilities[:, -1:]
    return (
        replace(named, direction=named.direction + exercise * counting.direction),
        replace(counting, direction=counting.direction + movement * named.direction),
    )


def rate_for(seconds: float) -> float:
    """Frames a second that are looked at of a clip of some length."""
    return RATE if seconds <= LONG_SECONDS else LONG_RATE
