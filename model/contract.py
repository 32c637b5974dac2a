"""The contract of a bundle: everything that must be known to feed its graph and to read its answer.

Weights without their preprocessing are useless, so both travel together: the contract is a file of the bundle,
and the one function from clip to tensor (`model.video`) is driven by it, in training and in serving alike.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

NONE = "none of these"
"""What a clip shows that shows none of a model's movements; no movement may be called so."""

NONE_LABEL = "none"
"""The label of such clips in files: rendered data sets, records, the settings of a run."""

_NONE_WORDS = frozenset({NONE, NONE_LABEL})


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Crop(StrEnum):
    """Which part of the frame is shown to the graph."""

    ATHLETE = "athlete"  # the one square that holds the moving athlete, shake removed
    NONE = "none"  # the whole frame, squeezed to the square


class Interpolation(StrEnum):
    """OpenCV's interpolation from the crop to the tensor."""

    AREA = "area"
    LINEAR = "linear"


class Movement(_Frozen):
    """One label of the model and what people call it."""

    label: str = Field(min_length=1)
    meaning: str
    spanish: str


class Limits(_Frozen):
    """What a clip may cost; checked before a decoder sees it."""

    max_bytes: int = Field(200 * 2**20, gt=0)
    max_seconds: float = Field(60.0, gt=0)
    max_pixels: int = Field(4096 * 2304, gt=0, description="width x height of one frame")
    max_pixel_frames: int = Field(
        4096 * 2304 * 600, gt=0, description="width x height x frames, and 32 a byte: what is decoded"
    )
    min_frames: int = Field(3, ge=1)


class NoneOfThese(_Frozen):
    """The rule for *none of these movements*.

    The graph gives one logit more than there are labels; the last one speaks for everything else. `bias` is added to
    it before the softmax; the outcome is *none of these* where its probability reaches `threshold`, or that of every
    movement.
    Both are chosen on held-out clips (see the bundle's card).
    """

    bias: float = 0.0
    threshold: float = Field(0.5, gt=0, lt=1)

    def rejects(self, none: float, movement: float) -> bool:
        """Whether *none of these* is the answer: it reaches the threshold, or no movement is more probable.

        Args:
            none: its probability.
            movement: that of the most probable movement.
        """
        return none >= self.threshold or none >= movement


class BodyStream(_Frozen):
    """The second stream: a network on landmarks of the athlete's body, and how what it says joins what pictures say.

    Of a part of a clip, each stream has a probability for every label and for none of them. Their logarithms are
    averaged, `weight` for the body and the rest for pictures; `none_of_these` is the rule for what comes out.
    """

    temperature: float = Field(1.0, gt=0, description="logits of the network on landmarks are divided by it")
    weight: float = Field(0.5, ge=0, le=1)
    shares: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        description="by label: the part of a whole cycle that a repetition takes; the rest is the way back"
    )
    none_of_these: NoneOfThese = NoneOfThese()


class DepthReading(_Frozen):
    """A network that reads from the picture around hips and knees how deep a squat is, as a Laplace distribution."""

    bound: float = Field(
        gt=0, description="widths of the distribution by which a depth must be beyond a limit to decide"
    )


class Contract(_Frozen):
    """How to turn a clip into the graph's input and its logits into probabilities.

    Input of the graph: float32 [1, frames, size, size, 3], RGB in [0, 1].
    Output of the graph: float32 logits [1, len(labels)], or one more with `none_of_these`.
    """

    schema_version: Literal[1] = Field(1, description="of the contract's form; a reader refuses a newer one")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    architecture: str = Field(description="for people: movinet_a0_base and the like")
    movements: tuple[Movement, ...] = Field(min_length=2)
    frames: Annotated[int, Field(ge=1, le=256)] = 10
    size: Annotated[int, Field(ge=16, le=1024)] = 224
    crop: Crop = Crop.ATHLETE
    interpolation: Interpolation = Interpolation.AREA
    temperature: float = Field(1.0, gt=0, description="logits are divided by it before the softmax")
    none_of_these: NoneOfThese | None = None
    body: BodyStream | None = None
    depth: DepthReading | None = None
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _labels_can_be_told_apart(self) -> Self:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError(f"labels must be unique, got {list(self.labels)}")
        for label in self.labels:
            if means_none(label):
                raise ValueError(f"{label!r} stands for everything that is no movement and cannot be a label")
        return self

    @model_validator(mode="after")
    def _streams_fit(self) -> Self:
        if self.body is None:
            return self
        if self.none_of_these is None:
            raise ValueError("what the body says is joined with pictures that know *none of these*; these do not")
        if len(self.body.shares) != len(self.movements):
            raise ValueError(f"there are {len(self.movements)} movements and {len(self.body.shares)} shares")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the order of the logits."""
        return tuple(movement.label for movement in self.movements)

    @property
    def outputs(self) -> int:
        """How many logits the graph gives."""
        return len(self.movements) + (self.none_of_these is not None)

    @property
    def input_shape(self) -> tuple[int, int, int, int, int]:
        """Shape of the graph's input: [1, frames, size, size, 3]."""
        return (1, self.frames, self.size, self.size, 3)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The contract in a JSON file; raises `pydantic.ValidationError` if it is not one."""
        return cls.model_validate_json(path.read_text(encoding="utf-8"))

    def write(self, path: Path) -> None:
        """Write the contract as indented JSON."""
        path.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


def means_none(label: str) -> bool:
    """Whether a label says *none of these*, or *none*, in whatever case."""
    return label.strip().casefold() in _NONE_WORDS


MOVEMENTS: tuple[Movement, ...] = tuple(
    Movement(label=label, meaning=meaning, spanish=spanish)
    for label, meaning, spanish in (
        ("bar-facing burpee", "Bar-facing burpee", "Burpee frente a la barra con salto"),
        ("chest-to-bar", "Chest-to-bar pull-up", "Dominada al pecho"),
        ("deadlift", "Deadlift", "Peso muerto"),
        ("double-unders", "Double-under rope jump", "Salto doble de comba"),
        ("ghd", "Glute-ham developer sit-up", "Abdominales en máquina GHD"),
        ("ohs", "Overhead squat", "Sentadilla de arrancada"),
        ("power clean", "Power clean", "Cargada de fuerza"),
        ("shspu", "Strict handstand push-up", "Flexión de pino estricta"),
        ("thruster", "Thruster", "Thruster"),
    )
)
"""The nine movements of the default model, in alphabetical order of their labels."""
