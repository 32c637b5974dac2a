"""A workout whose analysis page and function divide between them: what each leaves for the other beside the upload."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from pydantic import Field

from model.answers.base import Count, PassedOn, Share
from model.answers.workout import FOLLOWING, Progress
from model.defaults import UPLOAD_KEY_FORM

Place = tuple[Share, Share]
"""A place in a picture, in shares of its width and height."""

JOB_FORM = r"^[0-9a-f]{32}$"
"""Names of jobs; each has that of its film's upload, which cannot be guessed."""


@dataclass(frozen=True)
class JobFiles:
    """The keys of everything that belongs to a job.

    Attributes:
        name: of the job.
    """

    name: str

    @classmethod
    def of_upload(cls, key: str) -> Self:
        """Those of the job about an upload; raises `ValueError` for what is not the key of one."""
        if re.fullmatch(UPLOAD_KEY_FORM, key) is None:
            raise ValueError("this is not the key of an upload")
        return cls(key.removeprefix("uploads/").removesuffix(".mp4"))

    @property
    def film(self) -> str:
        """The upload."""
        return f"uploads/{self.name}.mp4"

    @property
    def order(self) -> str:
        """What is to be done: `JobOrder`, written by the page. Without it, nobody wants the result any more."""
        return f"workouts/{self.name}/order.json"

    @property
    def plan(self) -> str:
        """In how many pieces the film is followed: `JobPlan`."""
        return f"workouts/{self.name}/plan.json"

    @property
    def result(self) -> str:
        """What came out: `WorkoutAnswer`."""
        return f"workouts/{self.name}/result.json"

    @property
    def error(self) -> str:
        """Why nothing comes out: `ErrorAnswer`."""
        return f"workouts/{self.name}/error.json"

    def progress(self, piece: int) -> str:
        """How far a piece is: `Progress`."""
        return f"workouts/{self.name}/progress-{piece}.json"

    def followed(self, piece: int) -> str:
        """The athlete through a piece, see `model.pose.read.Followed.as_bytes`."""
        return f"workouts/{self.name}/followed-{piece}.npz"

    def of_pieces(self, count: int) -> list[str]:
        """What is left over of some pieces once there is a result."""
        return [key for piece in range(count) for key in (self.progress(piece), self.followed(piece))]

    def everything(self, pieces: int) -> list[str]:
        """All keys of a job with so many pieces."""
        return [self.film, self.order, self.plan, self.result, self.error, *self.of_pieces(pieces)]


class JobOrder(PassedOn):
    """What is to be done.

    Attributes:
        begun: second since 1970 (UTC) at which it was asked for.
        athlete: where somebody pointed the athlete out in the first picture.
    """

    begun: float
    athlete: Place | None = None


class JobPlan(PassedOn):
    """How it is done.

    Attributes:
        pieces: how many parts of the film are followed one apart from the other.
        naming: all of them were followed.
    """

    pieces: Count = Field(ge=1)
    naming: bool = False

    def progress(self, of_pieces: list[Progress | None]) -> Progress:
        """How far the whole is, from how far each piece is; None for one that has not begun."""
        if self.pieces == 1 or self.naming:
            return of_pieces[0] or Progress(stage=FOLLOWING, share=0.0)
        return Progress(stage=FOLLOWING, share=sum(one.share for one in of_pieces if one is not None) / self.pieces)
