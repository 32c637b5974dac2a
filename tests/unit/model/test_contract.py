from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from model.contract import MOVEMENTS, Contract, Movement, NoneOfThese


def contract(**changes: object) -> Contract:
    fields = {"name": "a", "version": "1", "architecture": "movinet_a0_base", "movements": MOVEMENTS, **changes}
    return Contract.model_validate(fields)


def test_the_labels_are_the_nine_movements_in_alphabetical_order() -> None:
    assert contract().labels == (
        "bar-facing burpee",
        "chest-to-bar",
        "deadlift",
        "double-unders",
        "ghd",
        "ohs",
        "power clean",
        "shspu",
        "thruster",
    )


def test_a_contract_survives_its_file(tmp_path: Path) -> None:
    original = contract(size=80, none_of_these=NoneOfThese(bias=-0.3, threshold=0.4), temperature=1.3)
    original.write(tmp_path / "contract.json")
    assert Contract.read(tmp_path / "contract.json") == original


def test_none_of_these_is_one_output_more() -> None:
    assert contract().outputs == 9
    assert contract(none_of_these=NoneOfThese()).outputs == 10


def test_the_input_is_one_clip_of_square_rgb_frames() -> None:
    assert contract(frames=10, size=172).input_shape == (1, 10, 172, 172, 3)


@pytest.mark.parametrize("label", ["none of these", "None of these", "none", "NONE", " none "])
def test_no_movement_may_be_called_by_the_name_of_what_is_no_movement(label: str) -> None:
    other = Movement(label=label, meaning="x", spanish="x")
    with pytest.raises(ValidationError, match="cannot be a label"):
        contract(movements=(*MOVEMENTS, other))


def test_a_movement_whose_name_only_begins_like_none_of_these_is_a_movement() -> None:
    other = Movement(label="nonet", meaning="x", spanish="x")
    assert contract(movements=(*MOVEMENTS, other)).labels[-1] == "nonet"


@pytest.mark.parametrize(
    "changes",
    [
        {"movements": (*MOVEMENTS, MOVEMENTS[0])},
        {"schema_version": 2},
        {"temperature": 0},
        {"size": 0},
        {"frames": 0},
        {"name": "../a"},
        {"version": ""},
        {"unknown": 1},
        {"crop": "centre"},
    ],
)
def test_a_contract_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        contract(**changes)
