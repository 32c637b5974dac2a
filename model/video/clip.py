"""From a file to the frames that a model sees: the steps of the package in their order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.contract import Contract, Crop, Limits
from model.errors import CorruptVideo, TooShort
from model.video.colour import grey_to_ordinary, to_ordinary
from model.video.crop import GREY_SIDE, Square, cut, find_athlete, small_grey
from model.video.decode import decode
from model.video.headers import ORDINARY, Colour
from model.video.preflight import Probe, open_film
from model.video.preprocess import resize, to_tensor
from model.video.sampling import sample_frames
from model.video.still import still

_FRAME_PIXELS = 1280 * 720
_CLIP_PIXELS = 48 * _FRAME_PIXELS
"""Kept pixels of one frame, and of all frames of a clip together (133 MB)."""
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
    limits = contract.limits
    film, probe = open_film(path, limits)
    max_pixels = min(_FRAME_PIXELS, _CLIP_PIXELS // contract.frames)
    _require_most(len(film.frames), probe, limits)
    sampled = sample_frames(film.ticks, contract.frames)
    decoded = decode(film, probe, limits, sampled, max_pixels=max_pixels, deadline=deadline)
    count = len(film.frames)
    if not decoded.frames.keys() >= set(sampled):
        came = decode(film, probe, limits, (), max_pixels=max_pixels, everything=True, deadline=deadline).numbers
        count = len(came)
        _require_most(count, probe, limits)
        numbers = np.array(sorted(came))
        sampled = tuple(numbers[list(sample_frames(film.ticks[numbers], contract.frames))].tolist())
        decoded = decode(film, probe, limits, sampled, max_pixels=max_pixels, everything=True, deadline=deadline)
    times = film.times
    whole = [decoded.frames[number] for number in sampled]
    frames, crop = model_view(whole, contract, decoded.colour, bgr=True)
    return Clip(
        frames=frames,
        seconds=probe.seconds * count / probe.frames,
        declared=probe.frames,
        frame_count=count,
        width=decoded.width,
        height=decoded.height,
        sampled=sampled,
        sampled_seconds=tuple(times[list(sampled)].tolist()),
        crop=crop and crop.scaled(decoded.width / whole[0].shape[1]),
        whole=tuple(whole),
        colour=decoded.colour,
    )


def _require_most(count: int, probe: Probe, limits: Limits) -> None:
    """Refuse a clip that is not whole: an answer from what is left of it would not be an answer to the clip.

    Raises:
        CorruptVideo: fewer than nine tenths of the declared frames are there.
        TooShort: fewer are there than a clip must have.
    """
    if count >= max(limits.min_frames, math.ceil(LEAST_SHARE * probe.frames)):
        return
    kind = TooShort if count < limits.min_frames else CorruptVideo
    raise kind(
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
