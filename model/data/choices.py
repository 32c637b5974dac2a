"""Choices about the division of repetitions that the command line offers. Nothing but the standard library here."""

from __future__ import annotations

from enum import StrEnum


class By(StrEnum):
    """What is kept together."""

    ATHLETE = "athlete"  # no athlete is in two splits
    RANDOM = "random"  # nothing: the thesis' split, which tests on athletes that were learned from


class WhichSplit(StrEnum):
    """The splits, and all clips of a folder whatever their split."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    ALL = "all"
