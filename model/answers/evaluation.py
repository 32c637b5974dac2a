"""What `movements evaluate` says of a folder of clips: the metrics of them all, and the answer to each."""

from __future__ import annotations

from pydantic import Field

from model.answers.base import Answer, Count, Share
from model.answers.clip import NoneOfTheseAnswer


class Interval(Answer):
    """A figure, and between what it would lie in 95 of 100 sets of clips as large as this one (bootstrap)."""

    value: Share
    low: Share
    high: Share


class CutMetrics(Answer):
    """What becomes of clips that are cut in one way.

    Attributes:
        movements: clips that show one.
        right: share of them that are answered with it, and not with *none of these*.
        rejected: share of them that are answered with *none of these*; the rest is answered with another movement.
        others, others_rejected: the clips that show none, and the share of them that are rejected.
    """

    movements: Count
    right: Share | None
    rejected: Share | None
    others: Count
    others_rejected: Share | None


class RuleMetrics(Answer):
    """What the rule for *none of these* does to clips of movements and to others; those not read are not rejected.

    `near_relatives` are the others that nearly show a movement, such as a pull-up below the chin; `all_else` the rest.
    `auroc` says how well the probability of *none of these* alone tells others from movements, whatever the threshold.
    """

    movements: Count
    movements_rejected: Share | None
    others: Count
    others_rejected: Share | None
    near_relatives: Count
    near_relatives_rejected: Share | None
    all_else: Count
    all_else_rejected: Share | None
    auroc: Interval | None = None


class ClassMetrics(Answer):
    """How well one output is recognised.

    Attributes:
        clips: clips that show it.
        top1, top5: the share of them that is right; clips that could not be read are wrong.
        mean_probability, sd_probability: of its probability, over the clips that could be read.
    """

    clips: Count
    top1: Share | None
    top5: Share | None
    mean_probability: Share | None
    sd_probability: Share | None


class JudgedClip(Answer):
    """A clip with a prediction.

    Attributes:
        file: its name.
        shows: what its name says.
        truth: the output that stands for it.
        prediction: every label with its probability, the most probable first.
        none_of_these: None where the model has no rule.
        right: at top-1.
    """

    file: str
    shows: str
    truth: str
    prediction: tuple[tuple[str, Share], ...]
    none_of_these: NoneOfTheseAnswer | None
    right: bool


class UnreadClip(Answer):
    """A clip that could not be read, and the code of the reason."""

    file: str
    shows: str
    truth: str
    error: str


class RiskAtCoverage(Answer):
    """How many answers are wrong where only the surest clips are answered: `coverage` is their share of all."""

    coverage: Share
    risk: Interval


class EvaluationAnswer(Answer):
    """A folder of clips, judged.

    Attributes:
        clips: how many there are.
        top1, top5: the share of them that is right, see `model.evaluation.evaluate.Evaluation`.
        ece: expected calibration error of the highest probability.
        none_of_these: what the rule does; None where the model has none.
        per_class: by output, in their order, those that have clips.
        predictions: one per clip, in the order of their names.
        cuts: the same clips cut in other ways, by the name of the way; empty unless that was asked for.
        risk_coverage: share of wrong answers, *none of these* among them, for some shares of the clips; empty where
            none could be read.
    """

    clips: Count
    top1: Share | None
    top5: Share | None
    ece: Share | None
    none_of_these: RuleMetrics | None
    per_class: dict[str, ClassMetrics]
    predictions: tuple[JudgedClip | UnreadClip, ...]
    cuts: dict[str, CutMetrics] = Field(default_factory=dict)
    risk_coverage: tuple[RiskAtCoverage, ...] = ()
