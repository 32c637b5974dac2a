"""A report in words: its headlines, and how each of its plots and tables is read."""

from __future__ import annotations

from dataclasses import dataclass

from model.answers.interval import Interval, interval_of_few
from model.answers.report import Report


@dataclass(frozen=True)
class Headline:
    """One number and the words that go on after it: `99.5 %`, `of 780 clips of a movement are named right`."""

    figure: str
    words: str


@dataclass(frozen=True)
class Reading:
    """The title of a plot or table, and one sentence on how to read it."""

    title: str
    sentence: str


TRUE_CLASS = Reading(
    "Probability of the truth",
    "For every movement the mean and the standard deviation of the probability that its own clips get for it: "
    "the nearer to 100 % and the smaller the deviation, the surer the model is of what is right.",
)
CONFUSION = Reading(
    "Confusion",
    "Each row holds the clips of one movement, each column counts for which output they are taken; "
    "whatever is off the diagonal is an error.",
)
PRECISION = Reading(
    "Precision and recall",
    "Recall is how many of a movement's clips are found, precision how many of those called by its name show it, "
    "F1 the harmonic mean of the two. Brackets hold the 95 % interval of a share of few clips.",
)
CALIBRATION = Reading(
    "Calibration",
    "Clips are grouped by how sure the model is of them; on the dashed line it is right exactly as often as it says, "
    "below it too sure, above it too modest, and the pale bars count the clips.",
)
CORRELATION = Reading(
    "Correlation",
    "Column by column, over one movement's clips: how the probability of each row goes with its own; "
    "−1 marks a rival that takes what the movement loses.",
)
PROBABILITIES = Reading(
    "All probabilities",
    "One panel for every movement, from 0 to 100 %, its clips side by side with the surest first: the thick line is "
    "the probability of the truth, the dotted one its strongest rival, the thin ones everything else.",
)
FILM = Reading(
    "On film",
    "Clips of real people, by pictures alone, never learned from. What stands above is of rendered clips.",
)
WARNINGS = Reading("What it is not for", "The model's card says more.")
HISTORY = Reading(
    "Training",
    "Loss and top-1 by step: the thin line on the varied clips that were learned from, the thick one on clips held "
    "out.",
)
ATHLETES = Reading(
    "Athletes",
    "A model that knows movements and not people is about as good on every athlete. Brackets hold the 95 % interval of "
    "a share of few clips.",
)
CONFUSED = Reading(
    "Confused clips",
    "Every pair of outputs of which one was taken for the other, the most frequent first; of their clips, the surest "
    "error first.",
)
UNANSWERED = Reading(
    "Clips without a prediction",
    "They could not be read, or show what the model has no outcome for; those of a movement count as wrong.",
)


def headlines(report: Report) -> tuple[Headline, ...]:
    """What a report says in a few numbers; those that it does not have are left out."""
    found = []
    shown = sum(row.clips for name, row in report.per_class.items() if name in report.labels)
    if report.top1 is not None and report.top5 is not None:
        named = f"of {counted(shown, 'clip')} of a movement are named right{trusted(report.top1, shown)}."
        found.append(Headline(percent(report.top1), named))
        listed = f"have the right movement among the five most probable{trusted(report.top5, shown)}."
        found.append(Headline(percent(report.top5), listed))
    rule = report.none_of_these
    if rule is not None and rule.others_rejected is not None:
        trust = trusted(rule.others_rejected, rule.others)
        rejected = f"of {counted(rule.others, 'clip')} that show something else are answered with none of these{trust}."
        found.append(Headline(percent(rule.others_rejected), rejected))
    if rule is not None and rule.movements_rejected is not None:
        trust = trusted(rule.movements_rejected, rule.movements)
        lost = f"of the movements' clips are answered with none of these, and should not be{trust}."
        found.append(Headline(percent(rule.movements_rejected), lost))
    if report.ece is not None:
        found.append(Headline(percent(report.ece), "is the mean gap between how sure it is and how often it is right."))
    return tuple(found)


def film_headlines(report: Report) -> tuple[Headline, ...]:
    """What a report says of film, in a few numbers; nothing where no film was judged."""
    found = []
    for film in report.film:
        if film.movements and film.top1 is not None:
            named = f"of {counted(film.movements, 'clip')} of a movement are named right"
            found.append(Headline(percent(film.top1), f"{named}{trusted(film.top1, film.movements)}."))
        if film.others and film.rejected is not None:
            words = f"of {counted(film.others, 'clip')} that show something else are answered with none of these"
            near = ""
            if film.near and film.near_rejected is not None:
                near = f"; {percent(film.near_rejected)} of the {film.near} among them that nearly show a movement"
            found.append(Headline(percent(film.rejected), f"{words}{trusted(film.rejected, film.others)}{near}."))
    return tuple(found)


def calibration_in_words(report: Report) -> str:
    """The reliability curve in a sentence, for people who cannot see it."""
    parts = [
        f"sure to {percent(row.mean_probability)}: right in {percent(row.accuracy)} of {counted(row.clips, 'clip')}"
        for row in report.calibration
        if row.clips
    ]
    return f"{CALIBRATION.title}. {'; '.join(parts)}."


def history_in_words(report: Report) -> str:
    """The course of the training in a sentence, for people who cannot see it."""
    first, last = report.history[0], report.history[-1]
    judged = [step for step in report.history if step.held_out_top1 is not None]
    held_out = f"; top-1 of the clips held out {percent(judged[-1].held_out_top1)} at the end" if judged else ""
    return (
        f"{HISTORY.title} over {last.step} steps: loss from {first.loss:.2f} to {last.loss:.2f}, "
        f"top-1 from {percent(first.top1)} to {percent(last.top1)}{held_out}."
    )


def percent(share: float | None) -> str:
    """A share for people, to a tenth of a percent; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f} %"


def share(value: float | None, clips: int) -> str:
    """A share of so many clips; of few, with its 95 % interval: `88.9 % (56.5 to 98.0)`."""
    interval = interval_of_few(value, clips)
    return percent(value) if interval is None else f"{percent(value)} ({_ends(interval)})"


def trusted(value: float | None, clips: int) -> str:
    """What follows a share in a sentence: the 95 % interval where the clips are few, else nothing."""
    interval = interval_of_few(value, clips)
    return "" if interval is None else f" (95 % interval: {_ends(interval)} %)"


def _ends(interval: Interval) -> str:
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"


def decimal(value: float | None) -> str:
    """A number between -1 and 1, in as few characters as two digits take: `.97`, `−.05`, `1`; a dash without one."""
    if value is None:
        return "–"
    text = f"{abs(value):.2f}".removeprefix("0").removesuffix(".00") or "0"
    return f"−{text}" if value < 0 and text != "0" else text


def counted(number: int, thing: str) -> str:
    """A number with its thing: `1 clip`, `9 clips`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}".replace(",", "\u202f")
