"""Version 1 of the interface for programs: what they send, and what they are told.

Its description, `/openapi.json`, is read from these types and from those that they are made of. A field that is not
known is refused: it is somebody's mistake.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints

from model.answers.base import Answer, Share
from model.answers.clip import (
    PICTURES,
    ClipAnswer,
    ClipFacts,
    ModelFacts,
    NearAnswer,
    NoneOfTheseAnswer,
    Part,
    SetAnswer,
    WhyAnswer,
)
from model.answers.job import JOB_FORM, Place
from model.defaults import TOP_K, UPLOAD_KEY_FORM, WORKOUT_SECONDS
from model.errors import ERRORS, MovementsError

V1 = "/api/v1"
"""Where it is."""

PROBLEMS = f"{V1}/problems"
"""Where every code of a problem is explained."""

MOST_KEYS = 20
"""Clips that one request may ask about."""

UploadKey = Annotated[str, StringConstraints(pattern=UPLOAD_KEY_FORM)]
"""What a ticket for an upload gives."""

WorkoutFileName = Literal["workout.json", "workout.csv", "workout.srt", "workout.vtt", "annotation.json"]
"""What a workout's result is given as."""


class Problem(Answer):
    """Why there is no answer, as RFC 9457 has it, with what to do about it.

    Attributes:
        type: address that explains the kind of problem.
        title: the kind in words.
        status: of HTTP.
        detail: what was met this time.
        code: the kind, for programs.
        hint: what to do.
        request_id: identifies the request in the log.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str
    request_id: str

    @classmethod
    def of(cls, error: MovementsError, request_id: str) -> Self:
        """An error, as it is told to a program."""
        kind = ProblemKind.of(type(error))
        return cls(
            type=f"{PROBLEMS}#{error.code}",
            title=kind.title,
            status=error.status,
            detail=error.message,
            code=error.code,
            hint=error.hint,
            request_id=request_id,
        )


class ProblemKind(Answer):
    """A kind of problem.

    Attributes:
        code: stable.
        status: of HTTP.
        title: the code in words.
        meaning: what is wrong, where an answer does not say it more exactly.
        hint: the same of what to do.
    """

    code: str
    status: int
    title: str
    meaning: str
    hint: str

    @classmethod
    def of(cls, error: type[MovementsError]) -> Self:
        """The kind of an error."""
        return cls(
            code=error.code,
            status=error.status,
            title=error.code.replace("_", " ").capitalize(),
            meaning=error.default_message,
            hint=error.default_hint,
        )


class ProblemKinds(Answer):
    """Every kind of problem there is."""

    problems: tuple[ProblemKind, ...]

    @classmethod
    def all(cls) -> Self:
        """All of them, in the order of their definition."""
        return cls(problems=tuple(ProblemKind.of(error) for error in ERRORS.values()))


class Prediction(Answer):
    """A movement, and how probable it is that the clip shows it."""

    label: str
    probability: Share


class Classification(Answer):
    """What a clip shows.

    Attributes:
        predictions: the most probable first, at least one.
        none_of_these: everything else, where the model has a rule for it.
        seen: first and last second of the part of the clip that the predictions are about.
        sets: the movements that were found in the clip, in their order; only where the body was followed.
        streams: what answered, of `pictures` and `body`.
        clip: what was read.
        model: who says so.
        timing_ms: wall-clock milliseconds of each step, `total` among them.
        stills: base64 JPEG of every frame that was looked at, if they were asked for.
        why: what carried the answer, where stills were asked for and a movement is the answer.
        near: the movement that it nearly shows, where stills were asked for, none is the answer, and there is one.
        request_id: identifies the request in the log.
    """

    predictions: tuple[Prediction, ...] = Field(min_length=1)
    none_of_these: NoneOfTheseAnswer | None
    seen: tuple[float, float] | None
    sets: tuple[SetAnswer, ...]
    streams: tuple[str, ...] = (PICTURES,)
    clip: ClipFacts
    model: ModelFacts
    timing_ms: dict[str, float]
    stills: tuple[str, ...] | None
    why: WhyAnswer | None
    near: NearAnswer | None
    request_id: str

    @classmethod
    def of(cls, answer: ClipAnswer, request_id: str) -> Self:
        """The answer to a clip, as it is told to a program."""
        return cls(
            predictions=tuple(Prediction(label=label, probability=share) for label, share in answer.prediction),
            none_of_these=answer.none_of_these,
            seen=answer.seen,
            sets=answer.sets,
            streams=answer.streams,
            clip=answer.clip,
            model=answer.model,
            timing_ms=answer.timing_ms,
            stills=answer.stills,
            why=answer.why,
            near=answer.near,
            request_id=answer.request_id or request_id,
        )


class ClipOptions(Answer):
    """How a clip is to be answered.

    Attributes:
        top_k: how many movements are named.
        stills: also send the frames that were looked at, and what carried the answer.
        start, end: first and last second of what is looked at, of a clip that may then last two hours; one that is not
            given is that of the clip.
    """

    top_k: int = Field(TOP_K, ge=1, le=9999)
    stills: bool = False
    start: float | None = Field(None, ge=0, allow_inf_nan=False)
    end: float | None = Field(None, gt=0, allow_inf_nan=False)

    @property
    def part(self) -> Part | None:
        """What is looked at; None for all of the clip."""
        if self.start is None and self.end is None:
            return None
        return self.start or 0.0, self.end or WORKOUT_SECONDS


class ClipRequest(Answer):
    """A clip that was uploaded with a ticket.

    Attributes:
        key: of the upload; where uploads are in S3, `s3://<bucket>/<key>` names the same.
    """

    key: str = Field(pattern=UPLOAD_KEY_FORM.replace("^", r"^(s3://[a-z0-9.-]{3,63}/)?"))


class BatchRequest(Answer):
    """Clips that were uploaded with tickets.

    Attributes:
        keys: of the uploads.
    """

    keys: tuple[UploadKey, ...] = Field(min_length=1, max_length=MOST_KEYS)


class BatchRow(Answer):
    """What became of one clip of a batch: one of both."""

    key: str
    classification: Classification | None = None
    problem: Problem | None = None


class Batch(Answer):
    """What became of every clip of a batch, in the order in which they were named."""

    results: tuple[BatchRow, ...]


class WorkoutOptions(Answer):
    """How a film is to be analysed.

    Attributes:
        athlete: where the athlete is in its first picture, in shares of width and height.
    """

    athlete: Place | None = None

    @classmethod
    def of_form(cls, fields: dict[str, str]) -> Self:
        """As the fields of a form, where a place is `x,y`; raises `ValidationError`."""
        return cls.model_validate(
            {**fields, **({"athlete": fields["athlete"].split(",")} if "athlete" in fields else {})}
        )


class WorkoutRequest(WorkoutOptions):
    """A film that was uploaded with a ticket.

    Attributes:
        key: of the upload.
    """

    key: UploadKey


class WorkoutName(Answer):
    """Which workout: the name that its job was given."""

    id: str = Field(pattern=JOB_FORM)


class WorkoutFile(WorkoutName):
    """Which workout, and which of its files."""

    file: WorkoutFileName


class WorkoutFileOptions(Answer):
    """What a file is to say.

    Attributes:
        corrections: of a person, by numbers of segment and repetition: `0.3n,1.0x,2.5r` for a no-rep, what is no
            repetition, and a good one.
        film: name of the film.
    """

    corrections: str = Field("", max_length=4000, pattern=r"^(\d{1,4}\.\d{1,5}[rnx](,\d{1,4}\.\d{1,5}[rnx])*)?$")
    film: str = Field("film.mp4", max_length=100)
