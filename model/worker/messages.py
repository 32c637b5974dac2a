"""What a worker is asked and what it says, as JSON."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import Base64Bytes, BaseModel, ConfigDict

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


class Task(StrEnum):
    """What is asked about a file."""

    CLIP = "clip"
    WORKOUT = "workout"
    PIECES = "pieces"
    FOLLOW = "follow"


class Question(_Message):
    """A clip, or something about a whole workout.

    Attributes:
        path: of the file.
        deadline: instant of `time.monotonic()`, which is the machine's and not the process's.
        task: what is asked.
        top_k: of a clip, how many rows are wanted.
        stills: of a clip, whether the sampled frames are wanted as JPEG.
        body: of a clip, whether the second stream answers, too, where there is one.
        part: of a clip, first and last second of what is looked at.
        athlete: of a workout, where somebody pointed the athlete out.
        piece: of a workout, the part that is to be followed.
        followed: of a workout, files with the parts that were followed before, see `Followed.as_bytes`: all of them, or
            for a part the one before it.
    """

    path: Path
    deadline: float
    task: Task = Task.CLIP
    athlete: tuple[float, float] | None = None
    piece: tuple[float, float] | None = None
    followed: tuple[Path, ...] | None = None
    top_k: int = TOP_K
    stills: bool = False
    body: bool = True
    part: tuple[float, float] | None = None


class Reply(_Message):
    """What became of a start or a question; empty where a start succeeded, and where work on a question begins.

    Attributes:
        answer: to the question about a clip.
        workout: to that about a workout.
        pieces: to that about its parts.
        followed: to that about one part, see `Followed.as_bytes`.
        progress: of a workout, before the reply to it.
        error: why there is none.
        details: of a defect of ours, for the log and never for an answer.
    """

    answer: ClipAnswer | None = None
    workout: WorkoutAnswer | None = None
    pieces: tuple[tuple[float, float], ...] | None = None
    followed: Base64Bytes | None = None
    progress: Progress | None = None
    error: ErrorDetail | None = None
    details: str | None = None
