"""From a file to the frames that a model sees: the steps of the package in their order."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.contract import Contract, Crop, Limits
from model.defaults import WORKOUT_SECONDS
from model.errors import CorruptVideo, TooLong, TooShort
from model.video.colour import grey_to_ordinary, to_ordinary
from model.video.crop import GREY_SIDE, Square, cut, find_athlete, small_grey
from model.video.decode import Decoded, decode
from model.video.headers import ORDINARY, Colour
from model.video.preflight import Probe, open_film
from model.video.preprocess import resize, to_tensor
from model.video.sampling import sample_frames
from model.video.still import still

_FRAME_PIXELS = 1280 * 720
_CLIP_PIXELS = 48 * _FRAME_PIXELS
"""Kept pixels of one frame, and of all frames of a clip together (133 MB)."""
_INSTANT = 1e-6
"""Seconds by which a frame may be early or late to be within a part."""
LEAST_SHARE = 0.9
"""Share of the declared frames that must be there."""


@dataclass(frozen=True)
class Clip:
    """A clip as a model sees it, and where that comes from.

    Attributes:
        frames: uint8 [n, size, size, 3], RGB.
        seconds: duration of the whole clip.
        declared: frames that the file says it has.
        frame_count: frames of the whole clip; what really came, where a damaged file declares more.
        width, height: of a frame as displayed, in pixels.
        sampled: number of each of the n frames in the clip.
        sampled_seconds: when each is shown.
        crop: what was cut out, in pixels of the displayed frame; None for the whole frame.
        whole: the n frames whole, uint8 [h, w, 3] BGR, in the colour of the film; at most 133 MB together.
        colour: that colour.
    """

    frames: np.ndarray
    seconds: float
    declared: int
    frame_count: int
    width: int
    height: int
    sampled: tuple[int, ...]
    sampled_seconds: tuple[float, ...]
    crop: Square | None
    whole: tuple[np.ndarray, ...]
    colour: Colour

    @property
    def tensor(self) -> np.ndarray:
        """The graph's input: float32 [1, n, size, size, 3], RGB in [0, 1]."""
        return to_tensor(self.frames[None])

    @property
    def stills(self) -> tuple[np.ndarray, ...]:
        """The n frames whole, uint8 [h, w, 3] RGB, at most 240 pixels high: for people, not for tensors."""
        return tuple(to_ordinary(_rgb(still(frame), bgr=True), self.colour) for frame in self.whole)


def read_clip(path: Path, contract: Contract, *, deadline: float | None = None) -> Clip:
    """The one way from a file to what a model sees, in training and in serving.

    1. `preflight`: only mp4 and mov within the limits of the contract go on.
    2. `sample_frames`: n frames, uniform in time.
    3. `decode`: those frames and what they are decoded from, as displayed, at most 1280 x 720 pixels each. If one
       of them does not come, the whole clip is decoded, and they are chosen again among the frames that came.
    4. `model_view`: the athlete's square, if the contract says so and something moves; else the whole frame.
    5. Resized with the contract's interpolation to [n, size, size, 3].

    The result is the same to the bit in every process and thread of one machine.

    Args:
        path: an mp4 or mov file.
        contract: frames, size, crop, interpolation and limits.
        deadline: instant of `time.monotonic()` at which to give up.

    Raises:
        ClipError: the clip cannot be read or is outside the limits; see `preflight` and `decode`.
        TimedOut: the deadline passed.
    """
    return ClipReader(path, contract, deadline=deadline).clip()


