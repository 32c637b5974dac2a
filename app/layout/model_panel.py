"""The tab *Model*: what the model is, and how good it was on its test set."""

from __future__ import annotations

import json
from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from app.layout.outcome import movement_of
from model.answers.error import ErrorDetail
from model.answers.report import Report
from model.contract import Contract, Crop, Movement
from model.errors import InternalError
from model.report import plots, svg, tables, words
from model.report.plots import Cell, Chart, HeatMap
from model.report.tables import MeanRow, Table

_TONES = {"right": "heat-right", "wrong": "heat-wrong", "rival": "heat-minus"}
"""Classes of the style sheet."""

_LOST = InternalError(
    "The connection was lost before the model could be shown.",
    hint="Check that you are online, then open this tab again.",
)


def model_panel() -> Component:
    """The panel; `assets/model.js` asks for its content when it is first opened, and draws the charts.

    States (`data-state`): empty, asking, shown, failed.
    """
    return html.Section(
        [
            html.P("Asking the model about itself", className="model-wait", role="status"),
            html.Div(id="model-problem", role="alert"),
            html.Div(id="model"),
            html.Span(id="model-asked", hidden=True),
        ],
        id="panel-model",
        role="tabpanel",
        hidden=True,
        **{
            "aria-labelledby": "tab-model",
            "data-state": "empty",
            "data-lost": json.dumps(ErrorDetail.of(_LOST).to_json()),
        },
    )


def model_facts(contract: Contract, report: Report | None) -> Component:
    """What the model is and, if its bundle has a report, how good it was."""
    if report is None:
        said: list[Component] = [html.P("This model comes without an evaluation.", className="lead")]
        return html.Div([html.Div([_identity(contract), html.Div(said, className="side-column")], className="bench")])
    return html.Div(
        [
            html.Div([_identity(contract), _headlines(report)], className="bench"),
            html.Div(
                [
                    _part(words.CONFUSION, _heat_map(plots.confusion(report))),
                    _part(words.CORRELATION, _heat_map(plots.correlation(report))),
                    _part(words.TRUE_CLASS, _true_class(report, contract.movements)),
                    _part(words.CALIBRATION, _chart(plots.calibration(report)), _numbers(tables.calibration(report))),
                    *([_film(report)] if report.film else []),
                    *([_warnings(report)] if report.warnings else []),
                    *([_history(report)] if report.history else []),
                ],
                className="figures",
            ),
        ]
    )


def _identity(contract: Contract) -> Component:
    view = "cut around the athlete" if contract.crop is Crop.ATHLETE else "whole"
    names = ", ".join(movement.meaning for movement in contract.movements)
    facts = (
        ("Version", contract.version),
        ("Architecture", contract.architecture),
        ("Input", f"{contract.frames} frames of {contract.size} × {contract.size} pixels, {view}"),
        (f"{len(contract.movements)} movements", names),
        ("Anything else", "is answered with none of these" if contract.none_of_these else "is taken for one of them"),
    )
    return html.Div(
        [
            html.P("The model that answers here", className="eyebrow"),
            html.H2(contract.name, className="model-name", **{"data-as-is": "true"}),
            html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="facts"),
        ],
        className="clip-column",
    )


def _headlines(report: Report) -> Component:
    return html.Div(
        [html.P(f"Measured on {report.test_set}", className="eyebrow"), _list(words.headlines(report))],
        className="side-column",
    )


def _list(headlines: Sequence[words.Headline]) -> Component:
    rows = [
        html.Li([html.Strong(headline.figure, className="headline-figure"), html.Span(headline.words)])
        for headline in headlines
    ]
    return html.Ul(rows, className="headlines")


def _film(report: Report) -> Component:
    return _part(words.FILM, html.Div(_list(words.film_headlines(report)), className="film-figures"))


def _warnings(report: Report) -> Component:
    return _part(words.WARNINGS, html.Ul([html.Li(sentence) for sentence in report.warnings], className="warnings"))


def _part(reading: words.Reading, *content: Component, wide: bool = False) -> Component:
    return html.Section(
        [html.H3(reading.title), html.P(reading.sentence, className="fine"), *content],
        className="figure figure-wide" if wide else "figure",
    )


def _heat_map(plot: HeatMap) -> Component:
    head = html.Tr([html.Td(), *(html.Th(html.Span(name), scope="col") for name in plot.names)])
    body = [
        html.Tr([html.Th(name, scope="row"), *map(_cell, cells)])
        for name, cells in zip(plot.names, plot.cells, strict=True)
    ]
    table = html.Table(
        [html.Caption(plot.caption, className="visually-hidden"), html.Thead(head), html.Tbody(body)], className="heat"
    )
    return _sideways(table, plot.caption)


def _cell(cell: Cell) -> Component:
    kind = f"{_TONES[cell.tone]}{' heat-strong' if cell.strong else ''}"
    return html.Td(cell.text, className=kind if cell.share else "", style={"--share": f"{cell.share:.3f}"})


def _true_class(report: Report, movements: Sequence[Movement]) -> Component:
    table = dbc.Table(
        [
            html.Caption(words.TRUE_CLASS.title, className="visually-hidden"),
            html.Thead(html.Tr([html.Th(title, scope="col") for title in tables.MEANS_TITLES])),
            html.Tbody([_class_row(row, movements) for row in tables.true_class(report)]),
        ],
        className="rows rows-figures",
        borderless=True,
    )
    return _sideways(table, words.TRUE_CLASS.title)


def _sideways(table: Component, name: str) -> Component:
    """A table that is scrolled where the screen is narrower, by keyboard too."""
    return html.Div(table, className="sideways", role="region", tabIndex="0", **{"aria-label": name})


def _class_row(row: MeanRow, movements: Sequence[Movement]) -> Component:
    bar = html.Div(
        [
            html.Div(className="bar-fill", style={"width": f"{100 * row.mean:.2f}%"}),
            html.Div(
                className="bar-spread",
                style={"left": f"{100 * row.low:.2f}%", "width": f"{100 * (row.high - row.low):.2f}%"},
            ),
        ],
        className="bar",
        **{"aria-hidden": "true"},
    )
    return html.Tr(
        [
            html.Th(movement_of(row.name, movements).meaning, scope="row"),
            html.Td([html.Span(row.text), bar]),
            html.Td(words.percent(row.precision)),
            html.Td(words.percent(row.recall)),
        ]
    )


def _history(report: Report) -> Component:
    pair = html.Div([_chart(plot) for plot in plots.history(report)], className="charts")
    return _part(words.HISTORY, pair, _numbers(tables.history(report)), wide=True)


def _chart(plot: Chart) -> Component:
    """Where the page's script puts a chart."""
    return html.Div(className="chart-place", **{"data-svg": svg.chart(plot)})


def _numbers(table: Table) -> Component:
    """The numbers of a chart, for people who want or need to read them."""
    body = [html.Tr([html.Th(row[0], scope="row"), *(html.Td(value) for value in row[1:])]) for row in table.rows]
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in table.titles]))
    return html.Details(
        [html.Summary("The numbers"), html.Table([head, html.Tbody(body)], className="numbers")], className="disclosed"
    )
