from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from model.answers.clip import ClipAnswer, NoneOfTheseAnswer
from model.contract import MOVEMENTS, Contract, NoneOfThese
from model.data.choices import WhichSplit
from model.data.manifest import AnnotatedRepetition, Manifest, Split
from model.errors import CorruptVideo, TimedOut
from model.evaluation.evaluate import evaluate, shown_in

CONTRACT = Contract(
    name="fake", version="1", architecture="fake", movements=MOVEMENTS[:6], none_of_these=NoneOfThese(threshold=0.5)
)


@dataclass
class FakePredictor:
    """Answers by the content of the file: the labels in its order of preference, then the probability of none."""

    contract: Contract = CONTRACT

    def answer(self, path: Path, *, top_k: int) -> ClipAnswer:
        if path.stat().st_size == 0:
            raise CorruptVideo()
        if path.read_text() == "slow":
            raise TimedOut()
        asked = json.loads(path.read_text())
        none = asked["none"]
        rest = [label for label in self.contract.labels if label not in asked["best"]]
        ordered = [*asked["best"], *rest]
        weights = [2.0 ** -(i + 1) for i in range(len(ordered))]
        rows = tuple((label, (1 - none) * w / sum(weights)) for label, w in zip(ordered, weights, strict=True))
        rule = self.contract.none_of_these
        said = None if rule is None else NoneOfTheseAnswer(probability=none, answer=none >= rule.threshold)
        return ClipAnswer.model_construct(prediction=rows[:top_k], none_of_these=said)


