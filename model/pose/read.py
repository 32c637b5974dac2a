"""From a file to the athlete's landmarks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model.answers.pose import BodyAnswer, PoseAnswer
from model.contract import MOVEMENTS, Contract, Crop, Limits
from model.errors import TooLong
from model.pose.blazepose import BlazePose
from model.pose.body import NAMES, Body
from model.pose.follow import follow
from model.video import preflight, read_clip

MOST_FRAMES = 300
"""Frames of one clip that are looked at: half a minute at ten a second. They are kept at once, reduced to fit."""


def read_pose(path: Path, *, rate: float, threads: int = 2, folder: Path | None = None) -> PoseAnswer:
    """The athlete's landmarks through a clip.

    Args:
        path: an mp4 or mov file.
        rate: frames that are looked at in a second.
        threads: of the engine.
        folder: of the weights; without one, where `make pose` puts them.

    Raises:
        ClipError: the clip cannot be read, or is too long for this.
        ModelUnavailable: the weights are missing.
    """
    pose = BlazePose(folder, threads=threads)
    count = max(3, round(preflight(path, Limits()).seconds * rate))
    if count > MOST_FRAMES:
        raise TooLong(
            f"{count} frames would be looked at; at most {MOST_FRAMES} are.", hint="Cut the clip, or ask for fewer."
        )
    contract = Contract(
        name="pose", version="1", architecture="BlazePose", movements=MOVEMENTS, frames=count, size=64, crop=Crop.NONE
    )
    clip = read_clip(path, contract)
    frames = [np.ascontiguousarray(frame[..., ::-1]) for frame in clip.whole]
    factor = clip.width / frames[0].shape[1]
    bodies = follow(frames, clip.sampled_seconds, pose)
    said = tuple(_said(body, second, factor) for body, second in zip(bodies, clip.sampled_seconds, strict=True))
    return PoseAnswer(file=str(path), width=clip.width, height=clip.height, names=NAMES, bodies=said)


def _said(body: Body | None, second: float, factor: float) -> BodyAnswer:
    if body is None:
        return BodyAnswer(seconds=round(second, 3), presence=None, points=())
    rows = zip(body.points.tolist(), body.visibility.tolist(), strict=True)
    points = tuple((round(x * factor, 1), round(y * factor, 1), round(seen, 3)) for (x, y), seen in rows)
    return BodyAnswer(seconds=round(second, 3), presence=round(body.presence, 3), points=points)
