from __future__ import annotations

import base64
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.answers.clip import NoneOfTheseAnswer, Square
from model.bundle import Bundle, Golden, seal, write_goldens
from model.contract import MOVEMENTS, NoneOfThese
from model.errors import ModelUnavailable, TimedOut
from model.predict import Predictor
from model.video import Square as CropSquare


@pytest.fixture(scope="module")
def predictor(tiny_bundle: Path) -> Predictor:
    return Predictor.load(tiny_bundle)


def test_the_rows_are_sorted_and_the_most_probable_comes_first(predictor: Predictor, red_clip: Path) -> None:
    rows = predictor.predict(red_clip).rows
    assert len(rows) == 5
    assert rows[0][0] == MOVEMENTS[0].label  # the tiny bundle's answer to red
    assert [p for _, p in rows] == sorted((p for _, p in rows), reverse=True)


@pytest.mark.parametrize(("top_k", "count"), [(1, 1), (9, 9), (50, 9)])
def test_top_k_bounds_the_rows(predictor: Predictor, red_clip: Path, top_k: int, count: int) -> None:
    assert len(predictor.predict(red_clip, top_k=top_k).rows) == count


def test_the_body_is_json_of_the_public_contract(predictor: Predictor, red_clip: Path) -> None:
    body = json.loads(json.dumps(predictor.predict(red_clip).answer().to_json()))
    assert set(body) == {"prediction", "none_of_these", "clip", "model", "timing_ms", "seen", "sets", "streams"}
    assert (body["sets"], body["streams"]) == ([], ["pictures"])  # the tiny bundle does not know the body
    assert body["seen"] == [body["clip"]["sampled_seconds"][0], body["clip"]["sampled_seconds"][-1]]
    assert body["none_of_these"] is None  # the tiny bundle has no rule
    assert body["clip"]["frames"] == body["clip"]["declared_frames"] == 24
    assert len(body["clip"]["sampled"]) == len(body["clip"]["sampled_seconds"]) == 10
    assert (body["clip"]["width"], body["clip"]["height"]) == (128, 96)
    assert body["model"] == {"name": "tiny", "version": "1", "engine": "litert"}
    assert set(body["timing_ms"]) == {"decode", "predict", "total"}


def test_stills_are_jpegs_of_the_sampled_frames_and_come_only_when_asked_for(
    predictor: Predictor, red_clip: Path
) -> None:
    body = predictor.predict(red_clip, stills=True).answer()
    assert len(body.stills or ()) == 10
    assert all(base64.b64decode(still).startswith(b"\xff\xd8") for still in (body.stills or ()))
    assert body.why is not None
    assert len(body.why.frames) == 10
    assert sum(body.why.frames) == pytest.approx(round(sum(body.why.frames)), abs=0.01), "1, or 0 for no single frame"


def test_many_threads_get_the_answer_that_one_gets(predictor: Predictor, red_clip: Path) -> None:
    expected = predictor.predict(red_clip).rows
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: predictor.predict(red_clip).rows, range(12)))
    assert answers == [expected] * 12


def test_a_deadline_that_has_passed_gives_no_answer(predictor: Predictor, red_clip: Path) -> None:
    with pytest.raises(TimedOut):
        predictor.predict(red_clip, deadline=0.0)


def with_golden(bundle: Path, clip: Path, probabilities: np.ndarray) -> Path:
    write_goldens(bundle, [Golden(clip, tuple(float(p) for p in probabilities))])
    seal(bundle)
    return bundle


def test_golden_clips_are_run_when_a_predictor_is_checked(tmp_path: Path, tiny_bundle: Path, red_clip: Path) -> None:
    rows = dict(Predictor.load(tiny_bundle).predict(red_clip, top_k=9).rows)
    right = np.array([rows[movement.label] for movement in MOVEMENTS])
    good = with_golden(Path(shutil.copytree(tiny_bundle, tmp_path / "good")), red_clip, right)
    predictor = Predictor.load(good)
    assert predictor.bundle.goldens
    predictor.check()
    bad = with_golden(Path(shutil.copytree(tiny_bundle, tmp_path / "bad")), red_clip, right[::-1])
    with pytest.raises(ModelUnavailable, match="golden clip"):
        Predictor.load(bad).check()


