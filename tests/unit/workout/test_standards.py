from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from model.answers.workout import RepetitionAnswer, Verdict
from model.contract import MOVEMENTS
from model.pose.body import INDEX, NAMES, Body
from model.workout.standards import (
    RULES,
    Measure,
    Measured,
    Point,
    Standard,
    bodies_between,
    judged,
    measured,
    read_standards,
)
from model.workout.timeline import Span

THIGH = 100.0


def body(*, knee: float = 180.0, elbow: float = 180.0, below: float = 0.0, hidden: tuple[str, ...] = ()) -> Body:
    """Somebody seen from the side: a knee bent to some degrees, and hips some thighs below the knees, if asked."""
    points = np.zeros((len(NAMES), 2), np.float32)
    visibility = np.ones(len(NAMES), np.float32)

    def put(joint: str, x: float, y: float) -> None:
        for side in ("left", "right"):
            points[INDEX[f"{side}_{joint}"]] = x, y

    rise = -below * THIGH
    put("hip", 0, 0)
    put("knee", math.sqrt(THIGH**2 - min(rise, THIGH) ** 2) if below or knee < 180 else 0.0, rise if below else THIGH)
    hip, joint = points[INDEX["left_hip"]], points[INDEX["left_knee"]]
    along = math.atan2(*(hip - joint)[::-1].tolist()) + math.radians(knee)
    put("ankle", joint[0] + THIGH * math.cos(along), joint[1] + THIGH * math.sin(along))
    put("shoulder", 0, -120)
    put("elbow", 0, -180)
    turn = math.radians(90 + elbow)
    put("wrist", 60 * math.cos(turn), -180 + 60 * math.sin(turn))
    for name in hidden:
        for side in ("left", "right"):
            visibility[INDEX[f"{side}_{name}"]] = 0.1
    return Body(points, np.zeros(len(NAMES), np.float32), visibility, 1.0, np.zeros((len(NAMES), 3), np.float32))


def said(point: Point, *bodies: Body | None) -> RepetitionAnswer:
    standard = Standard(movement="m", source="s", points=(point,))
    seconds = [number / 10 for number in range(len(bodies))]
    return judged(Span(0.0, seconds[-1]), standard, bodies, seconds, lambda second: round(30 * second))


def test_every_movement_has_a_standard_with_its_source() -> None:
    standards = read_standards(RULES)
    assert set(standards) == {movement.label for movement in MOVEMENTS}
    assert all(standard.source for standard in standards.values())


@pytest.mark.parametrize("degrees", [40, 90, 155, 179])
def test_angles_are_measured(degrees: float) -> None:
    assert measured(body(knee=degrees), Measure.KNEE) == pytest.approx(degrees, abs=0.5)
    assert measured(body(elbow=degrees), Measure.ELBOW) == pytest.approx(degrees, abs=0.5)


@pytest.mark.parametrize("below", [-0.6, -0.2, 0.3])
def test_depth_is_measured_in_thighs(below: float) -> None:
    assert measured(body(below=below, knee=90), Measure.DEPTH) == pytest.approx(-below, abs=0.01)


def test_the_better_seen_side_is_measured_and_a_hidden_one_is_not() -> None:
    somebody = body(knee=120)
    somebody.visibility[INDEX["left_knee"]] = 0.0
    assert measured(somebody, Measure.KNEE) == pytest.approx(120, abs=0.5)
    assert measured(body(knee=120, hidden=("knee",)), Measure.KNEE) is None


STRAIGHT = Point(name="knees straight", measure=Measure.KNEE, at="top", least=155, unsure=20)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("knee", "verdict"),
    [(170, Verdict.REP), (156, Verdict.REP), (150, Verdict.UNCLEAR), (136, Verdict.UNCLEAR), (120, Verdict.NO_REP)],
)
def test_a_point_is_reached_or_not_or_too_near_to_tell(knee: float, verdict: Verdict) -> None:
    answer = said(STRAIGHT, body(knee=60), body(knee=90), body(knee=knee))
    assert answer.verdict is verdict
    (point,) = answer.judgements
    assert point.measured == pytest.approx(knee, abs=0.5) and point.required == 155 and point.unit == "degrees"
    assert point.moment == pytest.approx(0.2) and point.frame == 6
    assert (point.reason is not None) is (verdict is Verdict.UNCLEAR)


