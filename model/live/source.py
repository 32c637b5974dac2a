"""Frames as they come, from a camera or a film at its own pace."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from model.contract import Contract
from model.errors import NotFound
from model.video import ClipReader, as_rgb, frame_pixels, nearly_ordinary
from model.workout.analyse import LIMITS

LARGEST = 960
"""Longer side of a camera's frames that are given, in pixels: of larger ones, nothing more is seen."""

_SPAN_SECONDS = 2.0
"""How much of a film is decoded at once."""


def frames(source: str, contract: Contract, *, rate: float, wait: bool = True) -> Iterator[tuple[float, np.ndarray]]:
    """The frames of a source, some a second; what cannot be shown in time is left out.

    Args:
        source: number of a camera, or path of a file (mp4 or mov).
        contract: of the model, for how files are read.
        rate: most frames in a second.
        wait: whether a file is shown at its own pace.

    Yields:
        Seconds since the begin, and the frame as it is displayed, uint8 [H, W, 3], RGB.

    Raises:
        NotFound: there is no such camera, or file.
        ClipError: the file cannot be read.
    """
    if source.isdecimal():
        return _from_camera(int(source), rate)
    if not Path(source).is_file():
        raise NotFound(f"There is no file {source}.", hint="Give the path of a film, or the number of a camera: 0.")
    return _from_file(ClipReader(Path(source), contract.model_copy(update={"limits": LIMITS})), rate, wait)


def _from_camera(number: int, rate: float) -> Iterator[tuple[float, np.ndarray]]:
    capture = cv2.VideoCapture(number)
    try:
        if not capture.isOpened():
            raise NotFound(f"There is no camera {number}.", hint="Try 0, or 1; another program may be using it.")
        start, due = time.monotonic(), 0.0
        while capture.grab():  # always the newest: what was not looked at in time is gone
            second = time.monotonic() - start
            if second < due:
                continue
            due = second + 1 / rate
            whole, frame = capture.retrieve()
            if whole:
                yield second, _small(frame)
    finally:
        capture.release()


def _from_file(reader: ClipReader, rate: float, wait: bool) -> Iterator[tuple[float, np.ndarray]]:
    begun, first = time.monotonic(), float(reader.times[0])
    end = float(reader.times[-1])
    edges = [*np.arange(first, end, _SPAN_SECONDS).tolist(), end + 1e-3]
    shown = -1
    for start, after in itertools.pairwise(edges):
        count = max(3, math.ceil((after - start) * rate))
        numbers, decoded = reader.take(partial(reader.between, start, after, count), frame_pixels(count))
        for number in sorted(set(numbers)):
            second = float(reader.times[number]) - first
            late = time.monotonic() - begun - second
            if number <= shown or (wait and late > 1 / rate and shown >= 0):
                continue
            if wait and late < 0:
                time.sleep(-late)
            shown = number
            yield second, nearly_ordinary(as_rgb(decoded.frames[number]), decoded.colour)
        reader.forget()


def _small(frame: np.ndarray) -> np.ndarray:
    """The frame in RGB, no larger than LARGEST."""
    factor = LARGEST / max(frame.shape[:2])
    if factor < 1:
        frame = cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    rgb: np.ndarray = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
    return rgb
