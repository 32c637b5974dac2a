"""Staged workouts as files: a film of several shots, and beside it what is done in it, as an answer would say it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from model.answers.workout import RepetitionAnswer, SegmentAnswer, SetSpan, Verdict, WorkoutAnswer
from model.contract import MOVEMENTS, NONE_LABEL
from model.rendering.clip import RenderedClip, render_course
from model.rendering.motion.geometry import Array
from model.rendering.motion.motion import Motion
from model.rendering.mp4 import write_shots
from model.rendering.videos import made_by_processes
from model.sequences.course import IDLE, cycle_of
from model.staging.script import RATE, Script, idle, sets

SIZES = ((480, 270), (270, 480), (360, 360))
"""Width and height of the pictures, pixels."""

SECONDS = (60.0, 300.0)
"""Duration of a film, at least about."""

MOST_REPETITIONS = 30
FAULTS = 0.12
"""Share of the repetitions that are left unfinished, of the movements where that can be, in half of the shots."""

_MOVEMENT, _OTHER = 0.5, 0.15
"""Shares of the shots that show a movement, or another exercise; the rest is what is done between sets."""
_REST_SECONDS = (4.0, 15.0)
_IDLE_SECONDS = (2.0, 20.0)


@dataclass(frozen=True)
class Shot:
    """One shot as it was drawn: its pictures, and what is done in them."""

    rendered: RenderedClip
    script: Script

    def segments(self, start: float) -> Iterator[SegmentAnswer]:
        """What is done in it, if anything, where it begins at some second of the film."""
        done = self.script.done
        if not done:
            return
        repetitions = tuple(
            RepetitionAnswer(
                start=round(start + one.first / RATE, 3),
                end=round(start + one.last / RATE, 3),
                verdict=Verdict.NO_REP if one.faulty else Verdict.REP,
            )
            for one in done
        )
        yield SegmentAnswer(
            movement=None if self.rendered.label == NONE_LABEL else self.rendered.label,
            kind=self.rendered.kind,
            start=repetitions[0].start,
            end=repetitions[-1].end,
            probability=1.0,
            repetitions=repetitions,
            sets=tuple(SetSpan(first=first, last=last) for first, last in self.script.sets),
        )


def make_workouts(out: Path, films: int, seed: int, *, workers: int = 2) -> list[Path]:
    """Write `workout_<number>.mp4` and `.json` for some films; those that are there already are kept.

    Args:
        out: folder; made if it is not there.
        films: how many.
        seed: decides every film, together with its number.
        workers: processes.

    Returns:
        The films, by number.
    """
    return made_by_processes(_make, out, films, seed, workers)


def _make(out: Path, seed: int, number: int) -> Path:
    path = out / f"workout_{number}.mp4"
    if path.with_suffix(".json").is_file():
        return path
    rng = np.random.default_rng((seed, number, 5))
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    length = float(rng.uniform(*SECONDS))
    segments: list[SegmentAnswer] = []
    cuts: list[float] = []
    metres: list[np.ndarray] = []

    def pictures() -> Iterator[np.ndarray]:
        start, place = 0.0, 0
        while start < length:
            shot = draw((seed, number, place, 5), width=width, height=height)
            place += 1
            if shot is None:
                continue
            if start:
                cuts.append(round(start, 3))
            segments.extend(shot.segments(start))
            start += len(shot.rendered.frames) / RATE
            if shot.rendered.metres is not None:
                metres.append(shot.rendered.metres)
            yield shot.rendered.frames

    partial = path.with_name(f".{path.name}")
    count = write_shots(partial, pictures(), fps=RATE)
    truth = WorkoutAnswer(
        file=path.name, seconds=round(count / RATE, 3), width=width, height=height,
        segments=tuple(segments), cuts=tuple(cuts),
    )  # fmt: skip
    np.savez(path.with_suffix(".npz"), metres=np.concatenate(metres).astype(np.float32))
    partial.replace(path)
    path.with_suffix(".json").write_text(truth.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return path


def draw(
    seed: tuple[int, ...], *, width: int, height: int, most: int = MOST_REPETITIONS, shown: float | None = None
) -> Shot | None:
    """One shot; None where the seed draws a motion that is neither an exercise nor done between sets.

    Args:
        seed: decides everything.
        width, height: of the picture, even numbers of pixels.
        most: repetitions of a set.
        shown: pictures a second, if not RATE.
    """
    rng = np.random.default_rng((*seed, 1))
    share = rng.random()
    label = MOVEMENTS[int(rng.integers(len(MOVEMENTS)))].label if share < _MOVEMENT else NONE_LABEL
    exercise = share < _MOVEMENT + _OTHER
    script = Script()

    def course(motion: Motion) -> Array:
        nonlocal script
        script = _written(rng, motion, most, exercise=exercise) or Script()
        if not script.phases:
            raise _NotThisOne
        return script.as_array()

    try:
        rendered = render_course(seed, label, course, rate=RATE, width=width, height=height, shown=shown)
    except _NotThisOne:
        return None
    return Shot(replace(rendered, seconds=len(rendered.frames) / (shown or RATE)), script)


class _NotThisOne(Exception):
    """The motion that was drawn is of another kind than the one that is wanted."""


def _written(rng: np.random.Generator, motion: Motion, most: int, *, exercise: bool) -> Script | None:
    if not exercise:
        return idle(rng, motion, float(rng.uniform(*_IDLE_SECONDS))) if motion.kind in IDLE else None
    cycle = cycle_of(motion.label, motion.kind)
    if cycle is None:
        return None
    several = 1 + int(rng.random() < 0.35) + int(rng.random() < 0.15)
    counts = [round(most ** rng.random()) for _ in range(several)]
    rests = [float(rng.uniform(*_REST_SECONDS)) for _ in counts[1:]]
    return sets(rng, motion, cycle, counts, rests, FAULTS if rng.random() < 0.5 else 0.0)
