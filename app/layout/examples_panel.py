"""The tab *Examples*: what each movement looks like and what a repetition of it consists of."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from app.layout.descriptions import DESCRIPTIONS
from model.contract import Movement


def examples_panel() -> Component:
    """The panel; which movements there are, the model says once the page is shown.

    `assets/examples.js` asks for the chosen one, the first when the tab is first opened.
    """
    return html.Section(
        [
            html.Div(
                [
                    html.Label("Movement", htmlFor="movement", className="form-label"),
                    html.Select([], id="movement", className="form-select"),
                ],
                className="picker",
            ),
            html.Span(id="example-asked", hidden=True),
            html.Div(id="example", **{"aria-live": "polite"}),
        ],
        id="panel-examples",
        role="tabpanel",
        hidden=True,
        **{"aria-labelledby": "tab-examples"},
    )


def example(movement: Movement, video: str | None) -> Component:
    """One movement: its demonstration, its names, and its description.

    Args:
        movement: which one.
        video: address of the demonstration, if there is one.
    """
    if video is None:
        stage: Component = html.P("There is no demonstration of this movement yet.", className="stage-empty")
    else:
        stage = html.Video(
            src=video,
            autoPlay=True,
            loop=True,
            muted=True,
            controls=True,
            playsInline=True,
            preload="metadata",
            key=video,
            **{"aria-label": f"Demonstration: {movement.meaning}"},
        )
    description = DESCRIPTIONS.get(movement.label)
    words = (
        [html.P("This movement has no description yet.", className="lead")]
        if description is None
        else [
            html.P(description.movement, className="lead"),
            html.Dl(
                [
                    html.Div([html.Dt("One repetition"), html.Dd(description.repetition)]),
                    html.Div([html.Dt("Usual length"), html.Dd(f"{description.seconds:.1f} s")]),
                    html.Div([html.Dt("Label"), html.Dd(html.Code(movement.label))]),
                ],
                className="facts",
            ),
        ]
    )
    button = dbc.Button("Classify this example", id="classify-example", color="primary", type="button", value=video)
    return html.Div(
        [
            html.Div(html.Div(stage, className="stage"), className="clip-column"),
            html.Div(
                [
                    html.H2(movement.meaning, className="verdict-name"),
                    html.P(movement.spanish, lang="es", className="verdict-spanish"),
                    *words,
                    *([button] if video else []),
                ],
                className="side-column",
            ),
        ],
        className="bench",
    )
