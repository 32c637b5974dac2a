"""The tab *Own model*: clips and what they show, and three buttons that make a model of them."""

from __future__ import annotations

import json

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from app.layout.problem import client_problems

_STEPS = (
    ("Add clips", "One repetition each, cut neatly. Name what they show; everything stays on this machine."),
    ("Check and train", "They are cut, split by athlete and learned from, beginning with the model that answers now."),
    ("Compare", "Both models are asked about clips that neither was taught with. Then you decide which one answers."),
)


def own_panel(max_bytes: int) -> Component:
    """The panel; `assets/own.js` fills it once the tab is opened, and makes the fields, which Dash's elements lack."""
    config = {"maxBytes": max_bytes, "problems": client_problems(max_bytes)}
    return html.Section(
        [
            html.Div(
                [
                    html.Div(
                        [html.Div(id="own-form", className="own-form"), html.Div(id="own-problem", role="alert")],
                        className="clip-column",
                    ),
                    html.Div(
                        [
                            html.H2("A model of your own clips", className="question"),
                            html.Ol(
                                [html.Li([html.Strong(title), html.Span(text)]) for title, text in _STEPS],
                                className="steps",
                            ),
                            html.Ul(id="own-wanting", className="fine own-wanting"),
                            html.Div(
                                [
                                    dbc.Button("Check", id="own-check", color="primary", type="button"),
                                    dbc.Button("Train", id="own-train", color="primary", type="button"),
                                    dbc.Button("Compare", id="own-compare", color="primary", type="button"),
                                    dbc.Button("Stop", id="own-stop", color="link", type="button"),
                                ],
                                className="actions",
                            ),
                            html.Div(
                                [
                                    html.P(id="own-doing", className="progress-label", role="status"),
                                    html.Progress(
                                        id="own-progress", max="1", value="0", **{"aria-labelledby": "own-doing"}
                                    ),
                                    html.P(id="own-said", className="fine", **{"data-as-is": "true"}),
                                ],
                                id="own-task",
                                className="own-task",
                            ),
                            html.Div(id="own-curve"),
                            html.Div(id="own-compared"),
                        ],
                        className="side-column",
                    ),
                ],
                className="bench",
            ),
            html.Div(id="own-clips", className="sideways"),
        ],
        id="panel-own",
        role="tabpanel",
        hidden=True,
        **{"aria-labelledby": "tab-own", "data-config": json.dumps(config)},
    )
