"""The answer to a clip, as a classifier gives it and as the page and the API pass it on."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.errors import InternalError

Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")


class Outcome(_Part):
    """How probable it is that the clip shows none of the movements, and whether that is the answer."""

    probability: Probability
    answer: bool


class Square(_Part):
    """The part of the frame that the model was shown, in pixels of the source."""

    x: float
    y: float
    side: float = Field(gt=0)


class ClipFacts(_Part):
    """What was read from the clip; `sampled` are frame indices, `sampled_seconds` their times."""

    seconds: float
    frames: int
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    sampled: tuple[int, ...]
    sampled_seconds: tuple[float, ...]
    crop: Square | None


class ModelFacts(_Part):
    """Which model answered."""

    name: str
    version: str
    engine: str


class Answer(_Part):
    """`model.predict.Prediction.to_dict()` after a journey: checked, so that nothing else passes for a prediction.

    Attributes:
        prediction: (label, probability), the most probable first, at least one.
        none_of_these: the outcome for everything else, where the model has a rule for it.
        timing_ms: wall-clock milliseconds of each step, `total` among them.
        stills: base64 JPEG of every sampled frame, if they were asked for.
    """

    prediction: tuple[tuple[str, Probability], ...] = Field(min_length=1)
    none_of_these: Outcome | None
    clip: ClipFacts
    model: ModelFacts
    timing_ms: dict[str, float]
    stills: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _rows_are_sorted(self) -> Self:
        probabilities = [probability for _, probability in self.prediction]
        if probabilities != sorted(probabilities, reverse=True):
            raise ValueError("the rows are not sorted by probability")
        return self

    @classmethod
    def read(cls, body: object) -> Self:
        """The answer in a JSON body; raises `InternalError` for anything that is not a prediction."""
        try:
            return cls.model_validate(body)
        except ValidationError as error:
            raise InternalError() from error

    def to_dict(self) -> dict[str, Any]:
        """The same JSON body again, nothing added and nothing lost."""
        return self.model_dump(mode="json", exclude_unset=True)