def test_the_bundle_of_a_predictor_can_be_opened_before_it(tiny_bundle: Path) -> None:
    assert Predictor(Bundle.load(tiny_bundle), threads=1).contract.name == "tiny"


@pytest.mark.parametrize(
    ("none", "movement", "shown"),
    [
        (0.6, 0.3, True),
        (0.61, 0.39, True),
        (0.4, 0.35, True),
        (0.4, 0.4, True),
        (0.4, 0.41, False),
    ],
)
def test_none_of_these_is_the_answer_from_the_threshold_on_and_where_no_movement_is_as_probable(
    none: float, movement: float, shown: bool
) -> None:
    assert NoneOfThese(threshold=0.6).rejects(none, movement) is shown


def test_without_a_rule_nothing_is_none_of_these(predictor: Predictor, red_clip: Path) -> None:
    prediction = predictor.predict(red_clip)
    assert not prediction.shows_none and prediction.answer().none_of_these is None


def test_figures_are_said_in_as_many_digits_as_mean_something(predictor: Predictor, red_clip: Path) -> None:
    clip = replace(
        predictor.predict(red_clip).clip,
        seconds=1.23456,
        sampled_seconds=(0.0, 0.12345, 1.98765),
        crop=CropSquare(10.123, 20.987, 30.456),
    )
    rows = (("thruster", 0.123456789), ("ohs", 0.0123456789))
    prediction = replace(
        predictor.predict(red_clip),
        rows=rows,
        none=0.987654321,
        clip=clip,
        decode_ms=1.23,
        predict_ms=2.36,
        total_ms=3.59,
    )
    said = prediction.answer()
    assert said.prediction == (("thruster", 0.123457), ("ohs", 0.012346))
    assert said.none_of_these == NoneOfTheseAnswer(probability=0.987654, answer=False)
    assert (said.clip.seconds, said.clip.sampled_seconds) == (1.235, (0.0, 0.123, 1.988))
    assert said.clip.crop == Square(x=10.1, y=21.0, side=30.5)
    assert said.timing_ms == {"decode": 1.2, "predict": 2.4, "total": 3.6}


def test_none_of_these_is_the_last_output_and_no_row(
    predictor: Predictor, red_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = predictor.contract.model_copy(update={"none_of_these": NoneOfThese(threshold=0.6)})
    monkeypatch.setattr(predictor, "contract", contract)
    given = np.array([0.05, 0.2, 0.01, 0.02, 0.03, 0.04, 0.06, 0.07, 0.08, 0.44])
    monkeypatch.setattr(predictor, "probabilities", lambda _: given)
    prediction = predictor.predict(red_clip, top_k=9)
    assert prediction.none == 0.44
    assert prediction.rows[0] == (contract.labels[1], 0.2) and len(prediction.rows) == 9


def test_steps_are_timed_in_milliseconds(predictor: Predictor, red_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((10.0, 10.25, 10.75, 11.75))
    monkeypatch.setattr("model.predict.time.perf_counter", lambda: next(clock))
    prediction = predictor.predict(red_clip)
    assert (prediction.decode_ms, prediction.predict_ms, prediction.total_ms) == (250, 500, 1750)


@pytest.mark.parametrize(("difference", "sound"), [(0.004, True), (0.006, False)])
def test_a_golden_clip_may_be_off_by_what_processors_differ(
    tmp_path: Path, tiny_bundle: Path, red_clip: Path, difference: float, sound: bool
) -> None:
    rows = dict(Predictor.load(tiny_bundle).predict(red_clip, top_k=9).rows)
    given = np.array([rows[movement.label] for movement in MOVEMENTS])
    given[given.argmax()] -= difference
    bundle = with_golden(Path(shutil.copytree(tiny_bundle, tmp_path / "bundle")), red_clip, given)
    if sound:
        Predictor.load(bundle).check()
    else:
        with pytest.raises(ModelUnavailable, match=r"off by 0\.006"):
            Predictor.load(bundle).check()
