"""A person's own clips: what is kept, what is missing, and what each button runs, with a program that only notes it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.own.answers import TaskState
from app.own.studio import LEAST_CLIPS, Studio
from model.errors import BadRequest, NotFound

PROGRAM = """
import json, pathlib, sys, time
words = sys.argv[1:]
with open("ran.txt", "a") as file:
    file.write(json.dumps(words) + "\\n")
if words[:2] == ["data", "stats"]:
    rows = [{"movement": "squat", "sides": {"train": 3, "validation": 1, "test": 1}}]
    print(json.dumps({"rows": rows}))
elif words[0] == "train":
    pathlib.Path("run").mkdir(exist_ok=True)
    pathlib.Path("run/log.csv").write_text(
        "step,clips,minutes,loss,top1,rate,held_out_loss,held_out_top1\\n0,0,0,2.0,0.1,0.1,,\\n5,20,1,1.0,0.5,0.1,1.1,0.4\\n"
    )
    print("step 5")
    if pathlib.Path("slow").exists():
        time.sleep(60)
elif words[0] == "bundle":
    if pathlib.Path("broken").exists():
        print("there is no disk left")
        sys.exit(1)
    pathlib.Path("bundle").mkdir(exist_ok=True)
    pathlib.Path("bundle/MANIFEST.json").write_text("{}")
elif words[0] == "evaluate":
    top1 = 0.9 if words[words.index("--bundle") + 1].endswith("own/bundle") else 0.4
    told = {"clips": 5, "top1": top1, "top5": 1.0, "ece": 0.1, "none_of_these": None, "per_class": {}}
    print(json.dumps({**told, "predictions": []}))
