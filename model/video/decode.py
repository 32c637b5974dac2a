"""The decoder: one forward pass over what is needed of a film, which keeps what it is asked for, reduced at once.

OpenCV's FFmpeg decodes. It gets a film that we wrote, from memory, and is opened with one container format, no protocol
and a list of decoders, so that no content of a file makes it open another file, a connection or another decoder. It
uses one thread: a damaged stream then gives the same picture every time, and the memory of a large one stays small.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import cv2
import numpy as np

from model.contract import Limits
from model.errors import CorruptVideo, TimedOut
from model.video.film import Film, SampleReader
from model.video.headers import Colour, displayed_width
from model.video.preflight import Probe, enforce, enforce_work

# Process-wide, and read by OpenCV at every opening: set once, here, before any thread opens a clip. Not a setting:
# nothing that an operator might have put there may widen it.
os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = (
    "format_whitelist;mov,mp4,m4a,3gp,3g2,mj2|protocol_whitelist;none|codec_whitelist;h264,hevc,libdav1d,vp9,mpeg4"
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
    """What the decoder gave of a film.

    Attributes:
        numbers: of the frames that came on the way, in order of presentation.
        width, height: of a frame as displayed, before reduction, in pixels.
        colour: how the values of the frames are meant; see `model.video.colour`.
        frames: wanted frames by number: uint8 [h, w, 3], BGR, as displayed, reduced, all of one size.
    """

    numbers: set[int] = field(default_factory=set)
    width: int = 0
    height: int = 0
    colour: Colour = field(default_factory=Colour)
    frames: dict[int, np.ndarray] = field(default_factory=dict)


def decode(
    film: Film,
    probe: Probe,
    limits: Limits,
    wanted: Collection[int],
    *,
    max_pixels: int,
    everything: bool = False,
    deadline: float | None = None,
) -> Decoded:
    """Decode the wanted frames of a film, and what they are decoded from, in one forward pass.

    Args:
        film: as `open_film` gave it.
        probe: the same in short.
        limits: held against what will be decoded, and against what the decoder really gives.
        wanted: numbers of the frames to keep, in order of presentation.
        max_pixels: a frame is reduced to at most about this many as soon as it is there.
        everything: decode all frames, whether or not they are needed: for a film that is damaged or that reorders its
            frames in a way that cannot be told beforehand.
        deadline: instant of `time.monotonic()` at which to give up.

    Raises:
        CorruptVideo: the film cannot be opened, or its frames change their size.
        TooManyPixels, TooLong: the frames, or all that must be decoded, are larger than the limits.
        TimedOut: the deadline passed.
    """
    with film.path.open("rb") as file:
        reader = SampleReader(film, file)
        indices = range(len(film.samples)) if everything else reader.needed([int(film.frames[n]) for n in wanted])
        enforce_work(probe, len(indices), int(film.samples.sizes[list(indices)].sum()), limits)
        # OpenCV keeps no reference to the content: it must outlive the capture.
        content, colour, aspect = reader.canonical(indices, limits)
    first = int(film.places[list(indices)].min())
    numbers = {int(film.places[sample]) - first: number for number, sample in enumerate(film.frames.tolist())}
    capture = cv2.VideoCapture(cast("cv2.IStreamReader", content), cv2.CAP_FFMPEG, _OPENING)
    try:
        if not capture.isOpened():
            raise CorruptVideo("The decoder cannot open the video; its index or its first frame is damaged.")
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)  # frames are turned here, after they were reduced
        width, height = (int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        enforce(replace(probe, width=width, height=height), limits)
        display = _Display(probe, aspect, max_pixels)
        decoded = _pass(capture, display, numbers, set(wanted), everything=everything, deadline=deadline)
        decoded.colour = colour
        return decoded
    finally:
        capture.release()


def _pass(
    capture: cv2.VideoCapture,
    display: _Display,
    numbers: Mapping[int, int],
    wanted: set[int],
    *,
    everything: bool,
    deadline: float | None,
) -> Decoded:
    """Take the frames as they come; the time of each, in milliseconds, is its place (see `model.video.canonical`)."""
    decoded = Decoded()
    shape: tuple[int, ...] | None = None
    while everything or len(decoded.frames) < len(wanted):
        if deadline is not None and time.monotonic() > deadline:
            raise TimedOut(f"The time was up after {len(decoded.numbers)} of {display.probe.frames} frames.")
        if not capture.grab():
            break
        number = numbers.get(round(capture.get(cv2.CAP_PROP_POS_MSEC)))
        if number is None or number in decoded.numbers:  # hidden by an edit, or shown twice by a damaged stream
            continue
        decoded.numbers.add(number)
        if number not in wanted:
            continue
        came, bgr = capture.retrieve()
        if not came or bgr.ndim != 3:
            raise CorruptVideo(f"Frame {number} of the video cannot be decoded.")
        if shape not in (None, bgr.shape):
            raise CorruptVideo(f"The frames of the video change their size at frame {number}.")
        shape = bgr.shape
        decoded.frames[number] = display.shown(bgr)
    if shape is not None:
        decoded.width, decoded.height = display.size(*shape[1::-1])
    return decoded


@dataclass(frozen=True)
class _Display:
    """How a decoded frame becomes one that is looked at.

    Attributes:
        probe: says how it is turned.
        aspect: width of a pixel by its height.
        max_pixels: to about as many it is reduced.
    """

    probe: Probe
    aspect: float
    max_pixels: int

    def shown(self, bgr: np.ndarray) -> np.ndarray:
        """A decoded frame, reduced, mirrored and turned."""
        frame = self._reduced(bgr)
        if self.probe.mirrored:
            frame = cv2.flip(frame, 1)
        return cv2.rotate(frame, _TURNS[self.probe.rotation]) if self.probe.rotation else frame

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of a frame as displayed, from those that were decoded."""
        width = displayed_width(width, self.aspect)
        return (height, width) if self.probe.rotation in _QUARTERS else (width, height)

    def _reduced(self, frame: np.ndarray) -> np.ndarray:
        """The frame with square pixels, its sides divided by the smallest whole number that makes it small enough."""
        height, width = frame.shape[0], displayed_width(frame.shape[1], self.aspect)
        divisor = max(1, math.ceil(math.sqrt(height * width / self.max_pixels)))
        size = (max(1, width // divisor), max(1, height // divisor))
        if size == frame.shape[1::-1]:
            return frame
        reduced: np.ndarray = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        return reduced
