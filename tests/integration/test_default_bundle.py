"""The bundle that comes with the source: whole, small, the same in both engines, and able to do its job."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from model.bundle import CARD, EVALUATION
from model.contract import MOVEMENTS, Movement
from model.defaults import DEFAULT_BUNDLE, EngineName
from model.evaluation.evaluate import evaluate
from model.predict import Predictor
from model.rendering.clip import render_video
from model.rendering.mp4 import write_mp4
from model.video import read_clip

EXAMPLES = Path(__file__).parents[2] / "app" / "assets" / "examples"


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load(DEFAULT_BUNDLE)


@pytest.fixture(scope="module")
def full(predictor: Predictor) -> Predictor:
    return Predictor(predictor.bundle, engine=EngineName.TENSORFLOW)


def assert_engines_agree(lite: Predictor, full: Predictor, clip: Path) -> None:
    tensor = read_clip(clip, lite.contract).tensor
    difference = np.abs(lite.probabilities(tensor) - full.probabilities(tensor)).max()
    assert difference < 1e-4, f"{clip.name}: {difference}"


def test_the_default_bundle_knows_the_nine_movements_and_reproduces_its_golden_clips(predictor: Predictor) -> None:
    assert predictor.contract.movements == MOVEMENTS
    assert predictor.bundle.goldens
    assert predictor.engine.name == "litert"


def test_the_default_bundle_is_at_most_10_mb_with_its_card_and_figures() -> None:
    files = [path for path in DEFAULT_BUNDLE.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 10_000_000
    card = (DEFAULT_BUNDLE / CARD).read_text(encoding="utf-8")
    for heading in ("Model", "Data", "Training", "Film", "Limits"):
        assert f"## {heading}" in card
    assert (DEFAULT_BUNDLE / EVALUATION / "confusion.png").is_file()


def test_a_new_default_model_adds_at_most_8_mb_to_the_repository() -> None:
    """Compressed as git does. A contact sheet of this bundle shows four clips; of a new one, two, coarser."""
    files = [path for path in DEFAULT_BUNDLE.rglob("*") if path.is_file()]
    size = {path: len(zlib.compress(path.read_bytes())) for path in files}
    sheets = sum(size.pop(path) for path in files if path.suffix == ".jpg")
    assert sum(size.values()) + 0.35 * sheets <= 8_000_000


def test_litert_and_tensorflow_agree_on_the_golden_clips(predictor: Predictor, full: Predictor) -> None:
    for golden in predictor.bundle.goldens:
        assert_engines_agree(predictor, full, golden.clip)


def test_litert_and_tensorflow_agree_on_every_real_clip(predictor: Predictor, full: Predictor, shared: Path) -> None:
    clips = sorted((shared / "clips").glob("*.mp4"))
    assert len(clips) == 9
    for clip in clips:
        assert_engines_agree(predictor, full, clip)


def test_real_clips_are_recognised_far_beyond_chance(predictor: Predictor, shared: Path) -> None:
    evaluation = evaluate(predictor, shared / "clips")
    # By chance one in nine. Seven right of nine happens less than once in 100 000 tries by luck.
    assert (evaluation.top(1) or 0) >= 7 / 9
    assert (evaluation.top(5) or 0) == 1.0


def test_a_rendered_clip_of_a_new_seed_is_recognised_as_a_video_file(predictor: Predictor, tmp_path: Path) -> None:
    right = 0
    for number, label in enumerate(("ghd", "shspu", "deadlift", "thruster")):
        path = tmp_path / f"{label}.mp4"
        write_mp4(path, render_video((90, number), label, width=320, height=240).frames)
        right += predictor.predict(path).rows[0][0] == label
    assert right >= 3


@pytest.mark.parametrize("movement", MOVEMENTS, ids=lambda movement: movement.label)
def test_every_example_of_the_page_is_small_and_recognised(predictor: Predictor, movement: Movement) -> None:
    label = movement.label
    clip = EXAMPLES / f"{label.replace(' ', '-')}.mp4"
    assert clip.stat().st_size < 200_000
    assert predictor.predict(clip).rows[0][0] == label


def test_predicting_from_the_command_line_takes_one_process_and_no_tensorflow() -> None:
    clip = EXAMPLES / "thruster.mp4"
    code = (
        "import sys; from model.cli.commands import app\n"
        f"app(['predict', {str(clip)!r}, '--json'], standalone_mode=False)\n"
        "assert 'tensorflow' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert '"thruster"' in done.stdout