class ClipReader:
    """A file of which several parts are looked at, one after the other.

    Args:
        path: an mp4 or mov file.
        contract: frames, size, crop, interpolation and limits.
        deadline: instant of `time.monotonic()` at which to give up.
        part: first and last second of what is looked at; the file may then be as long as a workout. None for all.
    """

    def __init__(
        self,
        path: Path,
        contract: Contract,
        *,
        deadline: float | None = None,
        part: tuple[float, float] | None = None,
    ) -> None:
        """Open it; raises `ClipError` if it cannot be read, or it or the part is outside the limits."""
        self._deadline, self._part, self._most_seconds = deadline, part, contract.limits.max_seconds
        if part is not None:
            limits = contract.limits.model_copy(update={"max_seconds": max(self._most_seconds, WORKOUT_SECONDS)})
            contract = contract.model_copy(update={"limits": limits})
        self._contract = contract
        self._film, self._probe = open_film(path, contract.limits)
        _require_most(len(self._film.frames), self._probe, contract.limits)
        self._there = self._within(np.arange(len(self._film.frames)))
        self._declared = self._probe.frames if part is None else len(self._there)
        self._damaged = False
        self._kept = Decoded()
        self._kept_pixels = 0

    @property
    def count(self) -> int:
        """How many frames there are: those that can be decoded, as far as is known."""
        return len(self._there)

    @property
    def seconds(self) -> float:
        """Duration of what is there, of the part that is looked at."""
        if self._part is not None:
            one = self._probe.seconds / self._probe.frames
            return self.last - self.first + one
        return self._probe.seconds * self.count / self._probe.frames

    @property
    def first(self) -> float:
        """Second of the first frame that is looked at."""
        return float(self.times[self._there[0]])

    @property
    def last(self) -> float:
        """Second of the last frame that is looked at."""
        return float(self.times[self._there[-1]])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame as displayed, in pixels, as soon as one was taken."""
        return self._kept.width, self._kept.height

    @property
    def pixels(self) -> int:
        """Pixels of a frame, as the file says."""
        return self._probe.width * self._probe.height

    def forget(self) -> None:
        """Give up the frames that were taken last: they are kept, for those who want them again."""
        self._kept.frames.clear()

    @property
    def times(self) -> np.ndarray:
        """When each frame of the file is shown, float64, by its number."""
        return self._film.times

    @property
    def keys(self) -> np.ndarray:
        """When the frames are shown at which decoding may start, as the file says, float64."""
        keys: np.ndarray = self._film.times[self._film.samples.sync[self._film.frames]]
        return keys

    def frame_at(self, second: float) -> int:
        """The number of the frame that is shown nearest to a second."""
        return int(np.abs(self.times - second).argmin())

    def between(self, first: float, last: float, count: int) -> tuple[int, ...]:
        """Numbers of `count` frames, uniform in time, of those that are shown between two instants in seconds."""
        times = self.times[self._there]
        inside = self._there[(times >= first - _INSTANT) & (times <= last + _INSTANT)]
        if not inside.size:
            inside = self._there[[int(np.abs(times - first).argmin())]]
        return tuple(inside[list(sample_frames(self._film.ticks[inside], count))].tolist())

    def prepare(self, count: int, rate: float) -> None:
        """Take at once, if they are few, `count` frames of the whole clip and those that are looked at in a second.

        Both are wanted of a short clip, and to decode it once costs half of what it costs to decode it twice.
        """
        looked_at = max(3, round(self.seconds * rate))
        if frame_pixels(count + looked_at) < _FRAME_PIXELS:
            return

        def both() -> list[int]:
            return sorted({*self.between(-math.inf, math.inf, count), *self.between(-math.inf, math.inf, looked_at)})

        self.take(both, _FRAME_PIXELS)

    def clip(self, first: float = -math.inf, last: float = math.inf) -> Clip:
        """What a model sees of the clip, or of the part between two instants, in seconds.

        Raises:
            CorruptVideo: fewer than nine tenths of the declared frames are there.
            TooShort: a part of the clip has fewer frames than a clip must have.
            TooManyPixels, TooLong, TimedOut: see `decode`.
        """
        contract = self._contract
        max_pixels = frame_pixels(contract.frames)
        sampled, decoded = self.take(lambda: self.between(first, last, contract.frames), max_pixels)
        whole = [decoded.frames[number] for number in sampled]
        frames, crop = model_view(whole, contract, decoded.colour, bgr=True)
        return Clip(
            frames=frames,
            seconds=self.seconds,
            declared=self._declared,
            frame_count=self.count,
            width=decoded.width,
            height=decoded.height,
            sampled=sampled,
            sampled_seconds=tuple(self.times[list(sampled)].tolist()),
            crop=crop and crop.scaled(decoded.width / whole[0].shape[1]),
            whole=tuple(whole),
            colour=decoded.colour,
        )

    def take(self, choose: Callable[[], Sequence[int]], max_pixels: int) -> tuple[tuple[int, ...], Decoded]:
        """Frames, and those that were taken before, if that was at the same size and they are all that is wanted.

        Args:
            choose: gives the numbers of frames that are there; asked again if one of them turns out not to be.
            max_pixels: to about as many each is reduced.

        Raises:
            ClipError, TimedOut: see `clip`.
        """
        numbers = tuple(choose())
        if max_pixels == self._kept_pixels and self._kept.frames.keys() >= set(numbers):
            return numbers, self._kept
        decoded = self._decoded(numbers, max_pixels)
        if not self._damaged and not decoded.frames.keys() >= set(numbers):
            self._damaged = True
            came = self._decoded((), max_pixels).numbers
            _require_most(len(came), self._probe, self._contract.limits)
            self._there = self._within(np.array(sorted(came)))
            numbers = tuple(choose())
            decoded = self._decoded(numbers, max_pixels)
        self._kept, self._kept_pixels = decoded, max_pixels
        return numbers, decoded

    def _within(self, numbers: np.ndarray) -> np.ndarray:
        """Those of some frames that belong to the part that is looked at.

        Raises:
            TooShort, TooLong: the part has too few, or lasts too long.
        """
        if self._part is None:
            return numbers
        first, last = self._part
        times, least = self.times[numbers], self._contract.limits.min_frames
        within: np.ndarray = numbers[(times >= first - _INSTANT) & (times <= last + _INSTANT)]
        if len(within) < least:
            frames = "1 frame" if len(within) == 1 else f"{len(within)} frames"
            raise TooShort(
                f"From {first:.4g} to {last:.4g} s the clip has {frames}; at least {least} are needed.",
                hint="Choose a part that holds one whole repetition.",
            )
        lasting = float(self.times[within[-1]] - self.times[within[0]])
        if lasting > self._most_seconds:
            raise TooLong(f"The part lasts {lasting:.4g} s; at most {self._most_seconds:g} s are accepted.")
        return within

    def _decoded(self, numbers: Sequence[int], max_pixels: int) -> Decoded:
        return decode(
            self._film,
            self._probe,
            self._contract.limits,
            numbers,
            max_pixels=max_pixels,
            everything=self._damaged,
            deadline=self._deadline,
        )


def frame_pixels(count: int) -> int:
    """To about how many pixels each of `count` frames is reduced that are kept at once."""
    return min(_FRAME_PIXELS, _CLIP_PIXELS // count)


def _require_most(count: int, probe: Probe, limits: Limits) -> None:
    """Refuse a clip that is not whole: an answer from what is left of it would not be an answer to the clip.

    Raises:
        CorruptVideo: fewer than nine tenths of the declared frames are there, or fewer than a clip must have.
    """
    if count >= max(limits.min_frames, math.ceil(LEAST_SHARE * probe.frames)):
        return
    raise CorruptVideo(
        f"Only {count} of {probe.frames} frames can be decoded: the video is damaged or was cut off.",
        hint="Export or download the clip again, and wait until the transfer has finished.",
    )


def model_view(
    whole: Sequence[np.ndarray], contract: Contract, colour: Colour = ORDINARY, *, bgr: bool = False
) -> tuple[np.ndarray, Square | None]:
    """The part of a clip's sampled frames that the model sees: the same for film and for rendered frames.

    Args:
        whole: the n frames, uint8 [H, W, 3] RGB, of one size, as displayed.
        contract: size, crop and interpolation.
        colour: how their values are meant.
        bgr: their channels stand the other way round, as the decoder gives them.

    Returns:
        uint8 [n, size, size, 3] RGB as an ordinary display shows them, and the square in pixels of the frames given;
        None for the whole frame.
    """
    size, interpolation = contract.size, contract.interpolation
    if contract.crop is Crop.ATHLETE:
        grey = np.stack([small_grey(frame, bgr=bgr) for frame in whole])
        athlete = find_athlete(grey_to_ordinary(grey, colour))
        if athlete.square is not None:
            scale = max(whole[0].shape[:2]) / GREY_SIDE
            square = athlete.square.scaled(scale)
            frames = cut(whole, square, athlete.shifts * scale, size, interpolation)
            return to_ordinary(_rgb(frames, bgr), colour), square
    frames = np.stack([resize(frame, size, size, interpolation) for frame in whole])
    return to_ordinary(_rgb(frames, bgr), colour), None


def _rgb(frames: np.ndarray, bgr: bool) -> np.ndarray:
    return np.ascontiguousarray(frames[..., ::-1]) if bgr else frames
