"""The report of a model: how good it is on one test set, as data to be shown.

`model.evaluation.report` makes it, the record of every bundle carries one (`model.record`), and pages show it.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from model.answers.base import Answer, Count, Number, Share


class OutputMetrics(Answer):
    """How well one output is recognised; None where there is nothing to divide by.

    Attributes:
        clips: clips that show it, also those that could not be read.
        top1, top5: share of them with it among the one or five most probable labels; for *none of these*, share that
            the rule rejects.
        precision: of the clips whose most probable output it is, the share that show it.
        recall: of the clips that show it, the share whose most probable output it is.
        f1: harmonic mean of precision and recall.
        mean_probability, sd_probability: of its probability, over the clips that show it and could be read.
    """

    clips: Count
    top1: Share | None
    top5: Share | None
    precision: Share | None
    recall: Share | None
    f1: Share | None
    mean_probability: Share | None
    sd_probability: Share | None


class Macro(Answer):
    """Means over the outputs that have clips, each counting the same; None without such outputs."""

    precision: Share | None
    recall: Share | None
    f1: Share | None


class AthleteMetrics(Answer):
    """How well the clips of one athlete are recognised: share right at top-1, mean probability of what they show."""

    clips: Count
    top1: Share | None
    mean_probability: Share | None


class Bin(Answer):
    """Clips whose highest probability is in (lower, upper]: how sure the model is of them, and how often right."""

    lower: Share
    upper: Share
    clips: Count
    mean_probability: Share | None
    accuracy: Share | None


class NoneMetrics(Answer):
    """What the rule for *none of these* does to clips of movements and to others.

    `near_relatives` are the others that nearly show a movement, such as a pull-up below the chin.
    """

    threshold: Share
    movements: Count
    movements_rejected: Share | None
    others: Count
    others_rejected: Share | None
    near_relatives: Count
    near_relatives_rejected: Share | None


class Confused(Answer):
    """Clips that show one output while another is the most probable; indices of clips, the surest error first."""

    truth: str
    predicted: str
    clips: tuple[Count, ...] = Field(min_length=1)


class Unanswered(Answer):
    """A clip without a prediction: `reason` is an error's code, or `no_outcome` where the model has none for it."""

    clip: str
    shows: str
    reason: str


class Step(Answer):
    """One report of a training run; the held-out figures are there where they were looked at."""

    step: Count
    loss: Number
    top1: Share
    held_out_loss: Number | None
    held_out_top1: Share | None


class FilmFigures(Answer):
    """What a model makes of a folder of film, by pictures alone.

    Attributes:
        name: of the folder.
        clips: how many there are.
        movements, top1, let_through: clips of movements, and shares of them that are named rightly, and that the rule
            for *none of these* lets through.
        others, rejected: the other clips, and the share of them that the rule rejects.
        near, near_rejected: those of them that nearly show a movement.
    """

    name: str
    clips: Count
    movements: Count
    top1: Share | None
    let_through: Share | None
    others: Count
    rejected: Share | None
    near: Count
    near_rejected: Share | None


class Report(Answer):
    """How good a model is on one test set.

    Attributes:
        schema_version: of this form.
        name, version: of the bundle.
        test_set: what was judged, in words.
        clips: how many clips were judged, also those without a prediction.
        outputs: names of the outputs: the labels, and *none of these* behind them where the model has a rule for it.
        top1, top5: share of the movements' clips whose label is among the one or five most probable labels; a clip
            that could not be read is wrong.
        ece: expected calibration error of the highest probability (Guo et al. 2017).
        macro: means of the outputs' precision, recall and F1.
        none_of_these: what the rule does, where there is one.
        per_class: by output, in their order, those that have clips.
        per_athlete: by athlete, in alphabetical order; empty where they are not known.
        confusion: counts [outputs][outputs], row the truth, column the most probable output.
        correlation: [outputs][outputs], column j: Pearson's correlation of P(j) with every P(i) over the clips of j.
        calibration: the intervals of the highest probability that `ece` is made of.
        truth: index of the output that each clip shows; of this and the next two, one per clip with a prediction.
        probabilities: [clips][outputs], rounded to four digits.
        names: of the clips; None where they have none.
        confused: pairs of outputs taken for one another, the most frequent first.
        unanswered: clips without a prediction.
        history: of the training run, at most some 200 steps of it.
        film: what the model makes of film that it never learned from, where its bundle says so.
        warnings: what the model is not for, in sentences.
    """

    schema_version: Literal[1] = 1
    name: str
    version: str
    test_set: str
    clips: Count
    outputs: tuple[str, ...] = Field(min_length=2)
    top1: Share | None
    top5: Share | None
    ece: Share | None
    macro: Macro
    none_of_these: NoneMetrics | None
    per_class: dict[str, OutputMetrics]
    per_athlete: dict[str, AthleteMetrics]
    confusion: tuple[tuple[Count, ...], ...]
    correlation: tuple[tuple[Number | None, ...], ...]
    calibration: tuple[Bin, ...]
    truth: tuple[Count, ...]
    probabilities: tuple[tuple[Share, ...], ...]
    names: tuple[str, ...] | None
    confused: tuple[Confused, ...]
    unanswered: tuple[Unanswered, ...]
    history: tuple[Step, ...]
    film: tuple[FilmFigures, ...] = ()
    warnings: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _shapes_agree(self) -> Self:
        outputs, clips = len(self.outputs), len(self.truth)
        for name, table, rows in (
            ("confusion", self.confusion, outputs),
            ("correlation", self.correlation, outputs),
            ("probabilities", self.probabilities, clips),
        ):
            if len(table) != rows or any(len(row) != outputs for row in table):
                raise ValueError(f"{name} must have {rows} rows of {outputs}")
        if self.names is not None and len(self.names) != clips:
            raise ValueError(f"names must be {clips}, got {len(self.names)}")
        if any(index >= outputs for index in self.truth):
            raise ValueError(f"truth must be below {outputs}")
        if any(index >= clips for pair in self.confused for index in pair.clips):
            raise ValueError(f"confused clips must be below {clips}")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """The outputs that are movements."""
        return self.outputs if self.none_of_these is None else self.outputs[:-1]

    def by_mean(self) -> list[tuple[str, OutputMetrics]]:
        """The outputs with the probability of the truth, the highest mean first: the table of the published study."""
        known = [(name, row) for name, row in self.per_class.items() if row.mean_probability is not None]
        return sorted(known, key=lambda item: -(item[1].mean_probability or 0.0))

    def name_of(self, clip: int) -> str:
        """What a clip is called, by its index; its number where clips have no names."""
        return f"clip {clip + 1}" if self.names is None else self.names[clip]
