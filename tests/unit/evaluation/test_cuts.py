from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.answers.clip import ClipAnswer
from model.contract import MOVEMENTS, Contract, NoneOfThese
from model.evaluation import cuts, measure
from model.evaluation.clip_set import open_clip_set
from model.evaluation.cuts import CUTS, judge_cuts
from model.predict import Predictor
from tests.clips import plain_clip


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("as it is", [*range(10)]),
        ("3 times", [*range(10)] * 3),
        ("pauses of 0.5 s", [0] * 5 + [*range(10)] + [9] * 5),
        ("trimmed by 50 %", [*range(2, 8)]),
        ("extended by 50 %", [2, 1, *range(10), 8, 7]),
    ],
)
def test_a_cut_takes_the_frames_that_its_name_says(name: str, rows: list[int]) -> None:
    assert CUTS[name](10, 10.0).tolist() == rows


@pytest.mark.parametrize("name", CUTS)
@pytest.mark.parametrize("count", [3, 4, 31])
def test_every_cut_has_frames_of_the_film_and_three_at_least(name: str, count: int) -> None:
    rows = CUTS[name](count, 30.0)
    assert len(rows) >= 3
    assert rows.min() >= 0 and rows.max() < count


class Fake:
    """Answers by the colour, and with none of these for films of more than a second."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self.contract = Contract(
            name="fake", version="1", architecture="fake", movements=MOVEMENTS, none_of_these=NoneOfThese()
        )

    def answer(self, path: Path, *, top_k: int) -> ClipAnswer:
        answer = self._predictor.predict(path, top_k=top_k).answer()
        none = (
            {"probability": 0.6, "answer": True} if answer.clip.seconds > 1 else {"probability": 0.1, "answer": False}
        )
        return ClipAnswer.model_validate({**answer.to_json(), "none_of_these": none})


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    for name, colour in (
        ("bar-facing burpee_1", (200, 10, 10)),
        ("chest-to-bar_2", (200, 10, 10)),
        ("other_3", (10, 10, 200)),
    ):
        plain_clip(tmp_path / f"{name}.mp4", colour, frames=24)
    (tmp_path / "ohs_4.mp4").write_text("no film")
    return tmp_path


def test_clips_are_judged_in_every_cut(clips: Path, tiny_bundle: Path) -> None:
    judged = judge_cuts(Fake(Predictor.load(tiny_bundle)), open_clip_set(clips, None))
    assert list(judged) == list(CUTS)
    once, often = judged["as it is"], judged["5 times"]
    assert (once.movements, once.right, once.rejected) == (2, 0.5, 0.0)
    assert (once.others, once.others_rejected) == (1, 0.0)
    assert (often.right, often.rejected, often.others_rejected) == (0.0, 1.0, 1.0)


def test_long_films_are_left_out(clips: Path, tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuts, "MOST_FRAMES", 20)
    judged = judge_cuts(Fake(Predictor.load(tiny_bundle)), open_clip_set(clips, None))
    assert judged["as it is"].movements == 0 and judged["as it is"].right is None


def test_the_area_under_the_curve_is_that_of_all_pairs() -> None:
    value, low, high = measure.auroc(np.array([0.1, 0.2, 0.5]), np.array([0.5, 0.9]))
    assert value == pytest.approx((3 + 2.5) / 6)
    assert 0 <= low <= value <= high <= 1
    assert measure.auroc(np.zeros(5), np.ones(5))[0] == 1
