"""What a worker is asked and what it says, as JSON."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from model.answers.clip import ClipAnswer
from model.answers.error import ErrorDetail
from model.answers.workout import Progress, WorkoutAnswer
from model.defaults import TOP_K, EngineName

MAX_BYTES = 64 * 2**20
"""The longest message that is read: an answer with stills of 4K frames has 10 MB."""


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Start(_Message):
    """What a worker is for: a bundle on this machine that was verified, and what runs its graph on how many threads."""

    bundle: Path
    engine: EngineName
    threads: int


class Question(_Message):
    """A clip, or a whole workout.

    Attributes:
        path: of the file.
        workout: whether it is a workout; what follows, but for the deadline, is about clips.
        athlete: of a workout, where somebody pointed the athlete out.
        top_k: how many rows are wanted.
        stills: whether the sampled frames are wanted as JPEG.
        deadline: instant of `time.monotonic()`, which is the machine's and not the process's.
        body: whether the second stream answers, too, where there is one.
    """

    path: Path
    workout: bool = False
    athlete: tuple[float, float] | None = None
    top_k: int = TOP_K
    stills: bool = False
    deadline: float
    body: bool = True


class Reply(_Message):
    """What became of a start or a question; empty where a start succeeded, and where work on a question begins.

    Attributes:
        answer: to the question about a clip.
        workout: to that about a workout.
        progress: of a workout, before the reply to it.
        error: why there is none.
        details: of a defect of ours, for the log and never for an answer.
    """

    answer: ClipAnswer | None = None
    workout: WorkoutAnswer | None = None
    progress: Progress | None = None
    error: ErrorDetail | None = None
    details: str | None = None
