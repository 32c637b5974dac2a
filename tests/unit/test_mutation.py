"""The choice of the faults that `make mutate` makes."""

from __future__ import annotations

from pathlib import Path

from tests.mutation.rooms import ROOMS
from tests.mutation.sample import Mutation, Unnoticeable, sample

ROOT = Path(__file__).parents[2]

SOURCE = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    one = 1
@decorator(2)
def function(a: int | None = 3) -> int | None:
    assert a != 4
    logger.info("five", extra={"five": 5})
    value: int | None = 6
    return a + 7 + sum(zip(a, strict=8))
@frozen
class Nine:
    pass
if __name__ == "__main__":
    nine = 9
"""


def mutations(line: int, *operators: str, module: str = "m.py") -> list[Mutation]:
    return [Mutation(Path(module), (line, 0), (line, 1), operator, i) for i, operator in enumerate(operators)]


def test_places_that_no_test_could_notice_are_left_out() -> None:
    unnoticeable = Unnoticeable(SOURCE)
    lines = SOURCE.splitlines()
    places = {
        digit: Mutation(Path("m.py"), (row + 1, line.index(digit)), (row + 1, line.index(digit) + 1), "Number", 0)
        for digit in "123456789"
        for row, line in enumerate(lines)
        if digit in line
    }
    assert {digit for digit, mutation in places.items() if mutation not in unnoticeable} == {"3", "6", "7"}
    bars = [
        Mutation(Path("m.py"), (row + 1, line.index("|")), (row + 1, 0), "Or", 0)
        for row, line in enumerate(lines)
        if "|" in line
    ]
    sign = Mutation(Path("m.py"), (lines.index("@frozen") + 1, 0), (lines.index("@frozen") + 1, 1), "Remove", 0)
    assert sign in unnoticeable
    assert len(bars) == 2
    assert all(bar in unnoticeable for bar in bars)


def test_a_seed_chooses_the_same_places_and_another_seed_others() -> None:
    found = [m for line in range(1, 101) for m in mutations(line, "Add_Sub", "Add_Mul", "Number")]
    assert sample(found, 20, 1) == sample(list(reversed(found)), 20, 1)
    assert sample(found, 20, 1) != sample(found, 20, 2)


def test_a_place_is_changed_once_however_many_changes_there_are() -> None:
    chosen = sample([*mutations(1, *"abcdefghijk"), *mutations(2, "a")], 5, 1)
    assert [mutation.start[0] for mutation in chosen] == [1, 2]


def test_equality_and_identity_are_not_exchanged() -> None:
    same = mutations(1, "ReplaceComparisonOperator_Eq_Is", "ReplaceComparisonOperator_IsNot_NotEq")
    other = mutations(2, "ReplaceComparisonOperator_Eq_NotEq")
    assert sample([*same, *other], 5, 1) == other


def test_every_room_has_modules_and_tests_of_its_own() -> None:
    for room in ROOMS:
        modules = room.modules(ROOT)
        assert modules
        for path in room.tests:
            assert (ROOT / path).exists(), path
        for module in modules:
            assert room.tests_of(module, ROOT)[-len(room.tests) :] == list(room.tests)
