"""The answer to one clip, the same from the function, the page's API and `movements predict --json`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from model.answers.base import Addressed, PassedOn, Share
from model.errors import InternalError

FETCH, TOTAL = "fetch", "total"
"""Steps in `ClipAnswer.timing_ms`."""


class NoneOfTheseAnswer(PassedOn):
    """How probable it is that the clip shows none of the movements, and whether that is the answer."""

    probability: Share
    answer: bool


class Square(PassedOn):
    """The part of the frame that the model was shown, in pixels of the source."""

    x: float
    y: float
    side: float = Field(gt=0)


class ClipFacts(PassedOn):
    """What was read from the clip: its length, and which frames were looked at.

    Attributes:
        seconds: duration, of the part that was asked for where one was.
        frames: how many it has, or the part has: those that can be decoded.
        declared_frames: how many it says it has; more, if it was cut off. None from functions that do not say.
        width, height: of a frame as displayed, in pixels.
        sampled: numbers of the frames that were looked at.
        sampled_seconds: when each is shown.
        crop: the square that was cut out; None for the whole frame.
    """

    seconds: float
    frames: int
    declared_frames: int | None = None
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    sampled: tuple[int, ...]
    sampled_seconds: tuple[float, ...]
    crop: Square | None


class ModelFacts(PassedOn):
    """Which model answered, and what ran it."""

    name: str
    version: str
    engine: str


Part = tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], Annotated[float, Field(gt=0, allow_inf_nan=False)]]
"""First and last second of what is to be looked at of a clip, as the file's own clock has it."""

PICTURES, BODY = "pictures", "body"
"""Streams that answer."""


class SetAnswer(PassedOn):
    """Repetitions of one movement, one after the other.

    Attributes:
        label: the movement.
        repetitions: how many are whole.
        first, last: seconds of the begin of the first and of the end of the last.
        probability: of the movement.
    """

    label: str
    repetitions: int = Field(ge=1)
    first: float
    last: float
    probability: Share

    @property
    def told(self) -> str:
        """How many, and when, in words."""
        counted = "1 repetition" if self.repetitions == 1 else f"{self.repetitions} repetitions"
        return f"{counted}, {self.first:.1f} to {self.last:.1f} s"


Joints = tuple[tuple[float, float], ...]
"""(x, y) of the points that a body is drawn by, in pixels of the frame."""


class WhyAnswer(PassedOn):
    """What carried an answer, found by taking one thing after the other away; see `model.why`.

    Attributes:
        frames: share of every sampled frame, of what pictures said.
        body: share of `arms`, `legs`, `trunk`, and `way`, the path of the hips, of what the body said, if it did.
        names: of the points in `joints`.
        joints: the body in every sampled frame; None where it is not seen. Empty without a body.
    """

    frames: tuple[Share, ...]
    body: dict[str, Share]
    names: tuple[str, ...]
    joints: tuple[Joints | None, ...]


class NearPoint(PassedOn):
    """One point of a movement's standard, as the athlete in the clip meets it.

    Attributes:
        name: as the file of standards has it.
        verdict: `rep`, `no rep`, `look` or `unclear`, of this point alone.
        measured, required: in `unit`, "degrees" or "thigh"; None where nothing could be measured.
        reason: why nothing is said; None where the figures say all.
    """

    name: str
    verdict: str
    measured: float | None = None
    required: float | None = None
    unit: str
    reason: str | None = None


class NearAnswer(PassedOn):
    """A movement that a clip nearly shows, and what of its standard is met."""

    label: str
    points: tuple[NearPoint, ...]


class ClipAnswer(Addressed, PassedOn):
    """What a clip shows.

    Attributes:
        file: its path, where several clips were asked about at once.
        prediction: (label, probability), the most probable first, at least one.
        none_of_these: everything else, where the model has a rule for it.
        clip: what was read.
        model: who says so.
        timing_ms: wall-clock milliseconds of each step, `total` among them.
        stills: base64 JPEG of every sampled frame, if they were asked for.
        request_id: identifies the request in the log.
        seen: first and last second of the part of the clip that the prediction is about.
        sets: the movements that were found in the clip, in their order; only where the body was followed.
        streams: what answered, of `pictures` and `body`.
        why: what carried the answer, where stills were asked for and a movement is the answer.
        near: the movement that it nearly shows, where stills were asked for, none is the answer, and there is one.
    """

    file: str | None = None
    prediction: tuple[tuple[str, Share], ...] = Field(min_length=1)
    none_of_these: NoneOfTheseAnswer | None
    clip: ClipFacts
    model: ModelFacts
    timing_ms: dict[str, float]
    stills: tuple[str, ...] | None = None
    request_id: str | None = None
    seen: tuple[float, float] | None = None
    sets: tuple[SetAnswer, ...] = ()
    streams: tuple[str, ...] = (PICTURES,)
    why: WhyAnswer | None = None
    near: NearAnswer | None = None

    @model_validator(mode="after")
    def _rows_are_sorted(self) -> Self:
        probabilities = [probability for _, probability in self.prediction]
        if probabilities != sorted(probabilities, reverse=True):
            raise ValueError("the rows are not sorted by probability")
        return self

    @property
    def own_set(self) -> SetAnswer | None:
        """The set of the movement that the prediction names: of several, the one that it is about."""
        if self.none_of_these is not None and self.none_of_these.answer:
            return None
        own = [found for found in self.sets if found.label == self.prediction[0][0]]
        start = self.seen[0] if self.seen else 0.0
        return min(own, key=lambda found: max(found.first - start, start - found.last, 0.0), default=None)

    @property
    def other_sets(self) -> tuple[SetAnswer, ...]:
        """The other sets of the clip, in their order."""
        return tuple(found for found in self.sets if found is not self.own_set)

    @classmethod
    def read(cls, body: object) -> Self:
        """The answer in a JSON body; raises `InternalError` for anything that is not one."""
        try:
            return cls.model_validate(body)
        except ValidationError as error:
            raise InternalError() from error

    def with_fetch(self, milliseconds: float) -> Self:
        """The same answer, the time that it took to fetch the clip counted in."""
        timing = {FETCH: milliseconds, **self.timing_ms}
        timing[TOTAL] = round(milliseconds + self.timing_ms[TOTAL], 1)
        return self.model_copy(update={"timing_ms": timing})
