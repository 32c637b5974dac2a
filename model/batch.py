"""Many clips, answered side by side into a file of JSON Lines: interrupted at any moment, it goes on where it was.

A row is a clip's answer, or why there is none, with the `file` that it is about. Rows are only added; a file has as
many as it was asked about, and the last one counts.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path

from pydantic import JsonValue

from model.answers.clip import ClipAnswer
from model.answers.error import ErrorAnswer
from model.data.folder import SUFFIXES
from model.errors import ERRORS, MovementsError
from model.spreadsheet import write_rows

COLUMNS = ("file", "movement", "probability", "none_of_these", "repetitions", "seconds", "error", "message")
"""Of the table."""

_AHEAD = 2
"""Clips for each worker that are handed out: those that wait are found again after an interruption."""

Row = Mapping[str, JsonValue]


def clips_below(folder: Path) -> list[str]:
    """The clips in a folder and all folders in it, hidden ones left out, by their names from there."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return sorted(str(name) for name in found if not any(part.startswith(".") for part in name.parts))


def clips_listed(manifest: Path) -> list[str]:
    """The column `file` of a CSV file; raises `ValueError` where there is none."""
    with manifest.open(newline="", encoding="utf-8-sig") as lines:
        table = csv.DictReader(lines)
        if "file" not in (table.fieldnames or ()):
            raise ValueError(f"{manifest} has no column 'file'")
        return [row["file"] for row in table if row["file"]]


class Results:
    """The file of rows.

    Args:
        path: of the file; one that was written before is gone on with, a line that was cut off left out.
    """

    def __init__(self, path: Path) -> None:
        """Read it; raises `ValueError` for a file that holds something else."""
        self.path = path
        self.rows: dict[str, Row] = {}
        content = path.read_bytes() if path.is_file() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if not b'{"'.startswith(content[len(whole) :][:2]):  # what was cut off must be the beginning of a row
            raise ValueError(f"the last line of {path} is no row of results")
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                row = json.loads(line)
                self.rows[row["file"]] = row
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"line {number} of {path} is no row of results") from error
        self._file = path.open("ab")
        self._file.truncate(len(whole))

    def __contains__(self, file: object) -> bool:
        """Whether a file is answered: a clip that is at fault itself is, one that met a fault of ours is not."""
        row = self.rows.get(str(file))
        return row is not None and not is_asked_again(row)

    def add(self, row: Row) -> None:
        """Write a row, so that it is there if the next moment is the last."""
        self._file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.rows[str(row["file"])] = row

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def write_table(self, path: Path) -> None:
        """What the rows say, in a few columns, as CSV, by file."""
        with path.open("w", newline="", encoding="utf-8") as file:
            write_rows(file, [COLUMNS, *([*told(self.rows[name]).values()] for name in sorted(self.rows))])


def answer_all(
    files: Iterable[str],
    results: Results,
    ask: Callable[[str], ClipAnswer],
    *,
    at_once: int,
    report: Callable[[Row], None] = lambda row: None,
) -> None:
    """Ask about the files that are not answered yet, some at once, and add a row for each as soon as there is one.

    Args:
        files: their names; each is asked about once.
        results: where the rows go.
        ask: answers a file, or raises `MovementsError`.
        at_once: how many are asked about at the same time.
        report: told every row.
    """
    waiting = (file for file in dict.fromkeys(files) if file not in results)
    with ThreadPoolExecutor(at_once) as pool:
        asked: set[Future[Row]] = set()
        try:
            while True:
                asked |= {pool.submit(_row, ask, file) for file in islice(waiting, _AHEAD * at_once - len(asked))}
                if not asked:
                    return
                done, asked = wait(asked, return_when=FIRST_COMPLETED)
                for future in done:
                    results.add(future.result())
                    report(future.result())
        finally:
            for future in asked:
                future.cancel()


def _row(ask: Callable[[str], ClipAnswer], file: str) -> Row:
    try:
        return ask(file).for_file(file).to_json()
    except MovementsError as error:
        return ErrorAnswer.of(error).for_file(file).to_json()


def is_asked_again(row: Row) -> bool:
    """Whether what went wrong with a clip was a fault of ours, which another try may not meet."""
    error = row.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code is not None and ERRORS.get(str(code), MovementsError).status >= 500


def told(row: Row) -> dict[str, object]:
    """What a row says, in the columns of a table."""
    told: dict[str, object] = dict.fromkeys(COLUMNS, "")
    told["file"] = row["file"]
    if "error" in row:
        error = ErrorAnswer.model_validate(row).error
        return told | {"error": error.code, "message": error.message}
    answer = ClipAnswer.model_validate(row)
    none, own = answer.none_of_these, answer.own_set
    told |= {"none_of_these": "false", "seconds": answer.clip.seconds}
    if none is not None and none.answer:
        return told | {"none_of_these": "true", "probability": none.probability}
    label, probability = answer.prediction[0]
    return told | {
        "movement": label,
        "probability": probability,
        "repetitions": "" if own is None else own.repetitions,
    }
