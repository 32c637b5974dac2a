"""Whether a repetition holds: the points of performance of its movement, measured on the athlete's landmarks.

Standards are data: a file of `rules` per movement, which an organiser can copy, change and name with `--standards`.
Thresholds are on the scale of the network that measures (arms that are straight read as 155 to 161 degrees), and
`unsure` is its error: what misses a threshold by less is `unclear`, and so is what is hidden, or what one camera does
not see, each with its reason. A point whose measurement cannot decide (`decided_by = "person"`) is never `no rep`: a
person looks at it.
"""

from __future__ import annotations

import bisect
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from model.answers.workout import JudgementAnswer, RepetitionAnswer, Verdict
from model.pose.body import INDEX, Body
from model.workout.timeline import Span

RULES = Path(__file__).parent / "rules"
"""The standards that come with the package."""

LEAST_VISIBILITY = 0.5
"""Visibility of a landmark below which it is hidden."""

_ENDS = 0.3
"""Share of a repetition around its begin and its end within which its bottom and its top are looked for."""
_LEAST_SECONDS = 0.25
"""At least so many seconds on either side, since frames are looked at some ten times a second."""
_PRECISION = {"degrees": 1, "thigh": 2}

_ORDER = (Verdict.NO_REP, Verdict.LOOK, Verdict.REP, Verdict.UNCLEAR)
"""Of several points of one repetition, the first of these is what is said of it."""


class Measure(StrEnum):
    """What is measured on a body: angles in degrees, heights in thighs.

    DEPTH: how far the hips are above the knees. CHIN: how far the nose is above the wrists. TRUNK: angle of the trunk
    above level, negative with the shoulders below the hips. The others are angles of a joint, 180 where it is straight.
    """

    KNEE = "knee"
    HIP = "hip"
    ELBOW = "elbow"
    DEPTH = "depth"
    CHIN = "chin"
    TRUNK = "trunk"

    @property
    def unit(self) -> str:
        """Of its values."""
        return "thigh" if self in (Measure.DEPTH, Measure.CHIN) else "degrees"


class Moment(StrEnum):
    """Where in a repetition something is measured: where it begins, where it ends, or all through it."""

    BOTTOM = "bottom"
    TOP = "top"
    ALL = "all"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(_Strict):
    """One point of performance.

    Attributes:
        name: in words, for people.
        measure, at: what is measured, and where.
        least, most: the value that the best frame must reach; one of the two.
        unsure: error of the measurement.
        decided_by: "camera", or "person" where a measurement can only suggest that a repetition does not hold.
        unseen: why one camera cannot see it; without it, the point is measured.
    """

    name: str = Field(min_length=1)
    measure: Measure | None = None
    at: Moment | None = None
    least: float | None = None
    most: float | None = None
    unsure: float = Field(0.0, ge=0)
    decided_by: str = Field("camera", pattern="^(camera|person)$")
    unseen: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.unseen is None:
            if self.measure is None or self.at is None:
                raise ValueError(f"{self.name!r} says neither what is measured (measure, at) nor why not (unseen)")
            if (self.least is None) == (self.most is None):
                raise ValueError(f"{self.name!r} needs one of `least` and `most`")
        return self


