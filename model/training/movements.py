"""The names that people have for the labels, from a file."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from model.contract import MOVEMENTS, Movement


def read_movements(path: Path) -> tuple[Movement, ...]:
    """The movements in a JSON list of `label`, `meaning` and `spanish`.

    Labels of the default model that the file does not name keep their names. Raises `ValueError` if it is no such list.
    """
    try:
        given = TypeAdapter(tuple[Movement, ...]).validate_json(path.read_bytes())
    except ValidationError as error:
        raise ValueError(f"{path} is no list of movements with label, meaning and spanish: {error}") from error
    named = {movement.label for movement in given}
    return (*given, *(movement for movement in MOVEMENTS if movement.label not in named))
