"""What `movements pose` says: the athlete's landmarks through a clip."""

from __future__ import annotations

from model.answers.base import Addressed, Answer, Count, Number, Share

Point = tuple[Number, Number, Share]
"""(x, y) in pixels of the displayed frame, and visibility."""


class BodyAnswer(Answer):
    """The athlete at one instant.

    Attributes:
        seconds: when the frame is shown.
        presence: that there is a body; None where nobody was found, and there are no points.
        points: of every landmark, in the order of `PoseAnswer.names`.
    """

    seconds: Number
    presence: Share | None
    points: tuple[Point, ...]


class PoseAnswer(Addressed):
    """The athlete through a clip.

    Attributes:
        file: path of the clip.
        width, height: of a displayed frame, in pixels.
        names: of the landmarks.
        bodies: one for every frame that was looked at.
    """

    file: str | None = None
    width: int
    height: int
    names: tuple[str, ...]
    bodies: tuple[BodyAnswer, ...]


class MovementAccuracy(Answer):
    """How well the athlete was followed through films of known skeletons.

    Attributes:
        frames: that were looked at.
        found: share of them with a body.
        on_athlete: share of them whose landmarks are, in the median, within half a torso of the athlete's joints: it is
            the athlete and nobody else.
        median_error: of each joint, of frames with a body, in parts of the torso.
    """

    frames: Count
    found: Share
    on_athlete: Share
    median_error: dict[str, Number]


class PoseAccuracy(Answer):
    """The same for every movement, and for all together."""

    clips: Count
    seed: int
    all: MovementAccuracy
    movements: dict[str, MovementAccuracy]
