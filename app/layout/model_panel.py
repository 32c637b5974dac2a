"""The tab *Model*: what the model is, and how good it was on its test set."""

from __future__ import annotations

import json
from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from app.layout.outcome import movement_of
from model.answers.report import OutputFigures, Report
from model.contract import Contract, Crop, Movement
from model.errors import InternalError
from model.report import words
from model.report.svg import calibration_chart, history_charts

STRONG = 0.8
"""Share from which the text of a cell is turned over: light on dark in the light theme, dark on light in the other."""

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
            dcc.Store(id="model-asked"),
        ],
        id="panel-model",
        role="tabpanel",
        hidden=True,
        **{"aria-labelledby": "tab-model", "data-state": "empty", "data-lost": json.dumps(_LOST.to_dict()["error"])},
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
                    _figure(words.CONFUSION, _confusion(report)),
                    _figure(words.CORRELATION, _correlation(report)),
                    _figure(words.TRUE_CLASS, _true_class(report, contract.movements)),
                    _figure(words.CALIBRATION, _chart(calibration_chart(report)), _calibration_numbers(report)),
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
            html.H2(contract.name, className="model-name"),
            html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="facts"),
        ],
        className="clip-column",
    )


def _headlines(report: Report) -> Component:
    return html.Div(
        [
            html.P(f"Measured on {report.test_set}", className="eyebrow"),
            html.Ul(
                [
                    html.Li([html.Strong(headline.figure, className="headline-figure"), html.Span(headline.words)])
                    for headline in words.headlines(report)
                ],
                className="headlines",
            ),
        ],
        className="side-column",
    )


def _figure(reading: words.Reading, *content: Component, wide: bool = False) -> Component:
    return html.Section(
        [html.H3(reading.title), html.P(reading.sentence, className="fine"), *content],
        className="figure figure-wide" if wide else "figure",
    )


def _confusion(report: Report) -> Component:
    """Counts; the colour of a cell is its share of the row."""
    rows = []
    for i, counts in enumerate(report.confusion):
        total = max(1, sum(counts))
        rows.append(
            [
                _cell(str(count) if count else "", count / total, "heat-right" if i == j else "heat-wrong")
                for j, count in enumerate(counts)
            ]
        )
    return _heat_map(report.outputs, rows, "Counts of clips, by what they show and what they were taken for")


def _correlation(report: Report) -> Component:
    rows = [
        [
            _cell(words.decimal(value), abs(value or 0.0), "heat-right" if (value or 0.0) >= 0 else "heat-minus")
            for value in row
        ]
        for row in report.correlation
    ]
    return _heat_map(report.outputs, rows, "Correlation of probabilities, column by column over one movement's clips")


def _cell(text: str, share: float, kind: str) -> Component:
    strong = " heat-strong" if share > STRONG else ""
    return html.Td(text, className=f"{kind}{strong}" if share else "", style={"--share": f"{share:.3f}"})


def _heat_map(outputs: Sequence[str], rows: Sequence[Sequence[Component]], caption: str) -> Component:
    head = html.Tr([html.Td(), *(html.Th(html.Span(name), scope="col") for name in outputs)])
    body = [html.Tr([html.Th(name, scope="row"), *cells]) for name, cells in zip(outputs, rows, strict=True)]
    table = html.Table(
        [html.Caption(caption, className="visually-hidden"), html.Thead(head), html.Tbody(body)], className="heat"
    )
    return html.Div(table, className="sideways", role="region", tabIndex="0", **{"aria-label": caption})


def _true_class(report: Report, movements: Sequence[Movement]) -> Component:
    titles = ("Movement", "Mean ± deviation", "Precision", "Recall")
    return dbc.Table(
        [
            html.Caption(words.TRUE_CLASS.title, className="visually-hidden"),
            html.Thead(html.Tr([html.Th(title, scope="col") for title in titles])),
            html.Tbody([_class_row(name, row, movements) for name, row in report.by_mean()]),
        ],
        className="rows rows-figures",
        borderless=True,
    )


def _class_row(name: str, row: OutputFigures, movements: Sequence[Movement]) -> Component:
    mean, sd = row.mean_probability or 0.0, row.sd_probability or 0.0
    low, high = max(0.0, mean - sd), min(1.0, mean + sd)
    bar = html.Div(
        [
            html.Div(className="bar-fill", style={"width": f"{100 * mean:.2f}%"}),
            html.Div(
                className="bar-spread", style={"left": f"{100 * low:.2f}%", "width": f"{100 * (high - low):.2f}%"}
            ),
        ],
        className="bar",
        **{"aria-hidden": "true"},
    )
    return html.Tr(
        [
            html.Th(movement_of(name, movements).meaning, scope="row"),
            html.Td([html.Span(f"{100 * mean:.1f} ± {100 * sd:.1f} %"), bar]),
            html.Td(words.percent(row.precision)),
            html.Td(words.percent(row.recall)),
        ]
    )


def _calibration_numbers(report: Report) -> Component:
    return _numbers(
        ("How sure", "Clips", "Mean", "Right"),
        [
            (
                f"{100 * row.lower:.0f} to {100 * row.upper:.0f} %",
                str(row.clips),
                words.percent(row.mean_probability),
                words.percent(row.accuracy),
            )
            for row in report.calibration
            if row.clips
        ],
    )


def _history(report: Report) -> Component:
    losses, hits = history_charts(report)
    judged = [step for step in report.history if step.held_out_top1 is not None] or report.history[-1:]
    numbers = _numbers(
        ("Step", "Loss", "Top-1", "Loss, held out", "Top-1, held out"),
        [
            (
                str(step.step),
                f"{step.loss:.3f}",
                words.percent(step.top1),
                "–" if step.held_out_loss is None else f"{step.held_out_loss:.3f}",
                words.percent(step.held_out_top1),
            )
            for step in judged
        ],
    )
    pair = html.Div([_chart(losses), _chart(hits)], className="charts")
    return _figure(words.HISTORY, pair, numbers, wide=True)


def _chart(svg: str) -> Component:
    """Where the page's script puts a chart."""
    return html.Div(className="chart-place", **{"data-svg": svg})


def _numbers(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Component:
    """The numbers of a chart, for who wants or needs to read them."""
    body = [html.Tr([html.Th(row[0], scope="row"), *(html.Td(value) for value in row[1:])]) for row in rows]
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in titles]))
    return html.Details(
        [html.Summary("The numbers"), html.Table([head, html.Tbody(body)], className="numbers")], className="disclosed"
    )
