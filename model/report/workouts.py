"""An evaluation of whole workouts: its tables, and a page with a timeline for every film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from model.answers.counting import JudgedFilm, JudgedSet, WorkoutsEvaluation
from model.answers.workout import SegmentAnswer, WorkoutAnswer
from model.report.document import document, table_of
from model.report.markup import Markup, tag
from model.report.tables import Table
from model.report.words import counted, percent
from model.units import clock


def counting(result: WorkoutsEvaluation) -> Table:
    """Every way of counting, ours first."""
    rows = (
        (name, str(one.sets), percent(one.exact), percent(one.within_one), _number(one.error))
        for name, one in result.counts.items()
    )
    return Table(("Counted by", "Sets", "Exact", "Within one", "Mean relative error"), tuple(rows))


def verdicts(result: WorkoutsEvaluation) -> Table:
    """How repetitions are judged, by movement."""
    rows = (
        (
            movement,
            str(one.repetitions),
            str(one.given),
            percent(one.right),
            str(one.faulty),
            percent(one.faulty_found),
            percent(one.good_refused),
            percent(one.unclear),
        )
        for movement, one in result.verdicts.items()
    )
    titles = ("Judged", "Repetitions", "Given", "Right", "Faulty", "Found", "Good refused", "Unclear")
    return Table(titles, tuple(rows))


def standards(result: WorkoutsEvaluation) -> Table:
    """How single points of performance are judged."""
    rows = (
        (
            f"{movement}: {name}",
            str(one.repetitions),
            str(one.given),
            percent(one.right),
            str(one.faulty),
            percent(one.faulty_found),
            percent(one.good_doubted),
            percent(one.clear_unclear),
            percent(one.near_unclear),
        )
        for movement, points in result.standards.items()
        for name, one in points.items()
    )
    titles = (
        *("Point", "Repetitions", "Given", "Right", "Faulty", "Found", "Good doubted", "Unclear, clear truth"),
        "Unclear, near the limit",
    )
    return Table(titles, tuple(rows))


def figures(result: WorkoutsEvaluation) -> Table:
    """All else that was measured."""
    segments = result.segments
    rows = (
        ("Films", f"{result.films}, {clock(result.seconds)}"),
        ("Segments, F1", f"{percent(segments.f1)} ({segments.found} found, {segments.true} true)"),
        ("Repetitions begin, off by (median)", f"{_number(segments.start_seconds)} s"),
        ("Repetitions end, off by (median)", f"{_number(segments.end_seconds)} s"),
        ("Repetitions in an hour of rest", _number(result.false_per_hour)),
        ("Movements in an hour of other exercises", _number(result.named_per_hour)),
        ("CPU seconds for a minute of film", _number(result.cpu_seconds_per_minute)),
    )
    return Table(("Measured", ""), rows)


def write_workouts_page(path: Path, name: str, result: WorkoutsEvaluation, films: Sequence[JudgedFilm]) -> Path:
    """Write the page; its folder is made if it is not there.

    Args:
        path: of the HTML file.
        name: of the model, with its version.
        result: the figures.
        films: what each shows, and what is said of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(workouts_page(name, result, films), encoding="utf-8")
    return path


def workouts_page(name: str, result: WorkoutsEvaluation, films: Sequence[JudgedFilm]) -> str:
    """The page's text."""
    parts = (
        tag("section", tag("h2", "Counted, cut and judged"), *map(table_of, (counting(result), figures(result)))),
        tag("section", tag("h2", "Verdicts"), *map(table_of, (verdicts(result), standards(result)))),
        tag(
            "section",
            tag("h2", "Film by film"),
            tag("p", "Above what a film shows, below what was said. Sets that were not counted exactly stand beneath.",
                class_="reading"),
            *map(_film, films),
        ),
    )  # fmt: skip
    body = tag(
        "body",
        tag("header", tag("p", "Evaluation of whole workouts", class_="eyebrow"), tag("h1", name)),
        tag("main", *parts),
    )
    return document(f"{name}: whole workouts", body)


def _film(film: JudgedFilm) -> Markup:
    wrong = [one for one in film.sets if one.counted != one.true]
    title = tag("h3", film.name, " ", tag("span", f"{clock(film.truth.seconds)}, {counted(len(film.sets), 'set')}"))
    missed = tag("ul", *map(_missed, wrong), class_="missed") if wrong else Markup("")
    return tag("article", title, _timeline(film.truth, "shows"), _timeline(film.answer, "said"), missed, class_="film")


def _missed(one: JudgedSet) -> Markup:
    return tag("li", f"{clock(one.start)} {one.name}: {one.true}, counted {one.counted}")


def _timeline(workout: WorkoutAnswer, word: str) -> Markup:
    whole = max(workout.seconds, 1e-6)
    bars = [_bar(segment, whole) for segment in workout.segments]
    ticks = [
        tag("i", class_=f"tick {one.verdict.value.replace(' ', '-')}", style=f"left:{100 * one.end / whole:.2f}%")
        for segment in workout.segments
        for one in segment.repetitions
    ]
    cuts = [tag("i", class_="cut", style=f"left:{100 * cut / whole:.2f}%") for cut in workout.cuts]
    label = f"{word}: " + (", ".join(f"{_name(one)} {one.count}" for one in workout.segments) or "nothing")
    return tag("div", *bars, *ticks, *cuts, class_=f"line {word}", role="img", aria_label=label)


def _bar(segment: SegmentAnswer, whole: float) -> Markup:
    left, width = 100 * segment.start / whole, 100 * (segment.end - segment.start) / whole
    kind = "part" if segment.movement else "part other"
    return tag("span", _name(segment), class_=kind, style=f"left:{left:.2f}%;width:{width:.2f}%")


def _name(segment: SegmentAnswer) -> str:
    return segment.movement or segment.kind or "another exercise"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
