from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from model.data.annotations.people import _read_table
from model.data.fetch import VIDEOS, Source, Sources
from model.spreadsheet import harmless, original, write_rows


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")'])
def test_text_that_would_run_gets_an_apostrophe(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert original(harmless(cell)) == cell


@pytest.mark.parametrize("cell", ["", "thruster", "-0.25", "+3", "-1e5", "'quoted'", "a=b", "1", "chest-to-bar"])
def test_other_text_and_numbers_stay_what_they_are(cell: str) -> None:
    assert harmless(cell) == original(cell) == cell


def test_rows_are_written_with_numbers_as_numbers() -> None:
    file = io.StringIO()
    write_rows(file, [("name", "share"), ("=x", -0.5), ('a "b", c', 3)])
    assert file.getvalue() == 'name,share\n\'=x,-0.5\n"a ""b"", c",3\n'


def test_a_table_of_athletes_reads_what_was_written(tmp_path: Path) -> None:
    source = Source.model_construct(file="=film.mp4", athlete="@athlete", event="-final", url="https://x")
    Sources.model_construct(videos=(source,)).write(tmp_path)
    with (tmp_path / VIDEOS).open(newline="") as file:
        assert list(csv.reader(file))[1] == ["'=film.mp4", "'@athlete", "'-final"]
    (person,) = _read_table(tmp_path / VIDEOS).values()
    assert (person.athlete, person.event) == ("@athlete", "-final")
