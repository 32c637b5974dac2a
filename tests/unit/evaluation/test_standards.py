from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.answers.workout import JudgementAnswer, RepetitionAnswer, Verdict
from model.evaluation.standards import Case, Room, cases, standard_metrics
from model.workout.standards import Measure, Moment, Point, Standard

POINTS = (
    Point(name="deep", measure=Measure.DEPTH, at=Moment.BOTTOM, most=0.0, unsure=0.3),
    Point(name="straight", measure=Measure.KNEE, at=Moment.TOP, least=155, unsure=20),
    Point(name="chin", measure=Measure.CHIN, at=Moment.TOP, least=0.0),
    Point(name="touch", unseen="a touch is not seen"),
)
STANDARD = Standard(movement="ohs", source="s", points=POINTS)


def squat(depth: float, knee: float) -> Room:
    """Two seconds, twelve instants each: hips so far above the knees in the first, knees so straight in the second."""
    joints = np.zeros((24, 12, 3), np.float32)
    joints[:, 8:10] = [0.0, 0.0, 0.5]
    joints[:12, 6:8] = [np.sqrt(1 - depth**2), 0.0, 0.5 + depth]
    joints[12:, 6:8] = [0.0, 0.0, 1.5]
    bend = np.radians(180 - knee)
    joints[:, 10:12] = [0.5 * np.sin(bend), 0.0, 0.5 - 0.5 * np.cos(bend)]
    return Room(joints, 2.0)


def said(**verdicts: Verdict) -> RepetitionAnswer:
    points = (JudgementAnswer(standard=name, verdict=one, unit="degrees", moment=0.0) for name, one in verdicts.items())
    return RepetitionAnswer(start=0.0, end=2.0, judgements=tuple(points))


def test_every_point_is_held_against_the_joints_in_the_room() -> None:
    answer = said(deep=Verdict.REP, straight=Verdict.NO_REP, chin=Verdict.REP, touch=Verdict.UNCLEAR, other=Verdict.REP)
    found = dict(cases(answer, answer, STANDARD, squat(-0.2, 140)))
    assert set(found) == {"deep", "straight"}
    assert found["deep"].beyond == pytest.approx(0.2) and found["deep"].clear and found["deep"].holds
    assert found["straight"].beyond == pytest.approx(-15, abs=0.1) and found["straight"].clear
    assert not found["straight"].holds


def test_what_is_near_its_limit_is_not_clear() -> None:
    answer = said(deep=Verdict.UNCLEAR, straight=Verdict.UNCLEAR)
    found = dict(cases(answer, answer, STANDARD, squat(0.1, 160)))
    assert not found["deep"].holds and found["straight"].holds
    assert not found["deep"].clear and not found["straight"].clear


def test_the_room_is_kept_beside_a_film(tmp_path: Path) -> None:
    assert Room.beside(tmp_path / "film.mp4", 2.0) is None
    np.savez(tmp_path / "film.npz", metres=np.arange(24 * 36, dtype=np.float32).reshape(24, 12, 3))
    room = Room.beside(tmp_path / "film.mp4", 2.0)
    assert room is not None
    assert len(room.between(0.5, 1.0)) == 7 and room.between(0.5, 1.0)[0, 0, 0] == 6 * 36
    assert len(room.between(-3.0, -2.0)) == len(room.between(9.0, 9.5)) == 1


def test_figures_of_a_point() -> None:
    some = [
        Case(0.3, True, Verdict.REP),
        Case(0.3, True, Verdict.UNCLEAR),
        Case(0.3, True, Verdict.LOOK),
        Case(-0.3, True, Verdict.NO_REP),
        Case(-0.3, True, Verdict.REP),
        Case(-0.1, False, Verdict.UNCLEAR),
    ]
    figures = standard_metrics(some)
    assert (figures.repetitions, figures.given, figures.faulty, figures.clear) == (6, 3, 3, 5)
    assert figures.right == pytest.approx(2 / 3, abs=1e-4)
    assert figures.faulty_found == figures.good_doubted == pytest.approx(1 / 3, abs=1e-4)
    assert (figures.clear_unclear, figures.near_unclear) == (0.2, 1.0)
    assert standard_metrics([]).right is None
