"""The decoder: one forward pass over what is needed of a film, which keeps what it is asked for, reduced at once.

OpenCV's FFmpeg decodes. It gets a film that we wrote, from memory, and is opened with one container format, no protocol
and a list of decoders, so that no content of a file makes it open another file, a connection or another decoder. It
uses one thread: a damaged stream then gives the same picture every time, and the memory of a large one stays small.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Collection, Iterator, Mapping
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
        display = _Display(probe, aspect, max_pixels, len(set(wanted)))
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
    while everything or len(decoded.frames) < len(wanted):
        if deadline is not None and time.monotonic() > deadline:
            raise TimedOut(f"The time was up after {len(decoded.numbers)} of {display.probe.frames} frames.")
        if not capture.grab():
            break
        number = numbers.get(round(capture.get(cv2.CAP_PROP_POS_MSEC)))
        if number is None or number in decoded.numbers:  # hidden by an edit, or shown twice by a damaged stream
            continue
        decoded.numbers.add(number)
        if number in wanted:
            decoded.frames[number] = display.take(capture, number)
    decoded.width, decoded.height = display.size
    return decoded


class _Display:
    """How decoded frames become those that are looked at: reduced, mirrored and turned.

    All are kept in one block of memory, which large pages can hold: given out one by one, the pages of ten frames of
    480p took a sixth of the time that it takes to read a clip. What lies between a decoded and a kept frame is used
    again for the next one.

    Args:
        probe: says how frames are turned.
        aspect: width of a pixel by its height.
        max_pixels: to about as many a frame is reduced.
        count: how many will be kept.
    """

    def __init__(self, probe: Probe, aspect: float, max_pixels: int, count: int) -> None:
        self.probe = probe
        self._aspect = aspect
        self._max_pixels = max_pixels
        self._count = count
        self._shape: tuple[int, ...] | None = None
        self._free: Iterator[np.ndarray] = iter(())
        self._decoded: np.ndarray | None = None
        self._reduced: np.ndarray | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame as displayed, before reduction; 0 if none was taken."""
        if self._shape is None:
            return 0, 0
        height, width = self._shape[0], displayed_width(self._shape[1], self._aspect)
        return (height, width) if self.probe.rotation in _QUARTERS else (width, height)

    def take(self, capture: cv2.VideoCapture, number: int) -> np.ndarray:
        """The frame that was grabbed, uint8 [h, w, 3] BGR, as it is looked at.

        Raises:
            CorruptVideo: it cannot be decoded, or has another size than those before.
        """
        kept = None if self._shape is None else next(self._free)
        came, bgr = capture.retrieve(kept if self._as_decoded else self._decoded)
        if not came or bgr.ndim != 3:
            raise CorruptVideo(f"Frame {number} of the video cannot be decoded.")
        if self._shape not in (None, bgr.shape):
            raise CorruptVideo(f"The frames of the video change their size at frame {number}.")
        if kept is None:
            self._shape = bgr.shape
            width, height = self._small
            turned = (width, height) if self.probe.rotation in _QUARTERS else (height, width)
            self._free = iter(np.empty((self._count, *turned, 3), np.uint8))
            kept = next(self._free)
        if bgr is not kept:
            self._decoded = bgr
            self._show(bgr, kept)
        return kept

    @property
    def _small(self) -> tuple[int, int]:
        """Width and height of a reduced frame before it is turned.

        Its pixels are square, its sides divided by the smallest whole number that makes it small enough.
        """
        assert self._shape is not None
        height, width = self._shape[0], displayed_width(self._shape[1], self._aspect)
        divisor = max(1, math.ceil(math.sqrt(height * width / self._max_pixels)))
        return max(1, width // divisor), max(1, height // divisor)

    @property
    def _as_decoded(self) -> bool:
        """Whether a frame is looked at as it was decoded."""
        if self._shape is None or self.probe.mirrored or self.probe.rotation:
            return False
        return self._small == self._shape[1::-1]

    def _show(self, bgr: np.ndarray, kept: np.ndarray) -> None:
        """Write a decoded frame into a kept one."""
        frame = bgr
        if self._small != bgr.shape[1::-1]:
            frame = self._reduced = cv2.resize(bgr, self._small, self._reduced, interpolation=cv2.INTER_AREA)
        if self.probe.mirrored:
            frame = cv2.flip(frame, 1)
        if self.probe.rotation:
            cv2.rotate(frame, _TURNS[self.probe.rotation], kept)
        else:
            kept[:] = frame
