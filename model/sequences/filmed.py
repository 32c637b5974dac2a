"""Sequences as they are found in pictures: rendered films in which BlazePose followed the athlete.

What a network of landmarks makes of a body that bends, lies or hides behind a bar is more than noise. So some of the
sequences are not spoilt by chance, but rendered, and found again: dear, a few seconds of computing for a few of film,
but each is cut, mirrored and looped in many ways.
"""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from model.contract import MOVEMENTS, NONE_LABEL
from model.pose.accuracy import errors_of
from model.pose.blazepose import BlazePose
from model.pose.body import Body
from model.pose.follow import follow
from model.pose.track import INSTANTS, RATE, Track, mirrored
from model.rendering.clip import render_course
from model.rendering.motion.geometry import DEGREE, Array
from model.rendering.motion.motion import Motion
from model.sequences.counting import EXERCISE, OTHERWISE
from model.sequences.course import CYCLES, course
from model.sequences.dataset import Sequences
from model.sequences.sequence import LABELS, NONE, Sequence, Spans, cut, pasted
from model.shards import MakeShard, make_shards, shard_paths, write_shard

VERSION = 1
SHARD = 10
NONE_SHARE = 0.3
"""Share of films that show none of the movements."""

WIDTH, HEIGHT = 480, 270
SECONDS = (2.0, 6.0)
_ON_ATHLETE, _NEAR_JOINTS = 0.6, 0.6
"""A film counts if in so many of its instants the median landmark is within so many torsos of its joint."""

TEMPO = 0.25
"""Deviation of the logarithm of by how much a film is played faster, or slower."""

_ARRAYS = ("points", "seen", "label", "turn", "near")


@dataclass(frozen=True)
class Filmed:
    """The tracks of a folder, before anything was cut, and the whole repetitions of each."""

    sequences: tuple[Sequence, ...]
    spans: tuple[Spans, ...]

    def varied(self, count: int, seed: int) -> Sequences:
        """So many pieces of them, cut, mirrored, played at another speed, turned a little and pasted together."""
        made = []
        for number in range(count):
            rng = np.random.default_rng((seed, number, 3))
            which = int(rng.integers(len(self.sequences)))
            made.append(_varied(rng, self.sequences[which], self.spans[which]))
        return Sequences.of(made)

    @classmethod
    def load(cls, folder: Path, *, counting: bool = False) -> Self:
        """All tracks of a folder.

        Args:
            folder: of `movements sequences`, with `--filmed` or `--staged`.
            counting: labelled as `model.sequences.counting` labels; only those that were staged are.

        Raises:
            ValueError: there are none, or none that are labelled so.
        """
        sequences: list[Sequence] = []
        spans: list[Spans] = []
        for path in shard_paths(folder):
            with np.load(path, allow_pickle=False) as file:
                shard = dict(file)
            if counting:
                if "exercise" not in shard:
                    raise ValueError(f"{folder} does not say what is an exercise: `movements sequences --staged` does")
                shard["label"] = np.where(shard["exercise"], EXERCISE, OTHERWISE)
                shard["near"] = np.zeros(len(shard["label"]), bool)
            ends = np.cumsum(shard["lengths"]).tolist()
            for number, end in enumerate(ends):
                part = slice(end - int(shard["lengths"][number]), end)
                sequences.append(Sequence(*(shard[name][part] for name in _ARRAYS)))
                rows = shard["spans"][shard["spans"][:, 0] == number, 1:]
                spans.append(tuple((int(first), int(after)) for first, after in rows))
        if not sequences:
            raise ValueError(f"{folder} holds no filmed sequences: `movements sequences --filmed` makes them")
        return cls(tuple(sequences), tuple(spans))


def _varied(rng: np.random.Generator, whole: Sequence, spans: Spans) -> Sequence:
    """A piece of a track."""
    if len(whole) > INSTANTS:
        start = int(rng.integers(len(whole) - INSTANTS + 1))
        whole = whole.at(np.arange(start, start + INSTANTS))
        spans = [
            (first - start, after - start) for first, after in spans if start <= first and after <= start + INSTANTS
        ]
    first, after = cut(rng, len(whole), spans)
    piece = whole.at(np.arange(first, after))
    count = int(np.clip(round(len(piece) * np.exp(rng.normal(0, TEMPO))), 4, INSTANTS))
    place = np.linspace(0, len(piece) - 1, count)
    played = piece.at(place.round().astype(int))
    before = np.floor(place).astype(int)
    share = (place - before)[:, None, None]
    points = (1 - share) * piece.points[before] + share * piece.points[np.minimum(before + 1, len(piece) - 1)]
    size = float(np.ptp(points[..., 1], axis=1).max())
    points = points + rng.normal(0, 0.004 * rng.uniform(0, 2), points.shape) * size
    roll = rng.normal(0, 3) * DEGREE
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    points = points @ turn.T * np.array([rng.uniform(0.93, 1.07), 1.0])
    if rng.random() < 0.5:
        points = mirrored(points)
    return pasted(rng, replace(played, points=points))


