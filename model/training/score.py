"""How a way to answer scores on some clips, as a comparison of recipes tells it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.answers.ablation import Score
from model.evaluation import measure

DIGITS = 4
"""Decimals of a score."""


def score(named: np.ndarray, shown: np.ndarray, rejected: Sequence[bool] | np.ndarray) -> Score:
    """The score.

    Args:
        named: probabilities float [clips of movements, movements].
        shown: int [clips of movements], what they show.
        rejected: bool [other clips], whether each is rejected.
    """
    return Score(
        movements=len(shown),
        top1=measure.rounded(measure.top_k(measure.ranks(named, shown), 1), DIGITS),
        loss=measure.rounded(measure.negative_log_likelihood(named, shown), DIGITS),
        others=len(rejected),
        rejected=measure.rounded(measure.share(rejected), DIGITS),
    )
