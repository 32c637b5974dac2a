"""Who is seen in a video, and in which event: from a table, or from the video's name."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import NamedTuple

from model.data.annotations.videos import plain
from model.spreadsheet import original

NAME = r"(?P<event>[^,]+),\s*(?P<athlete>.+),\s*[^,]+"
"""How the names of the CrossFit Games' videos read: `Men's Event 1, Bayden Brown, 3_58`, the time last."""

COLUMNS = ("video", "athlete", "event")


class Person(NamedTuple):
    """An athlete in an event; the event is empty if it is not known."""

    athlete: str
    event: str


class People:
    """Says who is seen in which video.

    Args:
        name: regular expression for the whole name of a video without its suffix, with a group `athlete` and, where
            names say it, a group `event`.
        table: CSV file with the columns `video` and `athlete`, and `event` where it is known; others do not matter.
            It overrides what names say.

    Raises:
        FileNotFoundError: there is no such table.
        ValueError: the expression or the table is not of that form, or the table contradicts itself.
    """

    def __init__(self, name: str = NAME, table: Path | None = None) -> None:
        try:
            self._name = re.compile(name)
        except re.error as error:
            raise ValueError(f"{name!r} is not a regular expression: {error}") from error
        if "athlete" not in self._name.groupindex:
            raise ValueError(f"{name!r} has no group (?P<athlete>...)")
        self._table = _read_table(table) if table else {}

    def find(self, video: str) -> Person | None:
        """Who is seen in the video of that name; None if neither the table nor the name says."""
        if (listed := self._table.get(plain(video))) is not None:
            return listed
        found = self._name.fullmatch(Path(video).stem)
        if found is None:
            return None
        groups = {key: " ".join((value or "").split()) for key, value in found.groupdict().items()}
        return Person(groups["athlete"], groups.get("event", "")) if groups["athlete"] else None


def _read_table(path: Path) -> dict[str, Person]:
    if not path.is_file():
        raise FileNotFoundError(f"there is no table of athletes at {path}")
    table: dict[str, Person] = {}
    # The signature that spreadsheets write before UTF-8 would become part of the first column's name.
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        columns = reader.fieldnames or []
        if missing := {"video", "athlete"} - set(columns):
            raise ValueError(f"{path} has the columns {', '.join(columns)}, without {' and '.join(sorted(missing))}")
        for row in reader:
            video, athlete, event = (" ".join(original(row.get(column) or "").split()) for column in COLUMNS)
            if not video or not athlete:
                continue
            person = Person(athlete, event)
            if table.setdefault(plain(video), person) != person:
                raise ValueError(f"{path} names two athletes or events for {video!r}")
    return table
