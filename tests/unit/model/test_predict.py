from __future__ import annotations

import base64
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.answers.clip import NoneOfTheseAnswer
from model.bundle import Bundle, Golden, seal, write_goldens
from model.contract import MOVEMENTS, NoneOfThese
from model.errors import ModelUnavailable, TimedOut
from model.predict import Predictor
from model.rendering.mp4 import write_mp4


@pytest.fixture(scope="module")
def red_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "red.mp4"
    frames = np.zeros((24, 96, 128, 3), np.uint8)
    frames[..., 0] = 230
    write_mp4(path, frames, crf=10)
    return path


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
    assert set(body) == {"prediction", "none_of_these", "clip", "model", "timing_ms"}
    assert body["none_of_these"] is None  # the tiny bundle has no rule
    assert body["clip"]["frames"] == 24
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


def test_golden_clips_are_run_when_a_bundle_is_opened(tmp_path: Path, tiny_bundle: Path, red_clip: Path) -> None:
    rows = dict(Predictor.load(tiny_bundle).predict(red_clip, top_k=9).rows)
    right = np.array([rows[movement.label] for movement in MOVEMENTS])
    good = with_golden(Path(shutil.copytree(tiny_bundle, tmp_path / "good")), red_clip, right)
    assert Predictor.load(good).bundle.goldens
    bad = with_golden(Path(shutil.copytree(tiny_bundle, tmp_path / "bad")), red_clip, right[::-1])
    with pytest.raises(ModelUnavailable, match="golden clip"):
        Predictor.load(bad)


def test_the_bundle_of_a_predictor_can_be_opened_before_it(tiny_bundle: Path) -> None:
    assert Predictor(Bundle.load(tiny_bundle), threads=1).contract.name == "tiny"


@pytest.mark.parametrize(("none", "shown"), [(0.6, True), (0.5999, False), (0.61, True)])
def test_none_of_these_is_the_answer_from_exactly_the_threshold_on(
    predictor: Predictor, red_clip: Path, none: float, shown: bool
) -> None:
    contract = predictor.contract.model_copy(update={"none_of_these": NoneOfThese(threshold=0.6)})
    prediction = replace(predictor.predict(red_clip), contract=contract, none=none)
    assert prediction.shows_none is shown
    assert prediction.answer().none_of_these == NoneOfTheseAnswer(probability=none, answer=shown)


def test_without_a_rule_nothing_is_none_of_these(predictor: Predictor, red_clip: Path) -> None:
    prediction = predictor.predict(red_clip)
    assert not prediction.shows_none and prediction.answer().none_of_these is None
