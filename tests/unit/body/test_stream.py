from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from model.body.reading import Reading
from model.body.stream import BodyWatcher, agreed
from model.bundle import BODY, CONTRACT, POSE, Bundle, seal
from model.contract import MOVEMENTS, BodyStream, Contract, NoneOfThese
from model.defaults import DEFAULT_BUNDLE
from model.errors import ModelUnavailable
from model.pose import weights
from model.predict import Predictor

EXAMPLES = Path(__file__).parents[3] / "app" / "assets" / "examples"

needs_weights = pytest.mark.skipif(
    not (weights.DEFAULT_FOLDER / weights.LICENSE).is_file(),
    reason="the weights of BlazePose are absent: run `make pose`",
)


def contract(**changes: object) -> Contract:
    return Contract.model_validate(
        {"name": "t", "version": "1", "architecture": "t", "movements": MOVEMENTS, "none_of_these": NoneOfThese()}
        | changes
    )


def test_a_contract_says_what_share_of_a_cycle_each_movement_takes() -> None:
    assert contract(body=BodyStream(shares=(0.5,) * 9)).body is not None
    with pytest.raises(ValueError, match="9 movements and 8 shares"):
        contract(body=BodyStream(shares=(0.5,) * 8))
    with pytest.raises(ValueError, match="none of these"):
        contract(body=BodyStream(shares=(0.5,) * 9), none_of_these=None)


def test_two_networks_help_each_other_as_far_as_each_is_sure() -> None:
    named = Reading(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.6, 0.0], [0.1, 0.1]]))
    counting = Reading(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([[0.0, 1.0], [0.0, -1.0]]))
    one, other = agreed(named, counting)
    np.testing.assert_allclose(one.direction, [[0.6, 0.5], [0.1, -0.9]])
    np.testing.assert_allclose(other.direction, [[0.6, 1.0], [0.0, -1.0]])
    assert one.probabilities is named.probabilities and other.probabilities is counting.probabilities


def test_a_bundle_whose_second_stream_is_missing_is_not_opened(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DEFAULT_BUNDLE, tmp_path / "bundle"))
    (folder / BODY).unlink()
    seal(folder)
    with pytest.raises(ModelUnavailable, match=r"body\.tflite is missing"):
        Bundle.load(folder)


def test_a_bundle_of_pictures_has_no_second_stream(tiny_bundle: Path) -> None:
    assert BodyWatcher.of(Bundle.load(tiny_bundle)) is None


def test_without_the_weights_pictures_answer_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "DEFAULT_FOLDER", tmp_path)
    predictor = Predictor.load(DEFAULT_BUNDLE)
    answer = predictor.answer(EXAMPLES / "thruster.mp4")
    assert answer.streams == ("pictures",) and answer.sets == ()
    assert answer.prediction[0][0] == "thruster"


@needs_weights
def test_a_bundle_may_bring_the_weights_along(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(DEFAULT_BUNDLE, tmp_path / "bundle"))
    shutil.copytree(weights.DEFAULT_FOLDER, folder / POSE)
    seal(folder)
    monkeypatch.setattr(weights, "DEFAULT_FOLDER", tmp_path)
    assert BodyWatcher.of(Bundle.load(folder)) is not None
    (folder / POSE / weights.LANDMARKS.name).write_bytes(b"another")
    seal(folder)
    with pytest.raises(ModelUnavailable, match="not the file that was pinned"):
        BodyWatcher.of(Bundle.load(folder))


@needs_weights
@pytest.mark.parametrize("label", [movement.label for movement in MOVEMENTS])
def test_both_streams_know_the_example_of_every_movement(label: str) -> None:
    predictor = Predictor.load(DEFAULT_BUNDLE)
    answer = predictor.answer(EXAMPLES / f"{label.replace(' ', '-')}.mp4")
    assert answer.streams == ("pictures", "body")
    assert answer.none_of_these is not None and not answer.none_of_these.answer
    assert answer.prediction[0][0] == label
    assert "body" in answer.timing_ms
    alone = predictor.predict(EXAMPLES / f"{label.replace(' ', '-')}.mp4", body=False).answer()
    assert alone.streams == ("pictures",)


@needs_weights
def test_where_there_is_no_time_to_follow_the_body_pictures_answer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.predict._BODY_SHARE", 0.0)
    answer = Predictor.load(DEFAULT_BUNDLE).predict(EXAMPLES / "ghd.mp4", deadline=time.monotonic() + 60).answer()
    assert answer.streams == ("pictures",)
    assert answer.prediction[0][0] == "ghd"


def test_the_weights_are_not_in_the_repositorys_own_bundle() -> None:
    assert not (DEFAULT_BUNDLE / POSE).exists()
    assert Contract.read(DEFAULT_BUNDLE / CONTRACT).body is not None
