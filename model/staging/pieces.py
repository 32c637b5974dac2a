"""Clips to train on that are cut as people cut them, and as the body's stream asks about a film.

Labelled clips begin and end with a repetition. People send one and a half, a whole set, or half a minute of standing
around one; and of a film, pictures are asked about what the body takes for a repetition, which may be the way back
from one, a half one, or something else altogether. What holds a whole repetition is of the movement, the rest is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

import numpy as np

from model.contract import NONE_LABEL
from model.rendering.clip import RenderedClip, render_clip
from model.rendering.dataset import FRAMES, SIZE, label_of, make_clips, write_clips
from model.rendering.motion.geometry import Array
from model.rendering.motion.motion import Motion
from model.sequences.course import cycle_of
from model.shards import MANIFEST
from model.staging.script import RATE, idle, sets

KIND, VERSION = "pieces", 2
"""What a folder's manifest says of these clips."""


class Cut(StrEnum):
    """What of a movement a piece shows."""

    ONE = "one repetition"
    SEVERAL = "several repetitions"
    PAUSED = "a repetition with pauses"
    HALF = "half a repetition"
    BACK = "the way back"


SHARES: Mapping[Cut, float] = MappingProxyType(
    {Cut.ONE: 0.42, Cut.SEVERAL: 0.2, Cut.PAUSED: 0.2, Cut.HALF: 0.1, Cut.BACK: 0.08}
)
"""How many of a movement's pieces show what."""

NO_REPETITION = frozenset((Cut.HALF, Cut.BACK))
"""Pieces that show none of the movements, but nearly one."""

MOST_SECONDS = 6.0
"""Longer clips are not looked at as a whole."""

_LOOSE = 0.1
"""Deviation of where a piece begins and ends, in repetitions."""
_LEFT, _LOST = 0.25, 0.15
"""Most that a piece shows before and after a repetition, and most that it loses of it, in repetitions."""
_MOST = 5
_PAUSE = (0.2, 2.5)
_HALF = (0.3, 0.55)
_OTHER = (0.4, 3.0)
"""Repetitions of whatever else is shown."""


def render_pieces(out: Path, clips: int, seed: int, *, workers: int = 2) -> None:
    """Render `clips` pieces (rounded up to whole shards) into `out`; shards that are there already are kept.

    Raises:
        ValueError: `out` holds other clips.
    """
    make_clips(out, clips, seed, _render_shard, label_of=piece_label, identity={KIND: VERSION}, workers=workers)


def are_pieces(folder: Path) -> bool:
    """Whether the clips of a folder are pieces."""
    manifest = folder / MANIFEST
    return manifest.is_file() and KIND in json.loads(manifest.read_text(encoding="utf-8"))


def piece_label(seed: int, index: int) -> str:
    """The label of a piece of a data set."""
    return NONE_LABEL if cut_of(seed, index) in NO_REPETITION else label_of(seed, index)


def cut_of(seed: int, index: int) -> Cut | None:
    """What of a movement a piece shows; None where it shows something else."""
    if label_of(seed, index) == NONE_LABEL:
        return None
    chosen = np.random.default_rng((seed, index, 6)).choice(len(SHARES), p=list(SHARES.values()))
    return list(SHARES)[int(chosen)]


def render_piece(seed: int, index: int) -> RenderedClip:
    """A piece of a data set; the same seed and number give the same."""
    label, cut = label_of(seed, index), cut_of(seed, index)
    rng = np.random.default_rng((seed, index, 7))

    def course(motion: Motion) -> Array:
        if cut is None:
            count = rng.uniform(*_OTHER)
            phases = idle(rng, motion, min(MOST_SECONDS, count * motion.repetition_seconds)).as_array()
            # As often as movements: a network that sees pauses around movements alone takes them for a sign of one.
            return _paused(rng, phases) if rng.random() < SHARES[Cut.PAUSED] else phases
        return _cut(rng, motion, cut)

    clip = render_clip((seed, index, 7), label, size=SIZE, frames=FRAMES, course=course, rate=RATE)
    if cut in NO_REPETITION:
        return replace(clip, label=NONE_LABEL, kind=f"{cut} of {label}", near=True)
    return clip


def _cut(rng: np.random.Generator, motion: Motion, cut: Cut) -> Array:
    """Phases [n] of a piece of a movement, RATE of them a second."""
    cycle = cycle_of(motion.label, motion.kind)
    assert cycle is not None
    # Nobody turns round in a rendered clip, so a burpee over the bar is shown once.
    count = 1 if cycle.turns or cut is not Cut.SEVERAL else int(rng.integers(2, _MOST + 1))
    script = sets(rng, motion, cycle, [count + 2], [], 0.0)
    phases = script.as_array()
    done = script.done[1 : 1 + count]
    first, last = done[0].first, done[-1].last
    usual = done[0].last - done[0].first
    if cut is Cut.BACK:
        first, last = (last, script.done[2].first) if cycle.length > 1 else (first, first + _half(rng, usual))
    elif cut is Cut.HALF:
        half = _half(rng, usual)
        first, last = (first, first + half) if rng.random() < 0.5 else (last - half, last)
    else:
        first, last = first + _slip(rng, usual), last - _slip(rng, usual)
    piece = phases[max(0, first) : last + 1][: round(MOST_SECONDS * RATE)].copy()
    if len(piece) > 1 and piece[-1] < piece[-2]:  # where a cycle ends, the next one's first phase is another name of it
        piece[-1] = cycle.back
    if cut is Cut.PAUSED:
        piece = _paused(rng, piece)
    return piece


def _slip(rng: np.random.Generator, usual: int) -> int:
    """Instants that are lost at one end of repetitions that usually last so many; less than 0 where more is shown."""
    return int(usual * float(np.clip(rng.normal(0, _LOOSE), -_LEFT, _LOST)))


def _half(rng: np.random.Generator, usual: int) -> int:
    return max(2, round(usual * rng.uniform(*_HALF)))


def _paused(rng: np.random.Generator, phases: Array) -> Array:
    """Phases with a pause before them, after them, or both."""
    before, after = (round(RATE * rng.uniform(*_PAUSE)) for _ in range(2))
    where = rng.random()
    room = round(MOST_SECONDS * RATE) - len(phases)
    if where < 0.25:
        before = 0
    elif where < 0.5:
        after = 0
    share = min(1.0, max(0, room) / max(1, before + after))
    return np.pad(phases, (int(before * share), int(after * share)), mode="edge")


def _render_shard(out: Path, seed: int, shard: int) -> None:
    write_clips(out, seed, shard, render_piece)