def make_filmed(out: Path, count: int, seed: int, *, workers: int = 2) -> None:
    """Render `count` films (rounded up to whole shards) and follow the athlete in each; shards that are there are kept.

    Raises:
        ModelUnavailable: the weights of BlazePose are missing.
        ValueError: the folder holds something else.
    """
    make_films(out, count, seed, _make_shard, size=SHARD, kind="filmed", version=VERSION, workers=workers)


def make_films(
    out: Path, count: int, seed: int, make: MakeShard, *, size: int, kind: str, version: int, workers: int
) -> None:
    """Make shards of tracks, `size` in each, as `write_films` writes them.

    Args:
        out, seed, make, workers: as for `make_shards`.
        count: how many tracks, rounded up to whole shards.
        size: of a shard.
        kind, version: what the folder holds.

    Raises:
        ModelUnavailable: the weights of BlazePose are missing.
        ValueError: the folder holds something else.
    """
    BlazePose()  # says what is missing before any film is rendered
    shards = -(-count // size)
    described = {"count": shards * size, "labels": LABELS}
    identity = {kind: version, "seed": seed}
    make_shards(out, shards, seed, make, identity=identity, described=described, word=kind, workers=workers)


def film(seed: tuple[int, ...], pose: BlazePose) -> tuple[Sequence, Spans] | None:
    """A rendered film as a sequence, and its repetitions; None where another body was followed, or none."""
    rng = np.random.default_rng(seed)
    label = NONE_LABEL if rng.random() < NONE_SHARE else MOVEMENTS[int(rng.integers(len(MOVEMENTS)))].label
    count = int(rng.uniform(*SECONDS) * RATE)
    cycle = CYCLES.get(label)
    turn: Array = np.zeros(count)
    spans: tuple[tuple[int, int], ...] = ()

    def way(motion: Motion) -> Array:
        nonlocal turn, spans
        seconds = motion.repetition_seconds
        if cycle is None:
            return motion.window.start + np.arange(count) / (seconds * RATE)
        found = course(rng, cycle, seconds, count)
        spans = found.spans(cycle.share)
        if not cycle.turns:
            turn = found.turn
            return found.phase
        # Nobody turns round in a rendered film: one repetition, and the athlete stands.
        phase: Array = np.where(found.repetition == 0, found.phase, 1.0)
        turn, spans = phase / cycle.length, spans[:1]
        return phase

    rendered = render_course(seed, label, way, rate=RATE, width=WIDTH, height=HEIGHT)
    seconds = (np.arange(count) / RATE).tolist()
    bodies = follow(list(rendered.frames), seconds, pose)
    track = Track.of(bodies, seconds)
    if track is None or rendered.joints is None:
        return None
    if not is_on_athlete(bodies, rendered.joints):
        return None
    length = min(len(track), count)
    number = LABELS.index(label) if label != NONE_LABEL else NONE
    made = Sequence(
        points=track.points[:length].astype(np.float64),
        seen=track.seen[:length].astype(np.float64),
        label=np.full(length, number),
        turn=turn[:length],
        near=np.full(length, rendered.near),
    )
    return made, tuple(span for span in spans if span[1] <= length)


def is_on_athlete(bodies: list[Body | None], joints: np.ndarray) -> bool:
    """Whether it is the athlete who was followed in a rendered film, [n, 12, 2] of whose joints are known."""
    with np.errstate(invalid="ignore"):
        near_joints = np.nan_to_num(np.median(errors_of(bodies, joints), axis=1), nan=np.inf) < _NEAR_JOINTS
    return float(near_joints.mean()) >= _ON_ATHLETE


def _make_shard(out: Path, seed: int, shard: int) -> None:
    pose = BlazePose(threads=1)
    numbers = range(shard * SHARD, (shard + 1) * SHARD)
    write_films(out, shard, [found for number in numbers if (found := film((seed, number), pose)) is not None])


def write_films(out: Path, shard: int, films: Several[tuple[Sequence, Spans]], **more: np.ndarray) -> None:
    """Write tracks and their whole repetitions as a shard that `Filmed.load` reads, and more arrays beside them."""
    spans = [(number, *span) for number, (_, spans) in enumerate(films) for span in spans]
    write_shard(
        out,
        shard,
        lengths=np.array([len(made) for made, _ in films], np.int64),
        spans=np.array(spans, np.int64).reshape(-1, 3),
        **{name: np.concatenate([getattr(made, name) for made, _ in films]) for name in _ARRAYS},
        **more,
    )