class Standard(_Strict):
    """The points of performance of a movement, and where the rules are written."""

    movement: str
    source: str
    points: tuple[Point, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes:
        value: of the best frame.
        error: by how much it may miss a limit without saying that the limit is missed.
        moment: second that decides.
        margin: by how much it must be beyond a limit to say that the limit is reached.
    """

    value: float
    error: float
    moment: float
    margin: float = 0.0


Lowest = Callable[[float, float], Measured | None]
"""The depth where the athlete is lowest between two seconds, as it is read from pictures; None where it is not."""

Standards = Mapping[str, Standard]
"""By the movement's label."""


def read_standards(folder: Path = RULES) -> Standards:
    """The standards in a folder of TOML files, one per movement.

    Raises:
        ValueError: there are none, a file is none, or two are for the same movement.
    """
    found: dict[str, Standard] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            standard = Standard.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
            raise ValueError(f"{path} is no file of standards: {error}") from error
        if standard.movement in found:
            raise ValueError(f"{path} repeats the standards of {standard.movement!r}")
        found[standard.movement] = standard
    if not found:
        raise ValueError(f"{folder} holds no standards (*.toml)")
    return found


def judged(
    span: Span,
    standard: Standard | None,
    bodies: Sequence[Body | None],
    seconds: Sequence[float],
    frame_at: Callable[[float], int],
    lowest: Lowest | None = None,
) -> RepetitionAnswer:
    """A repetition, held against the standard of its movement, if there is one.

    Args:
        span: of the repetition.
        standard: of its movement.
        bodies: the athlete in every frame that was looked at, None where nobody was followed.
        seconds: when each frame is shown, increasing.
        frame_at: number of the frame that is shown at a second.
        lowest: reads depth from pictures; without it, landmarks measure it.
    """
    points = () if standard is None else tuple(_judged(one, span, bodies, seconds, lowest) for one in standard.points)
    points = tuple(point.model_copy(update={"frame": frame_at(point.moment)}) for point in points)
    said = {point.verdict for point in points}
    verdict = next((verdict for verdict in _ORDER if verdict in said), Verdict.UNCLEAR)
    return RepetitionAnswer(
        start=round(span.start, 3),
        end=round(span.end, 3),
        frames=(frame_at(span.start), frame_at(span.end)),
        verdict=verdict,
        judgements=points,
    )


def _judged(
    point: Point, span: Span, bodies: Sequence[Body | None], seconds: Sequence[float], lowest: Lowest | None
) -> JudgementAnswer:
    def unclear(reason: str, unit: str = "degrees") -> JudgementAnswer:
        return JudgementAnswer(
            standard=point.name, verdict=Verdict.UNCLEAR, unit=unit, moment=round(span.end, 3), reason=reason
        )

    if point.unseen is not None or point.measure is None or point.at is None:
        return unclear(point.unseen or "")
    unit = point.measure.unit
    first, last = window(span, point.at)
    seen = bodies_between(bodies, seconds, first, last)
    if not seen:
        return unclear("the athlete is not seen at this moment", unit)
    if point.measure is Measure.DEPTH and lowest is not None and (read := lowest(first, last)) is not None:
        return _decided(point, read)
    values = [(measured(body, point.measure), second) for second, body in seen]
    told = [(value, second) for value, second in values if value is not None]
    if not told:
        return unclear(f"{_joints(point.measure)} hidden", unit)
    best, moment = max(told) if point.least is not None else min(told)
    return _decided(point, Measured(best, point.unsure, moment))


def _decided(point: Point, read: Measured) -> JudgementAnswer:
    """What a measurement says of a point."""
    assert point.measure is not None
    wanted = point.most if point.least is None else point.least
    assert wanted is not None
    beyond = read.value - wanted if point.most is None else wanted - read.value
    reason = None
    if beyond >= read.margin:
        verdict = Verdict.REP
    elif beyond >= -read.error:
        verdict, reason = Verdict.UNCLEAR, "too near the limit to be told by measuring"
    elif point.decided_by == "person":
        verdict, reason = Verdict.LOOK, "probably not, but a measurement cannot decide it"
    else:
        verdict = Verdict.NO_REP
    unit = point.measure.unit
    digits = _PRECISION[unit]
    return JudgementAnswer(
        standard=point.name, verdict=verdict, measured=round(read.value, digits), required=wanted, unit=unit,
        moment=round(read.moment, 3), reason=reason,
    )  # fmt: skip


def bodies_between(
    bodies: Sequence[Body | None], seconds: Sequence[float], first: float, last: float
) -> list[tuple[float, Body]]:
    """The bodies that are seen between two seconds of a film, both included, and when; `seconds` increase."""
    start, after = bisect.bisect_left(seconds, first), bisect.bisect_right(seconds, last)
    return [(seconds[number], body) for number in range(start, after) if (body := bodies[number]) is not None]


def window(span: Span, at: Moment) -> tuple[float, float]:
    """First and last second within which a point is looked for."""
    around = max(_LEAST_SECONDS, _ENDS * (span.end - span.start))
    if at is Moment.BOTTOM:
        return span.start - around, span.start + around
    if at is Moment.TOP:
        return span.end - around, span.end + around
    return span.start, span.end


_LIMBS = {
    Measure.KNEE: ("hip", "knee", "ankle"),
    Measure.HIP: ("shoulder", "hip", "knee"),
    Measure.ELBOW: ("shoulder", "elbow", "wrist"),
    Measure.DEPTH: ("hip", "knee"),
    Measure.CHIN: ("wrist", "hip", "knee"),
    Measure.TRUNK: ("shoulder", "hip"),
}


def _joints(measure: Measure) -> str:
    return " or ".join(_LIMBS[measure])


def measured(body: Body, measure: Measure) -> float | None:
    """A value of the body's better seen side; None where that is hidden, too."""
    sides = []
    for side in ("left", "right"):
        columns = [INDEX[f"{side}_{joint}"] for joint in _LIMBS[measure]]
        sides.append((float(body.visibility[columns].min()), side, columns))
    visibility, side, columns = max(sides)
    if visibility < LEAST_VISIBILITY:
        return None
    points = body.points[columns].astype(np.float64)
    if measure in (Measure.KNEE, Measure.HIP, Measure.ELBOW):
        return angle(points[0], points[1], points[2])
    if measure is Measure.TRUNK:
        along = points[0] - points[1]
        return float(np.degrees(np.arctan2(-along[1], abs(along[0]))))
    thigh = float(np.linalg.norm(body.point(f"{side}_hip") - body.point(f"{side}_knee")))
    thigh = max(thigh, 0.6 * body.torso)  # a thigh that points at the camera is short
    if measure is Measure.DEPTH:
        return float(points[1, 1] - points[0, 1]) / thigh
    return float(points[0, 1] - body.point("nose")[1]) / thigh


def angle(one: np.ndarray, joint: np.ndarray, other: np.ndarray) -> float:
    """The angle at a joint between two other points [2] or [3], degrees; 180 where it is straight."""
    first, second = one - joint, other - joint
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.degrees(np.arccos(np.clip(first @ second / max(lengths, 1e-9), -1, 1))))
