"""From a file to the frames that a model sees: the steps of the package in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.contract import Contract, Crop
from model.errors import TooShort
from model.video.crop import GREY_SIDE, Square, cut, find_athlete, small_grey
from model.video.decode import decode
from model.video.preflight import preflight
from model.video.preprocess import resize, to_tensor
from model.video.sampling import sample_indices
from model.video.still import still

_FRAME_PIXELS = 1280 * 720
_CLIP_PIXELS = 48 * _FRAME_PIXELS
"""Kept pixels of one frame, and of all frames of a clip together (133 MB)."""


@dataclass(frozen=True)
class Clip:
    """A clip as a model sees it, and where that comes from.

    Attributes:
        frames: uint8 [n, size, size, 3], RGB.
        seconds: duration of the whole clip.
        frame_count: frames of the whole clip; what really came, where a damaged file declares more.
        width, height: of a frame as displayed, in pixels.
        sampled: number of each of the n frames in the clip.
        sampled_seconds: when each is shown.
        crop: what was cut out, in pixels of the displayed frame; None for the whole frame.
        stills: the n frames whole, uint8 [h, w, 3] RGB, at most 240 pixels high: for people, not for tensors.
    """

    frames: np.ndarray
    seconds: float
    frame_count: int
    width: int
    height: int
    sampled: tuple[int, ...]
    sampled_seconds: tuple[float, ...]
    crop: Square | None
    stills: tuple[np.ndarray, ...]

    @property
    def tensor(self) -> np.ndarray:
        """The graph's input: float32 [1, n, size, size, 3], RGB in [0, 1]."""
        return to_tensor(self.frames[None])


def read_clip(path: Path, contract: Contract, *, deadline: float | None = None) -> Clip:
    """The one way from a file to what a model sees, in training and in serving.

    1. `preflight`: only mp4 and mov within the limits of the contract go on.
    2. `sample_indices`: the n frame numbers, uniform over the declared frames.
    3. `decode`: forward, only those frames kept, RGB, as displayed, at most 1280 x 720 pixels each. If fewer frames
       come than were declared, the numbers are chosen again among those that came.
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
    probe = preflight(path, limits)
    max_pixels = min(_FRAME_PIXELS, _CLIP_PIXELS // contract.frames)
    sampled = sample_indices(probe.frames, contract.frames)
    decoded = decode(path, probe, limits, sampled, max_pixels=max_pixels, deadline=deadline)
    seconds, count = probe.seconds, probe.frames
    if decoded.count <= sampled[-1]:
        count = decoded.count
        if count < limits.min_frames:
            raise TooShort(
                f"Only {count} of {probe.frames} frames can be decoded; at least {limits.min_frames} are needed.",
                hint="The video is damaged: export or download the clip again.",
            )
        sampled = sample_indices(count, contract.frames)
        decoded = decode(path, probe, limits, sampled, max_pixels=max_pixels, deadline=deadline)
        seconds *= count / probe.frames
    whole = [decoded.frames[number] for number in sampled]
    frames, crop = model_view(whole, contract)
    return Clip(
        frames=frames,
        seconds=seconds,
        frame_count=count,
        width=decoded.width,
        height=decoded.height,
        sampled=sampled,
        sampled_seconds=tuple(decoded.seconds[number] for number in sampled),
        crop=crop and crop.scaled(decoded.width / whole[0].shape[1]),
        stills=tuple(still(frame) for frame in whole),
    )


def model_view(whole: Sequence[np.ndarray], contract: Contract) -> tuple[np.ndarray, Square | None]:
    """The part of a clip's sampled frames that the model sees: the same for film and for rendered frames.

    Args:
        whole: the n frames, uint8 [H, W, 3] RGB, of one size, as displayed.
        contract: size, crop and interpolation.

    Returns:
        uint8 [n, size, size, 3] RGB, and the square in pixels of the frames given; None for the whole frame.
    """
    size, interpolation = contract.size, contract.interpolation
    if contract.crop is Crop.ATHLETE:
        athlete = find_athlete(np.stack([small_grey(frame) for frame in whole]))
        if athlete.square is not None:
            scale = max(whole[0].shape[:2]) / GREY_SIDE
            square = athlete.square.scaled(scale)
            return cut(whole, square, athlete.shifts * scale, size, interpolation), square
    return np.stack([resize(frame, size, size, interpolation) for frame in whole]), None
