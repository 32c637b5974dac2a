"""Staged sets as they are found in pictures: what the networks that name and count get to see of a workout.

Sequences that are spoilt by chance flatter BlazePose: of bodies that bend, lie or hide behind a bar it makes more than
noise, and of bars that are taken up and of people who walk by it makes repetitions. So shots are staged as for whole
films, the athlete is followed in each as in a workout, and what was found is kept beside what was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.body.stream import LONG_RATE
from model.contract import NONE_LABEL
from model.pose.blazepose import BlazePose
from model.pose.follow import follow
from model.pose.track import Track
from model.sequences.course import cycle_of
from model.sequences.filmed import is_on_athlete, make_films, write_films
from model.sequences.sequence import LABELS, NONE, Sequence, Spans
from model.staging.workouts import SIZES, draw

VERSION = 2
SHARD = 10
MOST_REPETITIONS = 8
"""Of a set: many short sets show more athletes, and more views of them, than a long one."""

LEAST_SEEN = 0.6
"""Share of a shot's instants in which the athlete must be seen for it to count."""


@dataclass(frozen=True)
class FollowedShot:
    """A shot in which the athlete was found.

    Attributes:
        track: as found, labelled with the movement and its turn.
        spans: the repetitions.
        exercise: bool [T], whether anything is repeated, whatever it is called.
    """

    track: Sequence
    spans: Spans
    exercise: np.ndarray


def make_followed(out: Path, count: int, seed: int, *, workers: int = 2) -> None:
    """Stage `count` shots (rounded up to whole shards) and follow the athlete in each; shards that are there are kept.

    `Filmed.load` reads them.

    Raises:
        ModelUnavailable: the weights of BlazePose are missing.
        ValueError: the folder holds something else.
    """
    make_films(out, count, seed, _make_shard, size=SHARD, kind="staged", version=VERSION, workers=workers)


def follow_shot(seed: tuple[int, ...], pose: BlazePose) -> FollowedShot | None:
    """A staged shot in which the athlete is followed as in a workout.

    Returns:
        None where nothing was drawn, another body was followed, or none.
    """
    width, height = SIZES[int(np.random.default_rng((*seed, 2)).integers(len(SIZES)))]
    shot = draw(seed, width=width, height=height, most=MOST_REPETITIONS, shown=LONG_RATE)
    if shot is None or shot.rendered.joints is None:
        return None
    frames = list(shot.rendered.frames)
    seconds = (np.arange(len(frames)) / LONG_RATE).tolist()
    bodies = follow(frames, seconds, pose, sparing=True)
    track = Track.of(bodies, seconds)
    there = [number for number, body in enumerate(bodies) if body is not None]
    if track is None or track.seen.mean() < LEAST_SEEN:
        return None
    if not is_on_athlete([bodies[number] for number in there], shot.rendered.joints[there]):
        return None
    script, label = shot.script, shot.rendered.label
    count = min(len(track), len(script.phases))
    exercise = np.zeros(count, bool)
    for first, after in script.busy:
        exercise[first:after] = True
    cycle = cycle_of(label, shot.rendered.kind)
    turn = np.zeros(count) if cycle is None else np.where(exercise, script.as_array()[:count] / cycle.length, 0.0)
    number = LABELS.index(label) if label != NONE_LABEL else NONE
    made = Sequence(
        points=track.points[:count].astype(np.float64),
        seen=track.seen[:count].astype(np.float64),
        label=np.where(exercise, number, NONE),
        turn=turn,
        near=np.full(count, shot.rendered.near),
    )
    spans = tuple((one.first, one.last + 1) for one in script.done if one.last < count)
    return FollowedShot(made, spans, exercise)


def _make_shard(out: Path, seed: int, shard: int) -> None:
    pose = BlazePose(threads=1)
    numbers = range(shard * SHARD, (shard + 1) * SHARD)
    shots = [found for number in numbers if (found := follow_shot((seed, number), pose)) is not None]
    films = [(shot.track, shot.spans) for shot in shots]
    write_films(out, shard, films, exercise=np.concatenate([shot.exercise for shot in shots]))
