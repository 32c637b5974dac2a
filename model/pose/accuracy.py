"""How well landmarks are found, by rendered films, whose skeletons are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.answers.pose import MovementAccuracy, PoseAccuracy
from model.pose.blazepose import BlazePose
from model.pose.body import INDEX, Body
from model.pose.follow import follow
from model.rendering.clip import FPS, JOINTS, render_video

WIDTH, HEIGHT = 854, 480
RATE = 10
"""Frames of a film that are looked at in a second."""

SIDES = ("left", "right")
_JOINTS = [INDEX[f"{side}_{joint}"] for joint in JOINTS for side in SIDES]


def measure(labels: Sequence[str], clips: int, seed: int, pose: BlazePose) -> PoseAccuracy:
    """Follow the athlete of rendered films.

    Args:
        labels: the movements.
        clips: films of each.
        seed: of the films; film n of a movement is the same for every count.
        pose: the networks.
    """
    rows = {}
    everything = []
    for label in labels:
        errors = np.concatenate([_errors_of(label, (seed, number), pose) for number in range(clips)])
        rows[label] = _accuracy(errors)
        everything.append(errors)
    return PoseAccuracy(clips=clips * len(labels), seed=seed, all=_accuracy(np.concatenate(everything)), movements=rows)


def errors_of(bodies: Sequence[Body | None], joints: np.ndarray) -> np.ndarray:
    """Distances between landmarks and joints, in parts of the athlete's torso: float [n, 12]; NaN without a body.

    Args:
        bodies: one for every frame.
        joints: float [n, 12, 2], in pixels, as `RenderedClip.joints`.
    """
    middles = joints.reshape(len(joints), len(JOINTS), 2, 2).mean(axis=2)
    spine = middles[:, JOINTS.index("shoulder")] - middles[:, JOINTS.index("hip")]
    torso = np.hypot(*spine.T).max()  # as it is seen from its side: bent towards the camera, it looks short
    nobody = np.full((len(_JOINTS), 2), np.nan)
    points = np.stack([nobody if body is None else body.points[_JOINTS] for body in bodies])
    distances: np.ndarray = np.hypot(*np.moveaxis(points - joints, -1, 0)) / torso
    return distances


def _errors_of(label: str, seed: tuple[int, int], pose: BlazePose) -> np.ndarray:
    film = render_video((*seed, *label.encode()), label, width=WIDTH, height=HEIGHT)
    assert film.joints is not None
    step = round(FPS / RATE)
    chosen = range(0, len(film.frames), step)
    bodies = follow([film.frames[number] for number in chosen], [number / FPS for number in chosen], pose)
    return errors_of(bodies, film.joints[list(chosen)])


def _accuracy(errors: np.ndarray) -> MovementAccuracy:
    found = ~np.isnan(errors[:, 0])
    by_joint = errors[found].reshape(-1, len(JOINTS), 2)
    medians = {joint: round(float(np.median(by_joint[:, index])), 3) for index, joint in enumerate(JOINTS)}
    return MovementAccuracy(
        frames=len(errors),
        found=round(float(found.mean()), 4),
        on_athlete=round(float((np.nanmedian(errors[found], axis=1) < 0.5).sum() / len(errors)), 4)
        if found.any()
        else 0.0,
        median_error=medians if found.any() else {},
    )
