"""Choices about the division of repetitions that the command line offers. Nothing but the standard library here."""

from __future__ import annotations

from enum import StrEnum


class By(StrEnum):
    """What is kept together."""

    ATHLETE = "athlete"  # no athlete is on two sides
    RANDOM = "random"  # nothing: the thesis' split, which tests on athletes that were learned from


class WhichSide(StrEnum):
    """The sides of a split, and all clips of a folder whatever their side."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    ALL = "all"
