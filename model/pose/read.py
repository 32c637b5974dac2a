"""From a file to the athlete's landmarks."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from model.answers.pose import BodyAnswer, PoseAnswer
from model.contract import MOVEMENTS, Contract, Crop
from model.pose.blazepose import BlazePose
from model.pose.body import NAMES, Body
from model.pose.follow import follow
from model.video import ClipReader, frame_pixels, to_ordinary

SPAN_SECONDS = 8.0
"""A film is followed in spans of at most so many seconds, whose frames are kept at once."""


def read_pose(path: Path, *, rate: float, threads: int = 2, folder: Path | None = None) -> PoseAnswer:
    """The athlete's landmarks through a clip.

    Args:
        path: an mp4 or mov file.
        rate: frames that are looked at in a second.
        threads: of the engine.
        folder: of the weights; without one, where `make pose` puts them.

    Raises:
        ClipError: the clip cannot be read.
        ModelUnavailable: the weights are missing.
    """
    pose = BlazePose(folder, threads=threads)
    contract = Contract(
        name="pose", version="1", architecture="BlazePose", movements=MOVEMENTS, size=64, crop=Crop.NONE
    )
    reader = ClipReader(path, contract)
    bodies, seconds = follow_clip(reader, pose, rate=rate)
    said = tuple(_said(body, second) for body, second in zip(bodies, seconds, strict=True))
    width, height = reader.size
    return PoseAnswer(file=str(path), width=width, height=height, names=NAMES, bodies=said)


def follow_clip(
    reader: ClipReader, pose: BlazePose, *, rate: float, deadline: float | None = None
) -> tuple[list[Body | None], list[float]]:
    """The athlete's body in some frames of a clip, and when each of them is shown.

    Args:
        reader: of the clip.
        pose: the networks.
        rate: frames that are looked at in a second, of those that there are.
        deadline: instant of `time.monotonic()` at which to give up.

    Returns:
        Bodies in pixels of the clip as it is displayed, None where none is followed; and seconds, increasing.

    Raises:
        ClipError: the clip cannot be read.
        TimedOut: the deadline passed.
    """
    bodies: list[Body | None] = []
    seconds: list[float] = []
    first, last = float(reader.times[0]), float(reader.times[-1])
    spans = max(1, math.ceil((last - first) / SPAN_SECONDS))
    count = max(3, round(reader.seconds / spans * rate))
    edges = np.linspace(first, last, 1 + spans)
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        numbers, decoded = reader.take(partial(reader.between, start, end, count), frame_pixels(count))
        chosen = [number for number in sorted(set(numbers)) if not seconds or reader.times[number] > seconds[-1]]
        frames = [
            to_ordinary(np.ascontiguousarray(decoded.frames[number][..., ::-1]), decoded.colour) for number in chosen
        ]
        when = reader.times[chosen].tolist()
        if frames:
            factor = decoded.width / frames[0].shape[1]
            bodies += [_scaled(body, factor) for body in follow(frames, when, pose, deadline=deadline)]
            seconds += when
    return bodies, seconds


def _scaled(body: Body | None, factor: float) -> Body | None:
    return body and replace(body, points=body.points * np.float32(factor), depth=body.depth * np.float32(factor))


def _said(body: Body | None, second: float) -> BodyAnswer:
    if body is None:
        return BodyAnswer(seconds=round(second, 3), presence=None, points=())
    rows = zip(body.points.tolist(), body.visibility.tolist(), strict=True)
    points = tuple((round(x, 1), round(y, 1), round(seen, 3)) for (x, y), seen in rows)
    return BodyAnswer(seconds=round(second, 3), presence=round(body.presence, 3), points=points)
