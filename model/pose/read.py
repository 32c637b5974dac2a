"""From a file to the athlete's landmarks."""

from __future__ import annotations

import io
import itertools
import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np

from model.answers.pose import BodyAnswer, PoseAnswer
from model.contract import MOVEMENTS, Contract, Crop
from model.pose.blazepose import BlazePose, Found
from model.pose.body import NAMES, Body
from model.pose.follow import follow, is_cut, shots
from model.pose.region import Region
from model.video import ClipReader, Colour, as_rgb, frame_pixels, grey_to_ordinary, nearly_ordinary, small_grey

SPAN_SECONDS = 6.0
"""A film is followed in spans of about so many seconds, whose frames are kept at once."""
_BEFORE = 2e-3
"""Seconds before the first frame of a span within which none of the span before is taken."""


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
    film = follow_clip(reader, pose, rate=rate)
    said = tuple(_said(body, second) for body, second in zip(film.bodies, film.seconds, strict=True))
    width, height = reader.size
    return PoseAnswer(file=str(path), width=width, height=height, names=NAMES, bodies=said)


def _stacked(frames: Sequence[np.ndarray]) -> np.ndarray:
    return np.stack(frames) if frames else np.zeros((0, 1, 1), np.float32)


@dataclass(frozen=True)
class Followed:
    """The athlete through a clip.

    Attributes:
        bodies: in pixels of the clip as it is displayed, None where none is followed.
        seconds: when each is shown, increasing.
        cuts: seconds of the first frame of every shot but the first.
        size: width and height of the clip as it is displayed, in pixels.
        edges: the first and the last frame as `small_grey` makes them, float32 [2, h, w]; empty without frames.
    """

    bodies: tuple[Body | None, ...]
    seconds: tuple[float, ...]
    cuts: tuple[float, ...]
    size: tuple[int, int] = (0, 0)
    edges: np.ndarray = field(default_factory=lambda: _stacked(()), compare=False)

    @property
    def last_place(self) -> tuple[float, float] | None:
        """Where the hips were last, in shares of the picture; None if nobody was followed."""
        return _last_place(self.bodies, self.size[::-1])

    def within(self, start: float, end: float, anew: Self) -> Self:
        """The same clip, its frames from `start` up to `end` seconds as they were followed anew."""
        before, after = bisect_left(self.seconds, start), bisect_left(self.seconds, end)
        cuts = [cut for cut in self.cuts if not start <= cut < end] + list(anew.cuts)
        if anew.seconds and before < after and self.seconds[before] in self.cuts:  # a shot began with them
            cuts.append(anew.seconds[0])
        return replace(
            self,
            bodies=(*self.bodies[:before], *anew.bodies, *self.bodies[after:]),
            seconds=(*self.seconds[:before], *anew.seconds, *self.seconds[after:]),
            cuts=tuple(sorted(cuts)),
        )

    def as_bytes(self) -> bytes:
        """All of it, as `from_bytes` reads it."""
        seen = [number for number, body in enumerate(self.bodies) if body is not None]
        bodies = [body for body in self.bodies if body is not None]
        arrays = {
            "seconds": np.array(self.seconds, np.float64),
            "cuts": np.array(self.cuts, np.float64),
            "size": np.array(self.size, np.int64),
            "edges": self.edges,
            "seen": np.array(seen, np.int64),
            **{one.name: np.array([getattr(body, one.name) for body in bodies], np.float32) for one in fields(Body)},
        }
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """What `as_bytes` wrote; raises `ValueError` or `KeyError` for anything else."""
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            stored = dict(file)
        bodies: list[Body | None] = [None] * len(stored["seconds"])
        for row, number in enumerate(stored["seen"].tolist()):
            bodies[number] = Body(
                points=stored["points"][row],
                depth=stored["depth"][row],
                visibility=stored["visibility"][row],
                presence=float(stored["presence"][row]),
                metres=stored["metres"][row],
            )
        width, height = stored["size"].tolist()
        return cls(
            tuple(bodies),
            tuple(stored["seconds"].tolist()),
            tuple(stored["cuts"].tolist()),
            (width, height),
            stored["edges"],
        )

    @classmethod
    def joined(cls, pieces: Iterable[Self]) -> Self:
        """The athlete through the whole clip, from pieces of it in their order."""
        bodies: list[Body | None] = []
        seconds: list[float] = []
        cuts: list[float] = []
        edges: list[np.ndarray] = []
        size = (0, 0)
        for piece in pieces:
            size = max(size, piece.size)
            if not piece.seconds:
                continue
            if edges and is_cut(edges[-1], piece.edges[0]):
                cuts.append(piece.seconds[0])
            bodies += piece.bodies
            seconds += piece.seconds
            cuts += piece.cuts
            edges = [edges[0] if edges else piece.edges[0], piece.edges[-1]]
        return cls(tuple(bodies), tuple(seconds), tuple(cuts), size, _stacked(edges))


