"""Sequences by the thousand; sequence i of a seed depends on (seed, i) alone, whoever makes it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Several
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np

from model.pose.track import FEATURES, INSTANTS
from model.sequences.counting import LABELS as COUNTING_LABELS
from model.sequences.counting import counting_sequence
from model.sequences.sequence import LABELS, Sequence, sequence
from model.shards import make_shards, shard_paths, write_shard

VERSION = 1
"""Of what makes them: sequences of one seed are alike only within one version."""
SHARD = 1000
ABSENT = -1
"""The label of instants after the end of a sequence."""


@dataclass(frozen=True)
class Sequences:
    """Sequences as a network learns from them, n of them.

    Attributes:
        features: float16 [n, INSTANTS, FEATURES], see `model.pose.track.features`.
        label: int8 [n, INSTANTS], of `model.sequences.sequence.LABELS`, or ABSENT.
        turn: float32 [n, INSTANTS], 0 to 1; counts where a movement is.
        near: bool [n, INSTANTS], see `Sequence`.
    """

    features: np.ndarray
    label: np.ndarray
    turn: np.ndarray
    near: np.ndarray

    def __len__(self) -> int:
        return len(self.features)

    @classmethod
    def made(cls, seed: int, numbers: range, one: Callable[[tuple[int, ...]], Sequence] = sequence) -> Self:
        """Some sequences of a seed; `one` makes each."""
        return cls.of([one((seed, number)) for number in numbers])

    @classmethod
    def of(cls, several: Several[Sequence]) -> Self:
        """Some sequences, each of at most INSTANTS."""
        features = np.zeros((len(several), INSTANTS, FEATURES), np.float16)
        label = np.full((len(several), INSTANTS), ABSENT, np.int8)
        turn = np.zeros((len(several), INSTANTS), np.float32)
        near = np.zeros((len(several), INSTANTS), bool)
        for row, made in enumerate(several):
            features[row] = made.features
            label[row, : len(made)] = made.label
            turn[row, : len(made)] = made.turn % 1
            near[row, : len(made)] = made.near
        return cls(features, label, turn, near)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """All sequences of a folder; raises `ValueError` if there are none."""
        paths = shard_paths(folder)
        if not paths:
            raise ValueError(f"{folder} holds no sequences: `movements sequences` makes them")
        rows = [_read(path) for path in paths]
        return cls(*(np.concatenate(arrays) for arrays in zip(*rows, strict=True)))

    def __add__(self, others: Self) -> Self:
        """These and the others."""
        pairs = ((getattr(self, field.name), getattr(others, field.name)) for field in fields(self))
        return type(self)(*(np.concatenate(pair) for pair in pairs))

    def take(self, rows: Several[int] | slice | np.ndarray) -> Self:
        """Some of them."""
        return type(self)(self.features[rows], self.label[rows], self.turn[rows], self.near[rows])


def make_sequences(out: Path, count: int, seed: int, *, counting: bool = False, workers: int = 2) -> None:
    """Make `count` sequences (rounded up to whole shards) in a folder; shards that are there already are kept.

    With `counting`, they are those from which repetitions of any exercise are learned; see `model.sequences.counting`.

    Raises:
        ValueError: the folder holds sequences of another seed or version, or something else.
    """
    shards = -(-count // SHARD)
    make_shards(
        out,
        shards,
        seed,
        _make_counting_shard if counting else _make_shard,
        identity={"counting" if counting else "sequences": VERSION, "seed": seed},
        described={"count": shards * SHARD, "labels": COUNTING_LABELS if counting else LABELS},
        word="sequences",
        workers=workers,
    )


def _make_shard(out: Path, seed: int, shard: int) -> None:
    write_shard(out, shard, **vars(Sequences.made(seed, _numbers(shard))))


def _make_counting_shard(out: Path, seed: int, shard: int) -> None:
    write_shard(out, shard, **vars(Sequences.made(seed, _numbers(shard), counting_sequence)))


def _numbers(shard: int) -> range:
    return range(shard * SHARD, (shard + 1) * SHARD)


def _read(path: Path) -> list[np.ndarray]:
    with np.load(path, allow_pickle=False) as shard:
        return [shard[field.name] for field in fields(Sequences)]
