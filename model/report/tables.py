"""The tables of a report, each described once; pages and pictures lay them out."""

from __future__ import annotations

from dataclasses import dataclass

from model.answers.report import Report
from model.report.words import percent, share


@dataclass(frozen=True)
class Table:
    """Text in rows; the first column names the row."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class MeanRow:
    """One output: the mean and deviation of the probability of the truth, the ends of their bar, and two shares."""

    name: str
    mean: float
    deviation: float
    low: float
    high: float
    precision: float | None
    recall: float | None

    @property
    def text(self) -> str:
        """Mean and deviation, in percent."""
        return f"{100 * self.mean:.1f} ± {100 * self.deviation:.1f} %"


MEANS_TITLES = ("Movement", "Mean ± deviation", "Precision", "Recall")
"""The headings of the columns of `true_class`."""


def true_class(report: Report) -> tuple[MeanRow, ...]:
    """The outputs that have clips, the highest mean first: the table of the published study."""
    rows = []
    for name, row in report.by_mean():
        mean, deviation = row.mean_probability or 0.0, row.sd_probability or 0.0
        low, high = max(0.0, mean - deviation), min(1.0, mean + deviation)
        rows.append(MeanRow(name, mean, deviation, low, high, row.precision, row.recall))
    return tuple(rows)


def calibration(report: Report) -> Table:
    """The numbers of the reliability curve."""
    return Table(
        ("How sure", "Clips", "Mean", "Right"),
        tuple(
            (
                f"{100 * row.lower:.0f} to {100 * row.upper:.0f} %",
                str(row.clips),
                percent(row.mean_probability),
                percent(row.accuracy),
            )
            for row in report.calibration
            if row.clips
        ),
    )


def history(report: Report) -> Table:
    """The numbers of a training run, where clips held out were looked at, or else of its last step."""
    judged = [step for step in report.history if step.held_out_top1 is not None] or report.history[-1:]
    return Table(
        ("Step", "Loss", "Top-1", "Loss, held out", "Top-1, held out"),
        tuple(
            (
                str(step.step),
                f"{step.loss:.3f}",
                percent(step.top1),
                "–" if step.held_out_loss is None else f"{step.held_out_loss:.3f}",
                percent(step.held_out_top1),
            )
            for step in judged
        ),
    )


def precision(report: Report) -> Table:
    """Every output's shares, those of few clips with their interval, and their means."""
    rows = []
    for index, (name, row) in enumerate((name, report.per_class.get(name)) for name in report.outputs):
        if row is None:
            continue
        claimed = sum(counts[index] for counts in report.confusion)
        shares = (share(row.recall, row.clips), percent(row.f1), share(row.top1, row.clips), share(row.top5, row.clips))
        rows.append((name, str(row.clips), share(row.precision, claimed), *shares))
    macro = report.macro
    means = map(percent, (macro.precision, macro.recall, macro.f1))
    return Table(
        ("Movement", "Clips", "Precision", "Recall", "F1", "Top-1", "Top-5"),
        (*rows, ("mean of all", str(report.clips), *means, "", "")),
    )


def athletes(report: Report) -> Table:
    """Every athlete's clips, by name."""
    return Table(
        ("Athlete", "Clips", "Top-1", "Mean probability of the truth"),
        tuple(
            (athlete, str(row.clips), share(row.top1, row.clips), percent(row.mean_probability))
            for athlete, row in report.per_athlete.items()
        ),
    )
