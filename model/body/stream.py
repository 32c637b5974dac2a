"""The second stream of a bundle: from a clip to what the athlete's body says."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from model.body.course import Stretch, stretches
from model.body.reading import BodyNetwork, Reading
from model.bundle import Bundle
from model.contract import BodyStream
from model.pose import weights
from model.pose.blazepose import BlazePose
from model.pose.read import follow_clip
from model.pose.track import RATE, Track
from model.video import ClipReader

LONG_SECONDS, LONG_RATE = 12.0, 8.0
"""Of clips longer than this, fewer frames a second are looked at: repetitions are counted as well, for less."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BodyView:
    """What the body says of a clip.

    Attributes:
        track: the body.
        reading: what it says at every instant.
        stretches: the movements along the most probable way.
    """

    track: Track
    reading: Reading
    stretches: tuple[Stretch, ...]


class BodyWatcher:
    """BlazePose and the network on landmarks, for one thread."""

    def __init__(self, network: bytes, contract: BodyStream, *, pose: Path | None = None, threads: int = 1) -> None:
        """Open both; raises `ModelUnavailable` if one cannot be opened."""
        self._contract = contract
        self._pose = BlazePose(pose, threads=threads)
        self._network = BodyNetwork(network, len(contract.shares), threads=threads)

    @classmethod
    def of(cls, bundle: Bundle, *, threads: int = 1) -> Self | None:
        """That of a bundle; None if its contract has no second stream, or where BlazePose's weights are not."""
        if bundle.contract.body is None or bundle.body_path is None:
            return None
        pose = bundle.pose_folder or weights.DEFAULT_FOLDER
        if not (pose / weights.LANDMARKS.name).is_file():
            logger.warning("there are no weights of BlazePose: pictures alone answer")
            return None
        return cls(bundle.body_path.read_bytes(), bundle.contract.body, pose=pose, threads=threads)

    def watch(self, reader: ClipReader, *, deadline: float | None = None) -> BodyView | None:
        """What the athlete's body says of a clip; None where no body can be followed.

        Raises:
            ClipError: the clip cannot be read.
            TimedOut: the deadline passed.
        """
        rate = rate_for(reader.seconds)
        bodies, seconds = follow_clip(reader, self._pose, rate=rate, deadline=deadline)
        track = Track.of(bodies, seconds)
        if track is None:
            return None
        reading = self._network.read(track, temperature=self._contract.temperature)
        return BodyView(track, reading, tuple(stretches(reading.probabilities, reading.direction)))


def rate_for(seconds: float) -> float:
    """Frames a second that are looked at of a clip of some length."""
    return RATE if seconds <= LONG_SECONDS else LONG_RATE
