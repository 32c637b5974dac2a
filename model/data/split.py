"""Divides repetitions into splits: by athlete, or at random as the published thesis did."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from model.data.choices import By
from model.data.manifest import AnnotatedRepetition, Manifest, Split

STARTS = 8
"""Orders of the athletes from which the search begins."""


def split_manifest(
    manifest: Manifest, *, test: float = 0.2, validation: float = 0.1, seed: int = 1, by: By = By.ATHLETE
) -> Manifest:
    """Give every repetition a split.

    By athlete, we seek the assignment with the least sum over movements m and splits s of (n[m, s] / n[m] - share[s])²:
    each movement's shares are to be as near as possible to those asked for, however many repetitions it has.

    1. Athletes are taken by falling number of repetitions, and each is put in the split where it makes the sum least.
    2. While another split for one athlete, or an exchange of two, makes the sum less, the best such change is made.
    3. Both are done again from orders drawn by the seed; the least sum wins.

    Every split that is asked for has an athlete at the end.

    At random, the repetitions of each movement are shuffled and cut at the shares asked for.

    The result depends on the repetitions and the arguments only: not on their order, nor on splits that they had.

    Args:
        manifest: the repetitions.
        test, validation: shares of the repetitions, in [0, 1) and together less than 1; 0 for no such split.
        seed: of the draw.
        by: what is kept together.

    Raises:
        ValueError: the shares are not of that form, or there are fewer athletes, or repetitions, than splits.
    """
    if min(test, validation) < 0 or test + validation >= 1:
        raise ValueError(f"the shares of test and validation are {test} and {validation}; both together are below 1")
    asked = {Split.TRAIN: 1 - test - validation, Split.VALIDATION: validation, Split.TEST: test}
    shares = {split: share for split, share in asked.items() if share > 0}
    unsplit = sorted(
        (r.model_copy(update={"split": None}) for r in manifest.repetitions), key=AnnotatedRepetition.model_dump_json
    )
    if len(unsplit) < len(shares):
        raise ValueError(f"{len(unsplit)} repetitions are too few for the splits {', '.join(shares)}")
    how = f"seed {seed}, test {test:g}, validation {validation:g}"
    if by is By.ATHLETE:
        split_of = _by_athlete(unsplit, shares, seed)
        return Manifest.of((_on(r, split_of[r.athlete]) for r in unsplit), split=f"by athlete, {how}")
    drawn = _at_random(unsplit, shares, seed)
    leaked, athletes = len(athletes_in_two_splits(drawn)), len({r.athlete for r in drawn})
    return Manifest.of(drawn, split=f"at random, {how}; leaky: {leaked} of {athletes} athletes are in several splits")


def athletes_in_two_splits(repetitions: Iterable[AnnotatedRepetition]) -> tuple[str, ...]:
    """The athletes with repetitions in more than one split, in alphabetical order."""
    splits: dict[str, set[Split | None]] = defaultdict(set)
    for repetition in repetitions:
        splits[repetition.athlete].add(repetition.split)
    return tuple(sorted(athlete for athlete, its in splits.items() if len(its) > 1))


def _on(repetition: AnnotatedRepetition, split: Split) -> AnnotatedRepetition:
    return repetition.model_copy(update={"split": split})


def _at_random(
    repetitions: Sequence[AnnotatedRepetition], shares: dict[Split, float], seed: int
) -> list[AnnotatedRepetition]:
    drawn = []
    for movement in sorted({repetition.movement for repetition in repetitions}):
        members = [repetition for repetition in repetitions if repetition.movement == movement]
        # A generator per movement: one more movement does not change the split of the others.
        random.Random(f"{seed} {movement}").shuffle(members)
        ends = np.rint(np.cumsum(list(shares.values())) * len(members)).astype(int)
        for split, start, end in zip(shares, (0, *ends), ends, strict=False):
            drawn += [_on(repetition, split) for repetition in members[start:end]]
    return drawn


def _by_athlete(repetitions: Sequence[AnnotatedRepetition], shares: dict[Split, float], seed: int) -> dict[str, Split]:
    athletes = sorted({repetition.athlete for repetition in repetitions})
    movements = sorted({repetition.movement for repetition in repetitions})
    if len(athletes) < len(shares):
        raise ValueError(
            f"{len(athletes)} athletes cannot be divided among the {len(shares)} splits {', '.join(shares)}: add "
            "videos of other athletes, or set the share of a split to 0"
        )
    counts = np.zeros((len(athletes), len(movements)))
    rows, columns = {name: i for i, name in enumerate(athletes)}, {name: i for i, name in enumerate(movements)}
    for repetition in repetitions:
        counts[rows[repetition.athlete], columns[repetition.movement]] += 1
    search = _Search(counts / counts.sum(axis=0), np.array(list(shares.values())))
    rng = random.Random(seed)
    found = []
    for start in range(STARTS):
        order = rng.sample(range(len(athletes)), len(athletes))
        if start == 0:
            order.sort(key=lambda athlete: -counts[athlete].sum())
        found.append(search.improve(search.greedy(order)))
    best = min(found, key=search.deviation)
    splits = list(shares)
    return {athlete: splits[split] for athlete, split in zip(athletes, best, strict=True)}


class _Search:
    """Looks for the assignment of athletes to splits with the least sum of squared deviations.

    Args:
        fractions: float64 [athletes, movements], of each movement's repetitions those that an athlete does.
        shares: float64 [splits], asked for.
    """

    def __init__(self, fractions: np.ndarray, shares: np.ndarray) -> None:
        self.fractions = fractions
        self.shares = shares
        self.products = fractions @ fractions.T

    def surplus(self, assignment: np.ndarray) -> np.ndarray:
        """By how much each split's shares exceed those asked for, float64 [splits, movements]; -1 is no split."""
        members = assignment[None, :] == np.arange(len(self.shares))[:, None]
        return members @ self.fractions - self.shares[:, None]

    def deviation(self, assignment: np.ndarray) -> float:
        """The sum to be made least; rounded, so that the order of additions decides nothing."""
        return round(float((self.surplus(assignment) ** 2).sum()), 9)

    def greedy(self, order: Sequence[int]) -> np.ndarray:
        """Each athlete in turn to the split where it makes the sum least, int [athletes]."""
        assignment = np.full(len(order), -1)
        for taken, athlete in enumerate(order):
            empty = set(range(len(self.shares))) - set(assignment.tolist())
            # The last athletes are kept for the splits that have none.
            open_splits = sorted(empty) if len(empty) == len(order) - taken else range(len(self.shares))
            change = np.round(self.surplus(assignment) @ self.fractions[athlete], 9)
            assignment[athlete] = min(open_splits, key=lambda split: change[split])
        return assignment

    def improve(self, assignment: np.ndarray) -> np.ndarray:
        """The best change at a time, until none makes the sum less."""
        assignment = assignment.copy()
        athletes = np.arange(len(assignment))
        while True:
            # With d the surplus of each split and f an athlete's fractions, a move from split s to split t changes the
            # sum by 2 (d[t] - d[s]) f + 2 f²; an exchange of two is the move of the difference of their fractions.
            gain = self.surplus(assignment) @ self.fractions.T
            own = gain[assignment, athletes]
            squares = np.diag(self.products)
            moves = 2 * (gain - own + squares)
            alone = np.bincount(assignment, minlength=len(self.shares))[assignment] == 1
            moves[:, alone] = 0
            across = gain[assignment]
            exchanges = 2 * (across + across.T - own[:, None] - own[None, :])
            exchanges += 2 * (squares[:, None] + squares[None, :] - 2 * self.products)
            moves[assignment, athletes] = 0
            exchanges[assignment[:, None] == assignment[None, :]] = 0
            moves, exchanges = np.round(moves, 9), np.round(exchanges, 9)
            if min(moves.min(), exchanges.min()) >= 0:
                return assignment
            if moves.min() <= exchanges.min():
                split, athlete = np.unravel_index(moves.argmin(), moves.shape)
                assignment[athlete] = split
            else:
                first, second = np.unravel_index(exchanges.argmin(), exchanges.shape)
                assignment[[first, second]] = assignment[[second, first]]
