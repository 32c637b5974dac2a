"""Bottoms of squats with their true depth: what the network of depth learns from.

A still picture of an athlete about the bottom of a squat takes a twentieth of a second, and the renderer knows
how high hips and knees are. BlazePose looks at each as it would in a film, so that what is cut out around hips and
knees is cut out as it will be.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from model.contract import NONE_LABEL
from model.depth.view import SIDE, SIZE, cut_out, places_in, square_around
from model.pose.accuracy import errors_of
from model.pose.blazepose import BlazePose
from model.pose.body import Body
from model.pose.follow import LEAST_PRESENCE
from model.pose.region import Region
from model.rendering.clip import FPS, RenderedClip, render_stills
from model.rendering.motion.geometry import Array
from model.rendering.motion.motion import Motion
from model.shards import make_shards, shard_paths, write_shard
from model.staging.truth import true_values
from model.workout.standards import Measure, measured

VERSION = 1
SHARD = 50
"""Athletes in a shard."""

STILLS = 3
"""Pictures of one athlete."""
HIGHEST = 0.5
"""Phase, from the bottom, up to which pictures are taken."""

KEPT = 4 / 3
"""How much more than the square that is seen is kept around it, so that it can be moved and scaled in training."""
KEPT_SIZE = round(SIZE * KEPT)

SIZES = (160, 240)
"""Pixels a side of the pictures, at least and at most."""

SQUATS = frozenset(("air squat", "back squat", "front squat", "wall ball"))
"""Other exercises, by kind, that go to the same depth."""
_OTHER_SHARE = 0.3
_DRAWS = 200
_NEAR_JOINTS = 0.6
"""Parts of the torso within which the median joint is where the athlete's is, or another body was found."""
_HIPS, _KNEES, _SHOULDERS = slice(6, 8), slice(8, 10), slice(0, 2)


@dataclass(frozen=True)
class Bottoms:
    """Pictures of squats.

    Attributes:
        pictures: uint8 [n, KEPT_SIZE, KEPT_SIZE, 3], RGB, the square and what is around it.
        places: float32 [n, PLACES], in the square that is seen.
        depth: float32 [n], how far the hips are above the knees, in thighs.
        landmarks: float32 [n], the same as landmarks alone have it; nan where they are hidden.
        athlete: int64 [n], a number for each athlete.
    """

    pictures: np.ndarray
    places: np.ndarray
    depth: np.ndarray
    landmarks: np.ndarray
    athlete: np.ndarray

    def __len__(self) -> int:
        return len(self.depth)

    def take(self, which: np.ndarray) -> Self:
        """Some of them."""
        return type(self)(*(getattr(self, name)[which] for name in _ARRAYS))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """All of a folder; raises `ValueError` if there are none."""
        shards = []
        for path in shard_paths(folder):
            with np.load(path, allow_pickle=False) as file:
                shards.append(dict(file))
        if not shards:
            raise ValueError(f"{folder} holds no pictures of squats: `movements bottoms` makes them")
        return cls(*(np.concatenate([shard[name] for shard in shards]) for name in _ARRAYS))


_ARRAYS = ("pictures", "places", "depth", "landmarks", "athlete")


def make_bottoms(out: Path, athletes: int, seed: int, *, workers: int = 2) -> None:
    """Render so many athletes (rounded up to whole shards) about the bottom; shards that are there are kept.

    Raises:
        ModelUnavailable: the weights of BlazePose are missing.
        ValueError: the folder holds something else.
    """
    BlazePose()  # says what is missing before anything is rendered
    shards = -(-athletes // SHARD)
    described = {"athletes": shards * SHARD}
    make_shards(
        out, shards, seed, _make_shard, identity={"bottoms": VERSION, "seed": seed}, described=described,
        word="bottoms", workers=workers,
    )  # fmt: skip


def _make_shard(out: Path, seed: int, shard: int) -> None:
    pose = BlazePose(threads=1)
    rows: dict[str, list[np.ndarray | float]] = {name: [] for name in _ARRAYS}
    for number in range(shard * SHARD, (shard + 1) * SHARD):
        rendered = squat((seed, number))
        if rendered.joints is None or rendered.metres is None:
            continue
        rng = np.random.default_rng((seed, number, 7))
        depths = true_values(Measure.DEPTH, rendered.metres)
        assert depths is not None
        for frame, joints, depth in zip(rendered.frames, rendered.joints, depths, strict=True):
            body = _found(frame, joints, pose, rng)
            if body is None:
                continue
            around = square_around(body, SIDE * KEPT)
            by_landmarks = measured(body, Measure.DEPTH)
            rows["pictures"].append(cut_out(frame, around, KEPT_SIZE))
            rows["places"].append(places_in(body, square_around(body)))
            rows["depth"].append(float(depth))
            rows["landmarks"].append(np.nan if by_landmarks is None else by_landmarks)
            rows["athlete"].append(number)
    types = {"pictures": np.uint8, "athlete": np.int64}
    write_shard(out, shard, **{name: np.array(some, types.get(name, np.float32)) for name, some in rows.items()})


def squat(seed: tuple[int, ...]) -> RenderedClip:
    """Pictures of one athlete about the bottom of a squat."""
    rng = np.random.default_rng((*seed, 6))
    size = 2 * int(rng.integers(SIZES[0] // 2, SIZES[1] // 2 + 1))
    other = rng.random() < _OTHER_SHARE
    label = NONE_LABEL if other else ("ohs", "thruster")[int(rng.integers(2))]

    def course(motion: Motion) -> Array:
        """Instants in pairs: the second is where the body has gone while the shutter is open."""
        if motion.label == NONE_LABEL and motion.kind not in SQUATS:
            raise _NotASquat
        phases = HIGHEST * rng.random(STILLS) ** 1.5
        speeds = rng.choice([-1, 1], STILLS) * rng.uniform(0, 1.2, STILLS) / (motion.repetition_seconds * FPS)
        return np.stack([phases, phases + speeds], axis=1).ravel()

    for draw in range(_DRAWS):
        try:
            return render_stills((*seed, draw), label, course, rate=FPS, shown=FPS / 2, size=size)
        except _NotASquat:
            continue
    raise AssertionError(f"{_DRAWS} motions, and none was a squat")


class _NotASquat(Exception):
    """The motion that was drawn is another one."""


def _found(frame: np.ndarray, joints: np.ndarray, pose: BlazePose, rng: np.random.Generator) -> Body | None:
    """The athlete as BlazePose has them who followed them up to this frame; None where it has somebody else."""
    hips, shoulders = joints[_HIPS].mean(axis=0), joints[_SHOULDERS].mean(axis=0)
    reach = 1.15 * float(np.linalg.norm(joints - hips, axis=1).max()) * np.exp(rng.normal(0, 0.08))
    torso = float(np.linalg.norm(shoulders - hips))
    middle = hips + rng.normal(0, 0.08, 2) * torso
    region = Region.around(middle, middle + (shoulders - hips) / max(torso, 1e-6) * reach)
    body, _ = pose.look(frame, region)
    if body.presence < LEAST_PRESENCE:
        return None
    return body if float(np.median(errors_of([body], joints[None]))) <= _NEAR_JOINTS else None
