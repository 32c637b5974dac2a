"""CSV files that people open in a spreadsheet, which takes text that begins with certain signs for a formula.

Names of movements, athletes and files come from other people. Such text gets an apostrophe before it, as
https://owasp.org/www-community/attacks/CSV_Injection advises; a spreadsheet shows the text without running it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def write_rows(file: TextIO, rows: Iterable[Sequence[object]]) -> None:
    """Write rows of CSV, each ended by a line feed; text that a spreadsheet would run is made harmless."""
    writer = csv.writer(file, lineterminator="\n")
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])


def harmless(cell: str) -> str:
    """Text that no spreadsheet takes for a formula; numbers stay what they are."""
    return f"'{cell}" if cell.startswith(_SIGNS) and not _is_number(cell) else cell


def original(cell: str) -> str:
    """The text of which `harmless` made this."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_SIGNS) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