def clip(folder: Path, name: str, best: list[str], none: float = 0.1) -> None:
    (folder / name).write_text(json.dumps({"best": best, "none": none}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    clip(tmp_path, "deadlift_1.mp4", ["deadlift"])
    clip(tmp_path, "deadlift_2.mp4", ["ghd", "deadlift"])
    clip(tmp_path, "bar-facing burpee_7.mp4", ["bar-facing burpee"], none=0.6)
    clip(tmp_path, "pull-up_1.mp4", ["chest-to-bar"], none=0.7)
    clip(tmp_path, "pull-up_2.mp4", ["chest-to-bar"], none=0.2)
    (tmp_path / "notes.txt").write_text("not a clip")
    return tmp_path


def test_the_truth_is_in_the_name() -> None:
    assert shown_in(Path("power clean_262.mp4")) == "power clean"
    assert shown_in(Path("bar-facing burpee_1.mp4")) == "bar-facing burpee"
    assert shown_in(Path("walking.mp4")) == "walking"


def test_movements_count_by_their_rank_and_others_by_the_rule(folder: Path) -> None:
    result = evaluate(FakePredictor(), folder).answer().model_dump(mode="json")
    assert result["clips"] == 5
    assert result["top1"] == pytest.approx(3 / 5)
    assert result["top5"] == pytest.approx(4 / 5)
    assert result["none_of_these"] == {
        "movements": 3,
        "movements_rejected": pytest.approx(1 / 3, abs=1e-4),
        "others": 2,
        "others_rejected": 0.5,
        "near_relatives": 2,
        "near_relatives_rejected": 0.5,
        "all_else": 0,
        "all_else_rejected": None,
        "auroc": {"value": 0.8333, "low": 0.3333, "high": 1.0},
    }


def test_near_relatives_of_the_movements_are_counted_apart(folder: Path) -> None:
    clip(folder, "walking_1.mp4", ["deadlift"], none=0.9)
    rule = evaluate(FakePredictor(), folder).answer().model_dump(mode="json")["none_of_these"]
    assert rule["others_rejected"] == pytest.approx(2 / 3, abs=1e-4)
    assert (rule["near_relatives"], rule["near_relatives_rejected"]) == (2, 0.5)
    assert (rule["all_else"], rule["all_else_rejected"]) == (1, 1.0)


def test_every_class_has_its_figures(folder: Path) -> None:
    per_class = evaluate(FakePredictor(), folder).answer().model_dump(mode="json")["per_class"]
    assert per_class["deadlift"]["clips"] == 2
    assert per_class["deadlift"]["top1"] == 0.5
    assert per_class["deadlift"]["top5"] == 1.0
    assert per_class["none of these"]["mean_probability"] == pytest.approx(0.45)
    assert "ohs" not in per_class


def test_every_prediction_is_told_with_what_the_clip_shows(folder: Path) -> None:
    rows = {
        row["file"]: row for row in evaluate(FakePredictor(), folder).answer().model_dump(mode="json")["predictions"]
    }
    assert rows["pull-up_1.mp4"]["truth"] == "none of these"
    assert rows["pull-up_1.mp4"]["shows"] == "pull-up"
    assert rows["pull-up_1.mp4"]["none_of_these"] == {"probability": 0.7, "answer": True}
    assert rows["deadlift_2.mp4"]["prediction"][0][0] == "ghd"
    assert not rows["deadlift_2.mp4"]["right"]


def test_a_clip_that_cannot_be_read_is_wrong_and_says_why(folder: Path) -> None:
    (folder / "ghd_1.mp4").touch()
    result = evaluate(FakePredictor(), folder).answer().model_dump(mode="json")
    assert result["top1"] == pytest.approx(3 / 6)
    broken = next(row for row in result["predictions"] if row["file"] == "ghd_1.mp4")
    assert broken["error"] == "corrupt_video"
    assert result["per_class"]["ghd"]["top5"] == 0.0


def test_without_a_rule_other_movements_are_always_wrong(folder: Path) -> None:
    contract = CONTRACT.model_copy(update={"none_of_these": None})
    result = evaluate(FakePredictor(contract), folder).answer().model_dump(mode="json")
    assert result["none_of_these"] is None
    assert result["per_class"]["none of these"]["top1"] == 0.0


def test_an_evaluation_is_json(folder: Path) -> None:
    json.dumps(evaluate(FakePredictor(), folder).answer().model_dump(mode="json"), allow_nan=False)


def test_the_manifests_test_split_is_judged_unless_another_is_asked_for(folder: Path) -> None:
    rows = (("deadlift_1.mp4", Split.TEST), ("deadlift_2.mp4", Split.TRAIN))
    Manifest.of(
        AnnotatedRepetition(source="v.mp4", athlete="ann", movement="deadlift", start=i, end=i, clip=clip, split=split)
        for i, (clip, split) in enumerate(rows)
    ).write(folder)
    by_default = evaluate(FakePredictor(), folder)
    assert [(clip.file, clip.athlete) for clip in by_default.judged] == [("deadlift_1.mp4", "ann")]
    assert by_default.test_set == f"1 clip of the test split of the folder {folder.name}"
    assert len(evaluate(FakePredictor(), folder, split=WhichSplit.ALL).judged) == 5


def test_a_folder_without_clips_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="<movement>_<i>"):
        evaluate(FakePredictor(), tmp_path)


def test_a_clip_that_takes_too_long_counts_as_not_read(folder: Path) -> None:
    (folder / "thruster_9.mp4").write_text("slow")
    judged = {clip.file: clip for clip in evaluate(FakePredictor(), folder).answer().predictions}
    assert len(judged) == 6 and getattr(judged["thruster_9.mp4"], "error", None) == "timed_out"


def test_how_many_answers_are_wrong_is_told_by_how_many_are_given(folder: Path) -> None:
    risks = evaluate(FakePredictor(), folder).answer().risk_coverage
    assert [row.coverage for row in risks] == [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    # Right: the first deadlift and the first pull-up, which is rejected.
    assert risks[-1].risk.value == pytest.approx(3 / 5)
    assert risks[-1].risk.low <= risks[-1].risk.value <= risks[-1].risk.high
    for path in folder.glob("*.mp4"):
        path.write_text("")
    assert evaluate(FakePredictor(), folder).answer().risk_coverage == ()
