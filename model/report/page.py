"""One HTML file about a bundle and the test sets it was judged on: opens without a network, prints, fits a phone."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from model.answers.report import Confused, Report
from model.contract import Contract, Crop
from model.report import plots, svg, tables, words
from model.report.document import document, rows_of, table_of
from model.report.markup import Markup, joined, tag
from model.report.plots import Cell, HeatMap
from model.report.words import Reading, counted, percent


@dataclass(frozen=True)
class Section:
    """One test set of the page.

    Attributes:
        report: what is told.
        paths: of the clips, by name, for links.
        strips: JPEGs of the frames that the model saw, by the clip's index in the report.
    """

    report: Report
    paths: Mapping[str, Path] = field(default_factory=dict)
    strips: Mapping[int, Sequence[bytes]] = field(default_factory=dict)


def write_page(path: Path, contract: Contract, sections: Sequence[Section]) -> Path:
    """Write the page; its folder is made if it is not there, and clips are linked relative to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(contract, sections, path.parent), encoding="utf-8")
    return path


def page(contract: Contract, sections: Sequence[Section], folder: Path) -> str:
    """The page's text; `folder` is where it will be."""
    title = f"{contract.name} {contract.version}"
    trained = [_history(section.report) for section in sections if section.report.history]
    body = tag(
        "body",
        tag("header", tag("p", "Evaluation", class_="eyebrow"), tag("h1", title), _contract(contract)),
        tag("main", *(_section(section, folder) for section in sections), *trained[:1]),
    )
    return document(f"{title}: evaluation", body)


def _contract(contract: Contract) -> Markup:
    """The contract in short."""
    rule, limits = contract.none_of_these, contract.limits
    view = "cut around the athlete" if contract.crop is Crop.ATHLETE else "whole"
    facts = (
        ("Architecture", contract.architecture),
        ("Input", f"{contract.frames} frames of {contract.size} × {contract.size} pixels, {view}"),
        (counted(len(contract.labels), "movement"), ", ".join(contract.labels)),
        ("Temperature", f"{contract.temperature:.3f}"),
        ("None of these", f"from {percent(rule.threshold)}, bias {rule.bias:+.3f}" if rule else "no rule"),
        ("Clips", f"up to {limits.max_seconds:g} s and {limits.max_bytes / 2**20:g} MB"),
    )
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in facts), class_="facts")


def _section(section: Section, folder: Path) -> Markup:
    report = section.report
    parts = [
        _part(words.CONFUSION, _heat_map(plots.confusion(report))),
        _part(words.CORRELATION, _heat_map(plots.correlation(report))),
        _part(words.TRUE_CLASS, _true_class(report)),
        _part(words.CALIBRATION, Markup(svg.chart(plots.calibration(report))), table_of(tables.calibration(report))),
        _part(words.PRECISION, table_of(tables.precision(report), class_="table totals"), wide=True),
        _part(words.PROBABILITIES, _probabilities(report), wide=True),
    ]
    if report.per_athlete:
        parts.append(_part(words.ATHLETES, table_of(tables.athletes(report)), wide=True))
    if report.confused:
        pairs = [_confused(section, pair, folder) for pair in report.confused]
        parts.append(_part(words.CONFUSED, *pairs, wide=True))
    if report.unanswered:
        parts.append(_part(words.UNANSWERED, _unanswered(section, folder), wide=True))
    headlines = (
        tag("li", tag("strong", headline.figure), " ", tag("span", headline.words))
        for headline in words.headlines(report)
    )
    return tag(
        "section",
        tag("h2", f"Measured on {report.test_set}"),
        tag("ul", *headlines, class_="headlines"),
        tag("div", *(parts if report.truth else parts[-1:]), class_="figures"),
        class_="test-set",
    )


def _part(reading: Reading, *content: str, wide: bool = False) -> Markup:
    kind = "figure figure-wide" if wide else "figure"
    return tag("section", tag("h3", reading.title), tag("p", reading.sentence, class_="reading"), *content, class_=kind)


