"""The answer to a whole workout: what is done when, how often, and whether each repetition holds.

The same from `movements workout --json`, from the page's interface and, as truth, beside rendered workouts.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from model.answers.base import Addressed, Count, Number, PassedOn, Share
from model.answers.clip import ModelFacts
from model.answers.error import ErrorDetail


class Verdict(StrEnum):
    """Whether a repetition holds."""

    REP = "rep"
    NO_REP = "no rep"
    LOOK = "look"  # probably not: a person decides
    UNCLEAR = "unclear"  # it cannot be seen


class JudgementAnswer(PassedOn):
    """One point of performance of one repetition.

    Attributes:
        standard: its name, as the movement's file of standards has it.
        verdict: of this point alone.
        measured, required: in `unit`; None where nothing could be measured.
        unit: "degrees", or "thigh" for lengths in thighs.
        moment, frame: second and frame of the film that decides; the frame is None where it is not known.
        reason: why nothing is said, or why a person should look; None where the figures say all.
    """

    standard: str
    verdict: Verdict
    measured: Number | None = None
    required: Number | None = None
    unit: str
    moment: Number
    frame: Count | None = None
    reason: str | None = None


class RepetitionAnswer(PassedOn):
    """One repetition.

    Attributes:
        start, end: seconds of its begin and its end, as labelled clips are cut.
        frames: the same as numbers of frames, counted from 0, both belonging to it; None where they are not known.
        verdict: of it as a whole: NO_REP or LOOK where a judgement is, else REP where one is, else UNCLEAR. So nothing
            that was measured speaks against a REP, but some of its points may be UNCLEAR.
        judgements: by the standards of the movement.
    """

    start: Number
    end: Number
    frames: tuple[Count, Count] | None = None
    verdict: Verdict = Verdict.UNCLEAR
    judgements: tuple[JudgementAnswer, ...] = ()


class SetSpan(PassedOn):
    """Repetitions without a rest between them: numbers of the first and of the last, counted from 0."""

    first: Count
    last: Count


class SegmentAnswer(PassedOn):
    """A part of the film in which one exercise is done, with the rests between its sets.

    Attributes:
        movement: its label; None for another exercise, one that the model has no name for.
        start, end: seconds of the begin of the first repetition and of the end of the last.
        probability: of the movement, or that it is none of them.
        repetitions: in their order.
        sets: the same, told apart by rests.
        perhaps: how many more repetitions there may be, or fewer if it is negative; 0 where the count is sure.
        kind: of another exercise, what it is, where that is known.
    """

    movement: str | None
    start: Number
    end: Number
    probability: Share
    repetitions: tuple[RepetitionAnswer, ...] = Field(min_length=1)
    sets: tuple[SetSpan, ...] = ()
    perhaps: int = 0
    kind: str | None = None

    @property
    def count(self) -> int:
        """How many repetitions there are."""
        return len(self.repetitions)

    @property
    def counted(self) -> str:
        """The count in words, with what else it may be."""
        return f"{self.count}, perhaps {self.count + self.perhaps}" if self.perhaps else f"{self.count}"


class BodyTrack(PassedOn):
    """Where the athlete's joints are through a film, for those who draw them over the picture.

    Attributes:
        start: second of the first instant; the others follow every 1 / `rate`.
        rate: instants a second.
        names: of the points.
        points: base64 of int16, low byte first, [T, points, 2]: (x, y) in ten-thousandths of the picture's width and
            height, -32768 in an instant in which nobody is seen.
    """

    start: Number
    rate: float = Field(gt=0)
    names: tuple[str, ...]
    points: str


FOLLOWING, NAMING = "following", "naming"
"""Stages of an analysis: the athlete is followed through the film, and pictures are asked what a set shows."""


class Progress(PassedOn):
    """How far an analysis is: its stage, and which share of that is done."""

    stage: str
    share: Share


_TELLING = 0.02
"""Share of the first stage from which on the time left can be told."""


def seconds_left(seconds: float, progress: Progress | None) -> float | None:
    """About how long an analysis still takes that has taken some seconds; None while that cannot be told.

    What comes after the first stage is short, and says nothing of how long the whole takes.
    """
    if progress is None or progress.stage != FOLLOWING or not _TELLING <= progress.share < 1:
        return None
    return round(seconds * (1 - progress.share) / progress.share, 1)


class WorkoutAnswer(Addressed, PassedOn):
    """What is done in a film.

    Attributes:
        file: its path or name.
        seconds, frames: its duration, and how many frames it has; 0 where they were not counted.
        width, height: of a frame as displayed, in pixels.
        segments: in their order; nothing is done between them, or nothing that could be told.
        cuts: seconds at which another shot begins.
        followed: share of the film in which the athlete's body was followed.
        bodies: the athlete's joints; None where nobody asked for them, or nobody was followed.
        model: who says so; None for truth.
        timing_ms: wall-clock milliseconds of each step, `total` among them.
        request_id: identifies the request in the log.
    """

    file: str | None = None
    seconds: float
    frames: Count = 0
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    segments: tuple[SegmentAnswer, ...]
    cuts: tuple[Number, ...] = ()
    followed: Share = 1.0
    bodies: BodyTrack | None = None
    model: ModelFacts | None = None
    timing_ms: dict[str, float] = Field(default_factory=dict)
    request_id: str | None = None


class JobState(StrEnum):
    """What a job is doing."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class JobAnswer(PassedOn):
    """The analysis of a workout that was asked for: what becomes of it, and the result.

    Attributes:
        id: names the job in addresses; it cannot be guessed.
        state: what it is doing.
        before: how many jobs are worked on first, while it waits.
        progress: while it is worked on.
        seconds_left: about, while it is worked on and that can be told.
        expires: second since 1970 (UTC) at which the result is deleted.
        workout: the result.
        error: why there is none.
    """

    id: str
    state: JobState
    before: Count = 0
    progress: Progress | None = None
    seconds_left: Number | None = None
    expires: Number | None = None
    workout: WorkoutAnswer | None = None
    error: ErrorDetail | None = None