def test_a_measurement_that_cannot_decide_asks_a_person() -> None:
    deep = Point(name="deep", measure=Measure.DEPTH, at="all", most=0, unsure=0.25, decided_by="person")  # type: ignore[arg-type]
    verdicts = [said(deep, body(below=below, knee=90), None, body()).verdict for below in (0.2, -0.1, -0.6)]
    assert verdicts == [Verdict.REP, Verdict.UNCLEAR, Verdict.LOOK]


def test_what_cannot_be_seen_is_unclear_and_says_why() -> None:
    touch = Point(name="touch", unseen="a touch is not seen")
    assert [one.reason for one in said(touch, body()).judgements] == ["a touch is not seen"]
    assert "hidden" in str(said(STRAIGHT, body(hidden=("knee",))).judgements[0].reason)
    nobody = said(STRAIGHT, None, None)
    assert nobody.verdict is Verdict.UNCLEAR and "not seen" in str(nobody.judgements[0].reason)
    assert judged(Span(0, 1), None, [], [], lambda second: 0).verdict is Verdict.UNCLEAR


def test_one_point_that_fails_is_enough() -> None:
    touch = Point(name="touch", unseen="a touch is not seen")
    standard = Standard(movement="m", source="s", points=(touch, STRAIGHT))
    good = judged(Span(0, 0), standard, [body()], [0.0], lambda second: 0)
    bad = judged(Span(0, 0), standard, [body(knee=90)], [0.0], lambda second: 0)
    assert (good.verdict, bad.verdict) == (Verdict.REP, Verdict.NO_REP)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "holds no standards"),
        ("movement = 'm'\nsource = 's'\npoints = []", "points"),
        ("movement = 'm'\nsource = 's'\n[[points]]\nname = 'p'", "neither"),
        ("movement = 'm'\nsource = 's'\n[[points]]\nname = 'p'\nmeasure = 'knee'\nat = 'top'", "one of `least`"),
        ("movement = 'm'\nsource = 's'\n[[points]]\nname = 'p'\nmeasure = 'nose'\nat = 'top'\nleast = 1", "measure"),
        ("movement = ", "no file of standards"),
    ],
)
def test_files_that_are_no_standards_are_refused(tmp_path: Path, text: str, complaint: str) -> None:
    if text:
        (tmp_path / "one.toml").write_text(text)
    with pytest.raises(ValueError, match=complaint):
        read_standards(tmp_path)


def test_two_files_for_one_movement_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_bytes((RULES / "deadlift.toml").read_bytes())
    with pytest.raises(ValueError, match="repeats"):
        read_standards(tmp_path)


def test_bodies_between_two_seconds_are_found_ends_included() -> None:
    somebody = body()
    some, seconds = [somebody, None, somebody, somebody], [0.0, 0.5, 1.0, 1.5]
    assert [second for second, _ in bodies_between(some, seconds, 0.0, 1.0)] == [0.0, 1.0]
    assert bodies_between(some, seconds, 0.4, 0.6) == []
    assert bodies_between(some, seconds, 2.0, 3.0) == []


DEEP = Point(name="deep", measure=Measure.DEPTH, at="bottom", most=0.0, unsure=0.35, decided_by="person")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("depth", "verdict"),
    [(-0.2, Verdict.REP), (-0.05, Verdict.UNCLEAR), (0.05, Verdict.UNCLEAR), (0.2, Verdict.LOOK)],
)
def test_depth_that_pictures_tell_is_believed_as_far_as_it_is_sure(depth: float, verdict: Verdict) -> None:
    asked = []

    def lowest(first: float, last: float) -> Measured:
        asked.append((first, last))
        return Measured(depth, 0.1, 0.4, margin=0.1)

    standard = Standard(movement="m", source="s", points=(DEEP, STRAIGHT))
    bodies = [body(below=0.3, knee=90)] * 11  # deep enough by landmarks
    seconds = [number / 10 for number in range(11)]
    told = judged(Span(0.0, 1.0), standard, bodies, seconds, lambda second: round(30 * second), lowest)
    deep, straight = told.judgements
    assert (deep.verdict, deep.measured, deep.moment, deep.frame) == (verdict, depth, 0.4, 12)
    assert straight.verdict is Verdict.NO_REP  # knees are measured on landmarks as before
    assert asked == [(-0.3, 0.3)]


def test_landmarks_tell_depth_where_pictures_do_not() -> None:
    standard = Standard(movement="m", source="s", points=(DEEP,))
    bodies, seconds = [body(below=0.3, knee=90)] * 2, [0.0, 0.1]
    for lowest in (None, lambda first, last: None):
        told = judged(Span(0.0, 0.1), standard, bodies, seconds, lambda second: 0, lowest)
        assert told.judgements[0].measured == pytest.approx(-0.3)
