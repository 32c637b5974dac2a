"""The answer to one clip, the same from the function, the page's API and `movements predict --json`."""

from __future__ import annotations

from typing import Self

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
        seconds: duration.
        frames: how many it has: those that can be decoded.
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
    """

    file: str | None = None
    prediction: tuple[tuple[str, Share], ...] = Field(min_length=1)
    none_of_these: NoneOfTheseAnswer | None
    clip: ClipFacts
    model: ModelFacts
    timing_ms: dict[str, float]
    stills: tuple[str, ...] | None = None
    request_id: str | None = None

    @model_validator(mode="after")
    def _rows_are_sorted(self) -> Self:
        probabilities = [probability for _, probability in self.prediction]
        if probabilities != sorted(probabilities, reverse=True):
            raise ValueError("the rows are not sorted by probability")
        return self

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
