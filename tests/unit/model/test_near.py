"""What is said of a clip that nearly shows a movement, on a rendered one that is said to show none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from model.defaults import DEFAULT_BUNDLE
from model.near import with_near
from model.pose import weights
from model.predict import Prediction, Predictor
from model.workout.standards import read_standards

pytestmark = pytest.mark.skipif(
    not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
    reason="the weights of BlazePose are absent: run `make pose`",
)

EXAMPLES = Path(__file__).parents[3] / "app" / "assets" / "examples"


@pytest.fixture(scope="module")
def prediction() -> Prediction:
    return Predictor.load(DEFAULT_BUNDLE, threads=1).predict(EXAMPLES / "thruster.mp4", stills=True)


def test_a_clip_that_nearly_shows_a_movement_is_held_against_its_standard(prediction: Prediction) -> None:
    near = with_near(replace(prediction, shows_none=True)).near
    assert near is not None
    assert near.label == "thruster"
    assert [point.name for point in near.points] == [point.name for point in read_standards()["thruster"].points]
    assert {point.verdict for point in near.points} <= {"rep", "no rep", "look", "unclear"}
    told = [point for point in near.points if point.measured is not None]
    assert told and all(point.required is not None and point.unit in ("degrees", "thigh") for point in told)


def test_nothing_is_said_where_a_movement_is_the_answer_or_nobody_asked_for_stills(prediction: Prediction) -> None:
    assert with_near(prediction).near is None
    assert with_near(replace(prediction, shows_none=True, stills=None)).near is None
    assert with_near(replace(prediction, shows_none=True, body=None)).near is None


def test_a_movement_that_the_body_does_not_make_is_not_near(prediction: Prediction) -> None:
    rows = (("shspu", 0.4), *prediction.rows[1:])
    assert with_near(replace(prediction, shows_none=True, rows=rows)).near is None