def _heat_map(plot: HeatMap) -> Markup:
    head = tag("tr", tag("td"), *(tag("th", tag("span", name), scope="col") for name in plot.names))
    body = (
        tag("tr", tag("th", name, scope="row"), *map(_cell, cells))
        for name, cells in zip(plot.names, plot.cells, strict=True)
    )
    table = tag("table", tag("caption", plot.caption), tag("thead", head), tag("tbody", *body), class_="heat")
    return tag("div", table, class_="sideways")


def _cell(cell: Cell) -> Markup:
    if not cell.share:
        return tag("td", cell.text)
    kind = f"{cell.tone} strong" if cell.strong else cell.tone
    return tag("td", cell.text, class_=kind, style=f"--share:{cell.share:.3f}")


def _true_class(report: Report) -> Markup:
    rows = [
        (
            row.name,
            joined(
                row.text,
                tag(
                    "span",
                    tag("span", class_="fill", style=f"width:{100 * row.mean:.1f}%"),
                    tag("span", class_="spread", style=f"left:{100 * row.low:.1f}%;right:{100 * (1 - row.high):.1f}%"),
                    class_="bar",
                    aria_hidden="true",
                ),
            ),
            percent(row.precision),
            percent(row.recall),
        )
        for row in tables.true_class(report)
    ]
    return rows_of(tables.MEANS_TITLES, rows, class_="table means")


def _probabilities(report: Report) -> Markup:
    panels = (
        tag(
            "figure",
            Markup(svg.panel(plot)),
            tag("figcaption", tag("strong", plot.name), f" rival: {plot.rival}"),
        )
        for plot in plots.probabilities(report)
    )
    return tag("div", *panels, class_="panels")


def _confused(section: Section, pair: Confused, folder: Path) -> Markup:
    """A pair with its clips: those with frames first, the others by name."""
    shown = [clip for clip in pair.clips if clip in section.strips]
    others = [clip for clip in pair.clips if clip not in section.strips]
    items = [
        tag(
            "li",
            tag("p", *_error(section, pair, clip, folder)),
            _strip(section.strips[clip], section.report.name_of(clip)),
        )
        for clip in shown
    ]
    items += [tag("li", tag("p", *_error(section, pair, clip, folder))) for clip in others]
    title = tag("h4", pair.truth, " taken for ", pair.predicted, " ", tag("span", counted(len(pair.clips), "clip")))
    return tag("article", title, tag("ol", *items, class_="errors"), class_="pair")


def _error(section: Section, pair: Confused, clip: int, folder: Path) -> tuple[str, ...]:
    report = section.report
    probabilities = report.probabilities[clip]
    wrong, right = (percent(probabilities[report.outputs.index(name)]) for name in (pair.predicted, pair.truth))
    return _link(section, report.name_of(clip), folder), f": {pair.predicted} {wrong}, {pair.truth} {right}"


def _strip(jpegs: Sequence[bytes], name: str) -> Markup:
    pictures = (
        tag(
            "img",
            src=f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}",
            alt=f"Frame {number} of {len(jpegs)} that the model saw of {name}",
        )
        for number, jpeg in enumerate(jpegs, 1)
    )
    return tag("div", *pictures, class_="strip")


def _unanswered(section: Section, folder: Path) -> Markup:
    rows = [(_link(section, row.clip, folder), row.shows, row.reason) for row in section.report.unanswered]
    return rows_of(("Clip", "Shows", "Reason"), rows, class_="table words")


def _history(report: Report) -> Markup:
    charts = (Markup(svg.chart(plot)) for plot in plots.history(report))
    return _part(words.HISTORY, tag("div", *charts, class_="charts"), wide=True)


def _link(section: Section, name: str, folder: Path) -> Markup:
    """The clip's name, linked to its file where that is known."""
    path = section.paths.get(name)
    if path is None:
        return joined(name)
    relative = Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    return tag("a", name, href=quote(relative))