def follow_clip(
    reader: ClipReader,
    pose: BlazePose,
    *,
    rate: float,
    sparing: bool = False,
    athlete: tuple[float, float] | None = None,
    piece: tuple[float, float] | None = None,
    deadline: float | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Followed:
    """The athlete's body in some frames of a clip.

    Args:
        reader: of the clip.
        pose: the networks.
        rate: frames that are looked at in a second, of those that there are.
        sparing, athlete: see `follow`; the athlete is looked for again, where last seen, in every span.
        piece: one of `pieces`, and nothing else; None for the whole clip.
        deadline: instant of `time.monotonic()` at which to give up.
        progress: told which share is done, again and again.

    Raises:
        ClipError: the clip cannot be read.
        TimedOut: the deadline passed.
    """
    bodies: list[Body | None] = []
    seconds: list[float] = []
    cuts: list[float] = []
    ends: list[np.ndarray] = []
    edges = _edges(reader)
    parts = [span for span in itertools.pairwise(edges) if piece is None or piece[0] <= span[0] < piece[1]]
    for done, (start, end) in enumerate(parts, 1):
        lasting = end - start if len(edges) > 2 else reader.seconds
        count = max(3, round(lasting * rate))
        until = end if end == edges[-1] else end - _BEFORE
        numbers, decoded = reader.take(partial(reader.between, start, until, count), frame_pixels(count))
        chosen = [number for number in sorted(set(numbers)) if not seconds or reader.times[number] > seconds[-1]]
        frames = [decoded.frames[number] for number in chosen]
        when = reader.times[chosen].tolist()
        if chosen:
            grey = grey_to_ordinary(np.stack([small_grey(frame, bgr=True) for frame in frames]), decoded.colour)
            if ends and is_cut(ends[-1], grey[0]):
                cuts.append(when[0])
            cuts += [when[shot.start] for shot in shots(grey)[1:]]
            ends = [ends[0] if ends else grey[0], grey[-1]]
            factor = decoded.width / frames[0].shape[1]
            seen = _AsDecoded(pose, decoded.colour)
            found = follow(frames, when, seen, grey=grey, sparing=sparing, athlete=athlete, deadline=deadline)
            bodies += [_scaled(body, factor) for body in found]
            if athlete is not None:
                athlete = _last_place(found, frames[0].shape[:2]) or athlete
            seconds += when
        frames.clear()  # or they would be kept beside those of the next span
        if len(edges) > 2:
            reader.forget()
        progress(done / len(parts))
    return Followed(tuple(bodies), tuple(seconds), tuple(cuts), reader.size, _stacked(ends))


def follow_closer(
    film: Followed,
    reader: ClipReader,
    pose: BlazePose,
    instants: np.ndarray,
    *,
    rate: float,
    athlete: tuple[float, float] | None = None,
    deadline: float | None = None,
) -> Followed:
    """A clip that was followed, with more frames a second where they are needed.

    Args:
        film: as it was followed.
        reader, pose, athlete, deadline: as for `follow_clip`.
        instants: seconds, increasing; the spans in which they lie are followed anew.
        rate: frames that are looked at in a second of those.

    Raises as `follow_clip` does.
    """
    edges = _edges(reader)
    for start, end in itertools.pairwise(edges):
        until = math.inf if end == edges[-1] else end
        if bisect_left(instants, start) == bisect_left(instants, until):
            continue
        before = film.bodies[: bisect_left(film.seconds, start)]
        place = athlete and (_last_place(before, film.size[::-1]) or athlete)
        anew = follow_clip(reader, pose, rate=rate, sparing=True, athlete=place, piece=(start, end), deadline=deadline)
        film = film.within(start, until, anew)
    return film


@dataclass(frozen=True)
class _AsDecoded:
    """BlazePose on frames as the decoder gives them: what it looks at is made RGB, as an ordinary display shows it.

    Attributes:
        pose: the networks.
        colour: of the frames.
    """

    pose: BlazePose
    colour: Colour

    def find(
        self, picture: np.ndarray, within: Region | None = None, *, least: float = 0.4, most: int = 3
    ) -> list[Found]:
        """See `BlazePose.find`."""
        return self.pose.find(picture, within, least=least, most=most, shown=self._shown)

    def look(self, picture: np.ndarray, region: Region) -> tuple[Body, Region]:
        """See `BlazePose.look`."""
        return self.pose.look(picture, region, shown=self._shown)

    def _shown(self, view: np.ndarray) -> np.ndarray:
        return nearly_ordinary(as_rgb(view), self.colour)


def _last_place(found: Sequence[Body | None], size: tuple[int, ...]) -> tuple[float, float] | None:
    """Where the hips were last, in shares of the picture."""
    last = next((body for body in reversed(found) if body is not None), None)
    if last is None:
        return None
    x, y = ((last.point("left_hip") + last.point("right_hip")) / 2).tolist()
    return x / size[1], y / size[0]


def pieces(reader: ClipReader, seconds: float) -> list[tuple[float, float]]:
    """Parts of a clip of about so many seconds, to be followed one apart from the other.

    Each holds whole spans; together they give what the clip gives as a whole, unless an athlete was pointed out, who
    must be handed on from piece to piece (`Followed.last_place`).
    """
    edges = _edges(reader)
    chosen = [edges[0]]
    for edge in edges[1:-1]:
        if edge - chosen[-1] >= seconds and edges[-1] - edge >= seconds / 2:
            chosen.append(edge)
    return list(itertools.pairwise([*chosen, edges[-1]]))


def _edges(reader: ClipReader) -> list[float]:
    return spans(reader.first, reader.last, reader.keys)


def spans(first: float, last: float, keys: np.ndarray) -> list[float]:
    """Edges of the spans in which a film is followed: where decoding may start, as near to SPAN_SECONDS as there are.

    Args:
        first, last: seconds of the first and the last frame.
        keys: seconds at which decoding may start, increasing.
    """
    edges = [first]
    while last - edges[-1] > 1.5 * SPAN_SECONDS:
        wanted = edges[-1] + SPAN_SECONDS
        near = keys[np.abs(keys - wanted) <= SPAN_SECONDS / 2]
        edges.append(float(near[np.abs(near - wanted).argmin()]) if near.size else wanted)
    return [*edges, last]


def _scaled(body: Body | None, factor: float) -> Body | None:
    return body and replace(body, points=body.points * np.float32(factor), depth=body.depth * np.float32(factor))


def _said(body: Body | None, second: float) -> BodyAnswer:
    if body is None:
        return BodyAnswer(seconds=round(second, 3), presence=None, points=())
    rows = zip(body.points.tolist(), body.visibility.tolist(), strict=True)
    points = tuple((round(x, 1), round(y, 1), round(seen, 3)) for (x, y), seen in rows)
    return BodyAnswer(seconds=round(second, 3), presence=round(body.presence, 3), points=points)
