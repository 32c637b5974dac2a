"""Many clips into one file, with somebody behind it who answers at once."""

from __future__ import annotations

import csv
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from model.answers.clip import ClipAnswer
from model.batch import Results, answer_all, clips_below, clips_listed
from model.errors import ModelUnavailable, NotAVideo, TimedOut
from tests.unit.app.fakes import answer_body

ANSWER = ClipAnswer.read(
    {**answer_body(), "sets": [{"label": "thruster", "repetitions": 3, "first": 0, "last": 2, "probability": 0.8}]}
)


class Asked:
    """Answers, and remembers whom about."""

    def __init__(self, **errors: Exception) -> None:
        self.errors = errors
        self.files: list[str] = []
        self.at_once = 0
        self._now = 0
        self._lock = threading.Lock()

    def __call__(self, file: str) -> ClipAnswer:
        with self._lock:
            self.files.append(file)
            self._now += 1
            self.at_once = max(self.at_once, self._now)
        try:
            if (error := self.errors.get(Path(file).stem)) is not None:
                raise error
            return ANSWER
        finally:
            with self._lock:
                self._now -= 1


def answered(path: Path, files: list[str], asked: Asked, at_once: int = 2) -> list[dict[str, Any]]:
    results = Results(path)
    answer_all(files, results, asked, at_once=at_once)
    results.close()
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_file_has_a_row_with_its_answer_or_why_there_is_none(tmp_path: Path) -> None:
    asked = Asked(b=NotAVideo())
    rows = answered(tmp_path / "out.jsonl", ["a.mp4", "b.mp4", "c.mp4", "a.mp4"], asked)
    assert sorted(asked.files) == ["a.mp4", "b.mp4", "c.mp4"]
    assert {row["file"]: row.get("error", {}).get("code") for row in rows} == {
        "a.mp4": None, "b.mp4": "not_a_video", "c.mp4": None,
    }  # fmt: skip
    assert next(row for row in rows if row["file"] == "a.mp4")["prediction"][0] == ["thruster", 0.8123]


def test_what_is_answered_is_not_asked_again_but_for_a_fault_of_ours(tmp_path: Path) -> None:
    out, files = tmp_path / "out.jsonl", ["a.mp4", "b.mp4", "c.mp4", "d.mp4"]
    answered(out, files[:3], Asked(a=ModelUnavailable(), b=NotAVideo(), c=TimedOut()))
    again = Asked()
    rows = answered(out, files, again)
    assert sorted(again.files) == ["a.mp4", "c.mp4", "d.mp4"]
    assert len(rows) == 6
    results = Results(out)
    assert [file in results for file in files] == [True] * 4
    results.close()


def test_a_line_that_was_cut_off_is_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    answered(out, ["a.mp4", "b.mp4"], Asked(), at_once=1)
    whole = out.read_bytes()
    out.write_bytes(whole[:-40])
    again = Asked()
    rows = answered(out, ["a.mp4", "b.mp4"], again)
    assert again.files == ["b.mp4"]
    assert [row["file"] for row in rows] == ["a.mp4", "b.mp4"]


@pytest.mark.parametrize("line", ["no json", "[]", '{"no": "file"}'])
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, line: str) -> None:
    (tmp_path / "out.jsonl").write_text(f"{line}\n")
    with pytest.raises(ValueError, match=r"line 1 of .* is no row of results"):
        Results(tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == f"{line}\n"


@pytest.mark.parametrize("content", [b"a letter without an end of line", b"\x00\x00\x00\x18ftyp"])
def test_a_file_without_lines_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "out.jsonl").write_bytes(content)
    with pytest.raises(ValueError, match=r"the last line of .* is no row of results"):
        Results(tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == content


def test_a_row_is_there_before_the_next_clip_is_answered(tmp_path: Path) -> None:
    seen: list[int] = []
    out = tmp_path / "out.jsonl"

    def ask(file: str) -> ClipAnswer:
        seen.append(len(out.read_text().splitlines()))
        if file == "c.mp4":
            raise KeyboardInterrupt
        return ANSWER

    results = Results(out)
    with pytest.raises(KeyboardInterrupt):
        answer_all(["a.mp4", "b.mp4", "c.mp4", "d.mp4"], results, ask, at_once=1)
    results.close()
    assert len(out.read_text().splitlines()) >= 1
    assert len(seen) == 3 or "d.mp4" not in out.read_text()


def test_no_more_are_asked_about_at_once_than_there_are_workers(tmp_path: Path) -> None:
    asked = Asked()
    answered(tmp_path / "out.jsonl", [f"{number}.mp4" for number in range(50)], asked, at_once=3)
    assert len(asked.files) == 50
    assert asked.at_once <= 3


def test_a_table_has_a_row_for_each_file_and_no_formula(tmp_path: Path) -> None:
    results = Results(tmp_path / "out.jsonl")
    answer_all(["=b.mp4", "a.mp4"], results, Asked(**{"=b": NotAVideo()}), at_once=1)
    results.write_table(tmp_path / "out.csv")
    results.close()
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["'=b.mp4", "a.mp4"]
    assert rows[0]["error"] == "not_a_video" and rows[0]["movement"] == ""
    assert (rows[1]["movement"], rows[1]["probability"], rows[1]["repetitions"]) == ("thruster", "0.8123", "3")


def test_clips_are_found_in_all_folders_and_in_lists(tmp_path: Path) -> None:
    for name in ("b.MP4", "a/c.mov", "a/.hidden.mp4", ".git/d.mp4", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert clips_below(tmp_path) == ["a/c.mov", "b.MP4"]
    (tmp_path / "list.csv").write_text("\ufefffile,club\nb.MP4,one\n\na/c.mov,two\n", encoding="utf-8")
    assert clips_listed(tmp_path / "list.csv") == ["b.MP4", "a/c.mov"]
    (tmp_path / "other.csv").write_text("name\nx\n")
    with pytest.raises(ValueError, match="no column 'file'"):
        clips_listed(tmp_path / "other.csv")
