from __future__ import annotations

import itertools
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from model.cli.commands import app
from model.data.choices import By
from model.data.manifest import AnnotatedRepetition, Manifest, Split
from model.data.split import athletes_in_two_splits, split_manifest

MOVEMENTS = ("deadlift", "ghd", "thruster")


def repetitions(counts: dict[str, dict[str, int]]) -> list[AnnotatedRepetition]:
    """So many repetitions of each movement by each athlete."""
    return [
        AnnotatedRepetition(
            source=f"{athlete}.mp4",
            athlete=athlete,
            movement=movement,
            start=1000 * number + 100 * index,
            end=1000 * number + 100 * index + 20,
        )
        for athlete, its in counts.items()
        for number, (movement, count) in enumerate(its.items())
        for index in range(count)
    ]


counts = st.dictionaries(
    st.sampled_from([f"athlete {number}" for number in range(12)]),
    st.dictionaries(st.sampled_from(MOVEMENTS), st.integers(1, 6), min_size=1),
    min_size=3,
)
seeds = st.integers(0, 5)
both = st.sampled_from(By)
quick = settings(max_examples=40)


def deviation(manifest: Manifest, shares: dict[Split, float]) -> float:
    total = 0.0
    for movement in manifest.movements:
        splits = [r.split for r in manifest.repetitions if r.movement == movement]
        total += sum((splits.count(split) / len(splits) - share) ** 2 for split, share in shares.items())
    return total


@quick
@given(counts, seeds)
def test_no_athlete_is_on_two_sides(counts: dict[str, dict[str, int]], seed: int) -> None:
    split = split_manifest(Manifest.of(repetitions(counts)), seed=seed)
    assert athletes_in_two_splits(split.repetitions) == ()
    assert {r.split for r in split.repetitions} == set(Split)


@quick
@given(counts, seeds, both)
def test_every_repetition_has_a_side_and_nothing_else_of_it_changes(
    counts: dict[str, dict[str, int]], seed: int, by: By
) -> None:
    before = Manifest.of(repetitions(counts))
    after = split_manifest(before, seed=seed, by=by)
    assert all(r.split is not None for r in after.repetitions)
    assert Manifest.of(r.model_copy(update={"split": None}) for r in after.repetitions) == before


@quick
@given(counts, seeds, both, st.randoms(use_true_random=False))
def test_neither_the_order_of_the_manifest_nor_an_earlier_split_matters(
    counts: dict[str, dict[str, int]], seed: int, by: By, rng: random.Random
) -> None:
    members = repetitions(counts)
    split = split_manifest(Manifest.of(members), seed=seed, by=by)
    rng.shuffle(members)
    shuffled = Manifest(repetitions=tuple(members))
    assert split_manifest(shuffled, seed=seed, by=by) == split
    assert split_manifest(split_manifest(shuffled, seed=seed + 1, by=by), seed=seed, by=by) == split


@quick
@given(st.dictionaries(st.sampled_from("abcdef"), st.fixed_dictionaries({m: st.integers(0, 4) for m in MOVEMENTS})))
def test_the_shares_are_nearly_as_good_as_the_best_of_all_assignments(counts: dict[str, dict[str, int]]) -> None:
    members = repetitions(counts)
    athletes = sorted({r.athlete for r in members})
    if len(athletes) < 2:
        return
    shares = {Split.TRAIN: 0.75, Split.TEST: 0.25}
    split = split_manifest(Manifest.of(members), test=0.25, validation=0)
    best = min(
        deviation(
            Manifest.of(r.model_copy(update={"split": splits[athletes.index(r.athlete)]}) for r in members), shares
        )
        for splits in itertools.product(shares, repeat=len(athletes))
        if len(set(splits)) == 2
    )
    assert deviation(split, shares) <= best + 0.02


def test_a_division_without_any_deviation_is_found() -> None:
    rng = np.random.default_rng(0)
    parts = [rng.multinomial(share, [1 / n] * n, size=3) for share, n in ((70, 9), (10, 2), (20, 4))]
    rows = np.concatenate(parts, axis=1).T
    counts = {f"athlete {i}": dict(zip(MOVEMENTS, row.tolist(), strict=True)) for i, row in enumerate(rows)}
    split = split_manifest(Manifest.of(repetitions(counts)))
    assert deviation(split, {Split.TRAIN: 0.7, Split.VALIDATION: 0.1, Split.TEST: 0.2}) < 0.002


def test_a_movement_of_few_repetitions_is_divided_as_well_as_one_of_many() -> None:
    counts = {f"athlete {i}": {"thruster": 50, **({"ghd": 1} if i < 5 else {})} for i in range(10)}
    split = split_manifest(Manifest.of(repetitions(counts)), test=0.2, validation=0)
    rare = [r.split for r in split.repetitions if r.movement == "ghd"]
    common = [r.split for r in split.repetitions if r.movement == "thruster"]
    assert (rare.count(Split.TEST), common.count(Split.TEST)) == (1, 100)


