"""The decoder: one forward pass over a clip that keeps what it is asked for, reduced at once.

OpenCV's FFmpeg decodes. It is opened with the one container format and the one protocol that we accept, so that
no content of a file makes it open another file or a connection, and it uses one thread: a damaged
stream then gives the same picture every time, and the memory of a large one stays small.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from model.contract import Limits
from model.errors import CorruptVideo, TimedOut
from model.video.preflight import Probe, enforce

# Process-wide, and read by OpenCV at every opening: set once, here, before any thread opens a clip. Not a setting:
# nothing that an operator might have put there may widen it.
os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = (
    "format_whitelist;mov,mp4,m4a,3gp,3g2,mj2|protocol_whitelist;file|codec_whitelist;h264,hevc,libdav1d,vp9,mpeg4"
)
# What FFmpeg and OpenCV have to say about a damaged clip is said by our own errors.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
cv2.setNumThreads(1)

_OPENING = [
    *(cv2.CAP_PROP_N_THREADS, 1),
    *(cv2.CAP_PROP_HW_ACCELERATION, cv2.VIDEO_ACCELERATION_NONE),
]
_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
_QUARTERS = (90, 270)


@dataclass
class Decoded:
    """What one pass over a clip gave.

    Attributes:
        count: frames that came, up to the last wanted one.
        width, height: of a frame as displayed, before reduction, in pixels.
        frames: wanted frames by number: uint8 [h, w, 3], RGB, as displayed, reduced, all of one size.
        seconds: presentation time of the wanted frames by number.
    """

    count: int = 0
    width: int = 0
    height: int = 0
    frames: dict[int, np.ndarray] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)


def decode(
    path: Path,
    probe: Probe,
    limits: Limits,
    wanted: Collection[int],
    *,
    max_pixels: int,
    deadline: float | None = None,
) -> Decoded:
    """Decode a clip forward up to the last wanted frame; the others are decoded but never converted.

    Args:
        path: a file that passed `preflight` as `probe`.
        limits: held once more against what the decoder really gives.
        wanted: numbers of the frames to keep.
        max_pixels: a frame is reduced to at most about this many as soon as it is there.
        deadline: instant of `time.monotonic()` at which to give up.

    Raises:
        CorruptVideo: the file cannot be opened, or its frames change their size.
        TooManyPixels, TooLong: the frames are larger than the index says, and than the limits.
        TimedOut: the deadline passed.
    """
    # Absolute, because FFmpeg takes "http:x.mp4" for an address.
    capture = cv2.VideoCapture(os.fspath(path.absolute()), cv2.CAP_FFMPEG, _OPENING)
    try:
        if not capture.isOpened():
            raise CorruptVideo("The decoder cannot open the video; its index or its first frame is damaged.")
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)  # frames are turned here, after they were reduced
        width, height = (int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        enforce(replace(probe, width=width, height=height), limits)
        return _pass(capture, probe, set(wanted), max_pixels, deadline)
    finally:
        capture.release()


def _pass(
    capture: cv2.VideoCapture, probe: Probe, wanted: set[int], max_pixels: int, deadline: float | None
) -> Decoded:
    decoded = Decoded()
    shape: tuple[int, ...] | None = None
    for number in range(max(wanted) + 1):
        if deadline is not None and time.monotonic() > deadline:
            raise TimedOut(f"The time was up after {number} of {probe.frames} frames.")
        if not capture.grab():
            break
        decoded.count += 1
        if number not in wanted:
            continue
        seconds = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        came, bgr = capture.retrieve()
        if not came or bgr.ndim != 3:
            raise CorruptVideo(f"Frame {number} of the video cannot be decoded.")
        if shape not in (None, bgr.shape):
            raise CorruptVideo(f"The frames of the video change their size at frame {number}.")
        shape = bgr.shape
        decoded.frames[number] = _displayed(cv2.cvtColor(_reduced(bgr, max_pixels), cv2.COLOR_BGR2RGB), probe)
        decoded.seconds[number] = seconds
    if shape is not None:
        decoded.height, decoded.width = shape[1::-1] if probe.rotation in _QUARTERS else shape[:2]
    return decoded


def _reduced(frame: np.ndarray, max_pixels: int) -> np.ndarray:
    """The frame with its sides divided by the smallest whole number that brings it to `max_pixels`."""
    height, width = frame.shape[:2]
    divisor = max(1, math.ceil(math.sqrt(height * width / max_pixels)))
    if divisor == 1:
        return frame
    size = (max(1, width // divisor), max(1, height // divisor))
    reduced: np.ndarray = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return reduced


def _displayed(frame: np.ndarray, probe: Probe) -> np.ndarray:
    """The frame mirrored and turned as its track asks for."""
    if probe.mirrored:
        frame = cv2.flip(frame, 1)
    return cv2.rotate(frame, _TURNS[probe.rotation]) if probe.rotation else frame