"""


class Live:
    """What the page answers with."""

    def __init__(self) -> None:
        self.used: list[Path] = []

    def use(self, bundle: Path) -> None:
        self.used.append(bundle)


@pytest.fixture
def live() -> Live:
    return Live()


@pytest.fixture
def program(tmp_path: Path) -> tuple[str, str]:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return sys.executable, str(path)


@pytest.fixture
def studio(tmp_path: Path, live: Live, program: tuple[str, str]) -> Studio:
    return Studio(tmp_path / "own", tmp_path / "live", live.use, program=program, steps=10)


def add(studio: Studio, tmp_path: Path, movement: str, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        video = tmp_path / "clip.mp4"
        video.write_bytes(b"a clip")
        studio.add(video, file=f"{number}.mp4", movement=movement, athlete="", frames=30, name=f"{number:032x}")


def full(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path, "squat", LEAST_CLIPS)
    add(studio, tmp_path, "Wall  ball", LEAST_CLIPS, start=100)


def wait(studio: Studio) -> Any:
    end = time.monotonic() + 30
    while (task := studio.told().task) is not None and task.state is TaskState.WORKING:
        assert time.monotonic() < end
        time.sleep(0.02)
    return task


def ran(tmp_path: Path) -> list[list[str]]:
    return [json.loads(line) for line in (tmp_path / "own" / "ran.txt").read_text().splitlines()]


def test_clips_are_kept_with_what_they_show_and_can_be_removed(studio: Studio, tmp_path: Path) -> None:
    full(studio, tmp_path)
    told = studio.told()
    assert [clip.movement for clip in told.clips] == ["squat"] * LEAST_CLIPS + ["wall ball"] * LEAST_CLIPS
    annotation = json.loads((tmp_path / "own/annotations" / f"{100:032x}.json").read_text())
    assert annotation["tags"] == [{"name": "wall ball", "value": None, "frameRange": [0, 29]}]
    studio.remove(f"{0:032x}")
    assert len(studio.clips()) == 2 * LEAST_CLIPS - 1
    assert not (tmp_path / "own/videos" / f"{0:032x}.mp4").exists()
    with pytest.raises(NotFound):
        studio.remove("../../etc/passwd")


@pytest.mark.parametrize("name", ["", "   ", "../x", "a/b", "x" * 61])
def test_a_movement_has_a_name_that_files_can_have(studio: Studio, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadRequest, match="name of letters"):
        add(studio, tmp_path, name, 1)


def test_what_is_missing_is_said_and_nothing_runs(studio: Studio, tmp_path: Path) -> None:
    add(studio, tmp_path, "squat", 2)
    assert studio.told().wanting == (
        "At least 2 movements are needed; there are 1.",
        "squat has 2 of the 5 clips that are needed.",
    )
    for press, told in ((studio.check, "At least 2"), (studio.train, "not been checked"), (studio.compare, "no model")):
        with pytest.raises(BadRequest, match=told):
            press()


def test_three_buttons_lead_to_a_model_that_answers_the_page(studio: Studio, tmp_path: Path, live: Live) -> None:
    full(studio, tmp_path)
    studio.check()
    assert wait(studio).state is TaskState.DONE
    assert [split.to_json() for split in studio.told().splits] == [
        {"movement": "squat", "train": 3, "validation": 1, "test": 1}
    ]
    studio.train()
    task = wait(studio)
    assert (task.state, [point.top1 for point in task.curve], task.curve[-1].held_out_top1) == (
        TaskState.DONE,
        [0.1, 0.5],
        0.4,
    )
    studio.compare()
    assert wait(studio).state is TaskState.DONE
    assert [(one.model, one.clips, one.top1) for one in studio.told().compared] == [("old", 5, 0.4), ("new", 5, 0.9)]
    assert [words[:2] for words in ran(tmp_path)] == [
        ["data", "import"], ["data", "cut"], ["data", "split"], ["data", "stats"],
        ["data", "records"], ["train", "--data"], ["bundle", "run"], ["evaluate", "--clips"], ["evaluate", "--clips"],
    ]  # fmt: skip
    studio.activate()
    assert (studio.told().active, live.used) == (True, [tmp_path / "own/bundle"])
    studio.discard()
    told = studio.told()
    assert (told.active, told.trained, told.compared, live.used[-1]) == (False, False, (), tmp_path / "live")


def test_the_model_that_was_chosen_answers_after_a_start_too(
    studio: Studio, tmp_path: Path, live: Live, program: tuple[str, str]
) -> None:
    full(studio, tmp_path)
    studio.check()
    wait(studio)
    studio.train()
    wait(studio)
    studio.activate()
    again = Live()
    Studio(tmp_path / "own", tmp_path / "live", again.use, program=program)
    assert again.used == [tmp_path / "own/bundle"]


@pytest.mark.parametrize("press", [Studio.check, Studio.train])
def test_a_model_that_answers_the_page_does_so_no_longer_when_another_takes_its_place(
    studio: Studio, tmp_path: Path, live: Live, press: Callable[[Studio], None]
) -> None:
    full(studio, tmp_path)
    for step in (studio.check, studio.train):
        step()
        wait(studio)
    studio.activate()
    press(studio)
    assert live.used == [tmp_path / "own/bundle", tmp_path / "live"]
    assert not studio.told().active
    wait(studio)


def test_why_a_step_failed_is_said(studio: Studio, tmp_path: Path) -> None:
    full(studio, tmp_path)
    studio.check()
    wait(studio)
    (tmp_path / "own" / "broken").touch()
    studio.train()
    task = wait(studio)
    assert (task.state, task.said, task.doing) == (TaskState.FAILED, "there is no disk left", "making a bundle")
    assert not studio.told().trained


def test_a_training_is_stopped_and_nothing_else_runs_meanwhile(studio: Studio, tmp_path: Path) -> None:
    full(studio, tmp_path)
    studio.check()
    wait(studio)
    (tmp_path / "own" / "slow").touch()
    studio.train()
    end = time.monotonic() + 30
    while (task := studio.told().task) is None or task.share is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert task.share == pytest.approx(0.5)
    with pytest.raises(BadRequest, match="Something is being done"):
        studio.check()
    with pytest.raises(BadRequest, match="Something is being done"):
        studio.discard()
    studio.stop()
    assert wait(studio).state is TaskState.STOPPED
    studio.close()
