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
    """One recipe: its score on the clips held out, and by folder of videos and what was shown of the frame.

    Of a finished bundle there is no score on the clips held out, nor on whole frames, and what its own rules reject
    counts as rejected. `milliseconds` are those of one clip through the network as it is trained, of a bundle from a
    video to its answer; None in comparisons that do not say.
    """

    name: str
    milliseconds: float | None = None
    held_out: Score | None = None
    videos: dict[str, dict[str, Score]]


class Ablation(Answer):
    """A comparison: training steps, clips seen, the frames' side in pixels, and a row for every recipe."""

    steps: Count
    clips_seen: Count
    size: Count
    rows: tuple[Row, ...]
