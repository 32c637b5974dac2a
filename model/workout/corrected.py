"""What a person corrects of a workout: verdicts of repetitions, and what is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from model.answers.workout import RepetitionAnswer, SegmentAnswer, SetSpan, Verdict, WorkoutAnswer
from model.errors import BadRequest
from model.workout.timeline import Span, sets

_VERDICTS = {"r": Verdict.REP, "n": Verdict.NO_REP, "x": None}
_FORM = re.compile(r"^(\d{1,4})\.(\d{1,5})([rnx])$")


@dataclass(frozen=True)
class Corrections:
    """A person's word on some repetitions.

    Attributes:
        said: by numbers of the segment and of the repetition in it, both from 0: the verdict, None for no repetition.
    """

    said: dict[tuple[int, int], Verdict | None]

    @classmethod
    def read(cls, text: str) -> Self:
        """Corrections as text: `0.3n,1.0x,2.5r` for a no-rep, what is no repetition, and a good one.

        Raises:
            BadRequest: the text has another form.
        """
        said: dict[tuple[int, int], Verdict | None] = {}
        for part in text.split(",") if text else []:
            match = _FORM.match(part)
            if match is None:
                raise BadRequest(f"{part[:20]!r} is no correction.", hint="They look like 0.3n,1.0x,2.5r.")
            said[int(match[1]), int(match[2])] = _VERDICTS[match[3]]
        return cls(said)


def corrected(workout: WorkoutAnswer, corrections: Corrections) -> WorkoutAnswer:
    """The workout as a person has it; segments of which no repetition is left are left out."""
    if not corrections.said:
        return workout
    segments = [_segment(number, segment, corrections) for number, segment in enumerate(workout.segments)]
    return workout.model_copy(update={"segments": tuple(segment for segment in segments if segment is not None)})


def _segment(number: int, segment: SegmentAnswer, corrections: Corrections) -> SegmentAnswer | None:
    left: list[RepetitionAnswer] = []
    for place, repetition in enumerate(segment.repetitions):
        if (number, place) not in corrections.said:
            left.append(repetition)
        elif (verdict := corrections.said[number, place]) is not None:
            left.append(repetition.model_copy(update={"verdict": verdict}))
    if not left:
        return None
    found = sets([Span(one.start, one.end) for one in left])
    update = {
        "repetitions": tuple(left),
        "sets": tuple(SetSpan(first=first, last=last) for first, last in found),
        "start": left[0].start,
        "end": left[-1].end,
        "perhaps": 0,
    }
    return segment.model_copy(update=update)