def test_other_seeds_give_other_splits_by_athlete_where_many_are_equally_good() -> None:
    members = Manifest.of(repetitions({f"athlete {i}": {"ghd": 2} for i in range(10)}))
    tests = {
        frozenset(r.athlete for r in split_manifest(members, seed=seed).repetitions if r.split is Split.TEST)
        for seed in range(8)
    }
    assert all(len(test) == 2 for test in tests)
    assert len(tests) > 1


def test_a_random_split_has_the_shares_in_every_movement_and_its_name_says_that_it_leaks() -> None:
    counts = {f"athlete {i}": {"ghd": 10, "thruster": 5} for i in range(10)}
    split = split_manifest(Manifest.of(repetitions(counts)), by=By.RANDOM)
    for movement, total in (("ghd", 100), ("thruster", 50)):
        splits = [r.split for r in split.repetitions if r.movement == movement]
        assert [splits.count(split) / total for split in Split] == pytest.approx([0.7, 0.1, 0.2])
    leaked = len(athletes_in_two_splits(split.repetitions))
    assert leaked > 0
    assert f"leaky: {leaked} of 10 athletes are in several splits" in split.split
    assert split_manifest(Manifest.of(repetitions(counts)), by=By.RANDOM, seed=2) != split


def test_the_name_of_a_split_says_how_it_was_drawn() -> None:
    members = repetitions({f"athlete {i}": {"ghd": 2} for i in range(10)})
    split = split_manifest(Manifest.of(members), seed=7, test=0.3, validation=0.1)
    assert split.split == "by athlete, seed 7, test 0.3, validation 0.1"


def test_a_side_that_is_not_asked_for_gets_no_athlete() -> None:
    members = repetitions({f"athlete {i}": {"ghd": 2} for i in range(4)})
    for by in By:
        split = split_manifest(Manifest.of(members), test=0.25, validation=0, by=by)
        assert {r.split for r in split.repetitions} == {Split.TRAIN, Split.TEST}


def test_fewer_athletes_than_sides_are_refused_with_what_to_do() -> None:
    members = repetitions({"Ann": {"ghd": 9}, "Bob": {"ghd": 9}})
    with pytest.raises(ValueError, match=r"2 athletes cannot be divided among the 3 splits .*: add videos"):
        split_manifest(Manifest.of(members))
    split_manifest(Manifest.of(members), validation=0)


def test_fewer_repetitions_than_sides_are_refused() -> None:
    with pytest.raises(ValueError, match="0 repetitions are too few"):
        split_manifest(Manifest.of([]), by=By.RANDOM)


@pytest.mark.parametrize(("test", "validation"), [(-0.1, 0.1), (0.5, 0.5), (1.2, 0)])
def test_shares_that_leave_nothing_to_learn_from_are_refused(test: float, validation: float) -> None:
    members = repetitions({f"athlete {i}": {"ghd": 2} for i in range(4)})
    with pytest.raises(ValueError, match="shares of test and validation"):
        split_manifest(Manifest.of(members), test=test, validation=validation)


def test_the_command_writes_the_sides_into_the_manifest_and_shows_the_shares(tmp_path: Path) -> None:
    before = Manifest.of(repetitions({f"athlete {i}": {"ghd": 2} for i in range(10)}))
    before.write(tmp_path)
    done = CliRunner().invoke(app, ["data", "split", str(tmp_path), "--seed", "3"])
    assert done.exit_code == 0, done.output
    assert Manifest.read(tmp_path) == split_manifest(before, seed=3)
    assert "14 (70%)" in done.output
    refused = CliRunner().invoke(app, ["data", "split", str(tmp_path), "--test", "2"])
    assert (refused.exit_code, "shares of test and validation" in refused.output) == (1, True)


def test_one_more_movement_leaves_the_random_split_of_the_others_as_it_was() -> None:
    counts = {f"athlete {number}": dict.fromkeys(MOVEMENTS, 4) for number in range(6)}
    more = {athlete: {**its, "air squat": 5} for athlete, its in counts.items()}
    before, after = (split_manifest(Manifest.of(repetitions(c)), by=By.RANDOM, seed=3) for c in (counts, more))
    assert [r for r in after.repetitions if r.movement != "air squat"] != []
    ends = {(r.athlete, r.movement, r.start % 1000): r.split for r in after.repetitions}
    assert all(ends[r.athlete, r.movement, r.start % 1000] is r.split for r in before.repetitions)
