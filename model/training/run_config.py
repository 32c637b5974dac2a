"""What a run was started with, as its folder remembers it."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Self

import keras
import numpy as np
import tensorflow as tf
from pydantic import BaseModel, ConfigDict, Field

from model.training.recipe import Recipe

CONFIG = "config.json"


class Origin(BaseModel):
    """The weights that a run began with: their name, and the sha256 of their file in hexadecimal."""

    model_config = ConfigDict(frozen=True)

    name: str
    sha256: str


class RunConfig(BaseModel):
    """What decides a run, and what it was made with; `config.json` in its folder.

    Attributes:
        recipe: with its number of steps.
        labels: the movements in the order of the outputs.
        has_none: whether one more output stands for *none of these*. Older runs, which do not say so, all have it.
        clips: how many there are, those held out included.
        files: names of the files that hold them.
        start: the weights it began with; None for weights drawn from the seed.
        versions: of Python and the libraries that decide numbers.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    recipe: Recipe
    labels: tuple[str, ...]
    has_none: bool = Field(default=True, alias="none")
    clips: int
    files: tuple[str, ...] = ()
    start: Origin | None = None
    versions: dict[str, str] = Field(default_factory=lambda: installed_versions())

    @classmethod
    def read(cls, run: Path) -> Self:
        """The configuration of a run's folder.

        Raises:
            FileNotFoundError: the folder holds no run.
            ValueError: the file is not a run's configuration.
        """
        return cls.model_validate_json((run / CONFIG).read_bytes())

    def refuse_another(self, run: Path, *, resume: bool) -> None:
        """Raise if the folder holds a run that is not this one, or that is not to be continued.

        Raises:
            FileExistsError: the folder holds a run already and `resume` is not set.
            ValueError: the folder's run has another recipe, other labels, other clips or another start.
        """
        if not (run / CONFIG).exists():
            return
        if not resume:
            raise FileExistsError(f"{run} holds a run already: continue it with resume, or choose another folder")
        before = self.read(run).model_dump()
        for key, value in self.model_dump(include={"recipe", "labels", "clips", "start"}).items():
            if before[key] != value:
                raise ValueError(f"{run} was started with another {key}: {before[key]!r}, now {value!r}")

    def open(self, run: Path) -> None:
        """Make the run's folder and write the file, unless it is there."""
        run.mkdir(parents=True, exist_ok=True)
        if not (run / CONFIG).exists():
            values = self.model_dump(mode="json", by_alias=True)
            (run / CONFIG).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def installed_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that decide what comes out of a run."""
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }
