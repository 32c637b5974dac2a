"""The manifest: every annotated repetition, where it comes from, and where its clip is.

One JSON file goes through all steps: `import` writes the repetitions, `cut` adds their clips, `split` divides them.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

MANIFEST = "manifest.json"
"""Name of the manifest in a folder of clips."""


class Split(StrEnum):
    """What a repetition is used for."""

    TRAIN = "train"  # learned from
    VALIDATION = "validation"  # stops and calibrates the training
    TEST = "test"  # judged once, at the end


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)


class AnnotatedRepetition(_Frozen):
    """One annotated repetition.

    Attributes:
        source: name of the video file it was seen in, without folder.
        athlete: who does it; a division by athlete never puts one into two splits.
        event: workout or heat, as the source names it; empty if unknown.
        movement: the label.
        start, end: its first and its last frame in the source, counted from 0, both belonging to it.
        clip: name of the cut file, without folder, once it is cut.
        frames, seconds: of the cut clip.
        split: what it is used for, once that is decided.
    """

    source: str = Field(min_length=1)
    athlete: str = Field(min_length=1)
    event: str = ""
    movement: str = Field(min_length=1)
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    clip: str | None = None
    frames: Annotated[int, Field(ge=1)] | None = None
    seconds: Annotated[float, Field(gt=0)] | None = None
    split: Split | None = Field(None, alias="side")  # its name in files since version 1

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"a repetition of {self.movement!r} ends at frame {self.end}, before {self.start}")
        return self


class Manifest(_Frozen):
    """All repetitions of a data set, by source and first frame.

    Attributes:
        schema_version: of this form.
        split: how the repetitions were divided, for people (`by athlete, seed 1`); empty before.
        repetitions: see `AnnotatedRepetition`.
    """

    schema_version: Literal[1] = 1
    split: str = ""
    repetitions: tuple[AnnotatedRepetition, ...]

    @property
    def movements(self) -> tuple[str, ...]:
        """The labels, in alphabetical order: the order of a model's outputs."""
        return tuple(sorted({repetition.movement for repetition in self.repetitions}))

    @classmethod
    def of(cls, repetitions: Iterable[AnnotatedRepetition], *, split: str = "") -> Self:
        """A manifest of repetitions in any order."""
        ordered = sorted(repetitions, key=lambda r: (r.source, r.start, r.end, r.movement))
        return cls(repetitions=tuple(ordered), split=split)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The manifest in a JSON file, or in a folder that holds one under its usual name.

        Raises:
            FileNotFoundError: there is none.
            ValueError: it is not a manifest.
        """
        file = path / MANIFEST if path.is_dir() else path
        if not file.is_file():
            raise FileNotFoundError(f"there is no manifest at {file}; `movements data import` writes one")
        try:
            return cls.model_validate_json(file.read_text(encoding="utf-8"))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"{file} is not a manifest: {where}: {first['msg']}") from error

    def write(self, path: Path) -> Path:
        """Write indented JSON to a file, or under the usual name into a folder that exists; returns the file."""
        file = path / MANIFEST if path.is_dir() else path
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.write_text(self.model_dump_json(indent=1, exclude_none=True) + "\n", encoding="utf-8")
        partial.replace(file)
        return file
