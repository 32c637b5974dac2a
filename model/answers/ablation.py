"""What `movements ablate` says: recipes compared by what they are worth on the same clips."""

from __future__ import annotations

from model.answers.base import Answer, Count, Share


class Score(Answer):
    """What a network is worth on some clips.

    Attributes:
        movements: clips of movements.
        top1: share of them whose label is the most probable.
        loss: mean of -log P(label) among the labels, in nats.
        others: clips of anything else.
        rejected: share of them that are rejected at 95 % recall on the clips held out.
    """

    movements: Count
    top1: Share | None
    loss: float | None
    others: Count
    rejected: Share | None


class Row(Answer):
    """One recipe: its score on the clips held out, and by folder of videos and what was shown of the frame."""

    name: str
    held_out: Score
    videos: dict[str, dict[str, Score]]


class Ablation(Answer):
    """A comparison: training steps, clips seen, the frames' side in pixels, and a row for every recipe."""

    steps: Count
    clips_seen: Count
    size: Count
    rows: tuple[Row, ...]
