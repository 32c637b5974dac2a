"""A workout as an answer, made by hand."""

from __future__ import annotations

import pytest

from model.answers.workout import JudgementAnswer, RepetitionAnswer, SegmentAnswer, SetSpan, Verdict, WorkoutAnswer


def made_workout() -> WorkoutAnswer:
    """Two deadlifts, a set each, the second one not finished; and one repetition of something else."""
    bent = JudgementAnswer(
        standard="knees straight", verdict=Verdict.NO_REP, measured=121.5, required=155, unit="degrees", moment=9.0
    )
    return WorkoutAnswer(
        seconds=20.0,
        frames=600,
        width=480,
        height=270,
        segments=(
            SegmentAnswer(
                movement="deadlift",
                start=1.0,
                end=9.0,
                probability=0.9,
                repetitions=(
                    RepetitionAnswer(start=1.0, end=2.0, frames=(30, 60), verdict=Verdict.REP),
                    RepetitionAnswer(start=8.0, end=9.0, frames=(240, 270), verdict=Verdict.NO_REP, judgements=(bent,)),
                ),
                sets=(SetSpan(first=0, last=0), SetSpan(first=1, last=1)),
                perhaps=1,
            ),
            SegmentAnswer(
                movement=None,
                start=12.0,
                end=13.0,
                probability=0.8,
                repetitions=(RepetitionAnswer(start=12.0, end=13.0, frames=(360, 390)),),
                sets=(SetSpan(first=0, last=0),),
            ),
        ),
    )


@pytest.fixture
def workout() -> WorkoutAnswer:
    return made_workout()
