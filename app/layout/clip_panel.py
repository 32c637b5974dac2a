"""The tab *Clip prediction*: choose a clip, see it play, submit it, read the answer."""

from __future__ import annotations

import json

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from app.layout.problem import client_problems, limits_sentence

_STEPS = (
    (
        "Drop a clip",
        "One repetition or a set, best filmed by a camera that stands still. It plays at once and stays on your side.",
    ),
    ("Submit video", "Only now it is uploaded, looked at, and deleted again."),
    ("Read the answer", "The five most probable movements, the frames the model saw, and how long it took."),
)


def clip_panel(max_bytes: int, device: str | None = None) -> Component:
    """The panel; `assets/clip.js` moves it through its states (`data-state`) and fills what depends on the file.

    States: empty, refused (there is a problem and no clip), chosen, uploading, predicting, answered, failed.

    Args:
        max_bytes: the size of the largest clip that is accepted.
        device: where the browser finds what answers a clip on the device itself; None where there is nothing.
    """
    config = {"maxBytes": max_bytes, "problems": client_problems(max_bytes), "device": device}
    return html.Section(
        [
            html.Div([_stage(max_bytes), _side()], className="bench"),
            html.Div(id="saw"),
            html.Div(id="device-saw"),
            _batch(),
            _said(),
            html.Section(id="kept", className="kept", hidden=True, **{"aria-labelledby": "kept-title"}),
            html.P(id="status", role="status", className="visually-hidden"),
            html.Span(id="upload", hidden=True),
            html.Span(id="answered", hidden=True),
        ],
        id="panel-clip",
        role="tabpanel",
        **{"aria-labelledby": "tab-clip", "data-state": "empty", "data-config": json.dumps(config)},
    )


def _stage(max_bytes: int) -> Component:
    dropzone = html.Button(
        [
            html.Span(className="icon icon-clip", **{"aria-hidden": "true"}),
            html.Span("Drop a clip here", className="dropzone-title"),
            html.Span("or choose a file, or several", className="dropzone-or"),
            html.Span(limits_sentence(max_bytes), className="dropzone-limits"),
        ],
        id="dropzone",
        type="button",
        className="dropzone",
    )
    return html.Div(
        [
            html.Div([dropzone, html.Div(id="player")], className="stage"),
            html.Div(id="trim"),
            html.Div(
                [html.Span(id="clip-name", **{"data-as-is": "true"}), html.Span(id="clip-facts")],
                className="clip-line",
            ),
            html.Div(
                [
                    dbc.Button("Submit video", id="submit", color="primary", disabled=True, type="button"),
                    dbc.Button("Choose another clip", id="replace", color="link", type="button"),
                    dbc.Button("Film a clip", id="record", color="link", type="button"),
                ],
                className="actions",
            ),
            html.Div(id="device-choice", className="device-choice", hidden=True),
        ],
        className="clip-column",
    )


def _batch() -> Component:
    """Where `assets/batch.js` shows several clips at once."""
    return html.Section(
        [
            html.Div(
                [
                    html.H3("Clips"),
                    html.P(id="batch-count", className="fine"),
                    html.Progress(id="batch-progress", max="1", value="0", **{"aria-labelledby": "batch-count"}),
                ],
                className="batch-head",
            ),
            html.Div(
                [
                    html.Div(id="batch-search"),
                    html.Button("Table (CSV)", id="batch-csv", type="button", className="btn btn-link"),
                    html.Button("JSON", id="batch-json", type="button", className="btn btn-link"),
                    html.Button("Close", id="batch-close", type="button", className="btn btn-link"),
                ],
                className="actions batch-actions",
            ),
            html.Div(id="batch-rows", className="sideways"),
            html.P(id="batch-status", role="status", className="visually-hidden"),
        ],
        id="batch",
        hidden=True,
        className="batch",
    )


def _said() -> Component:
    """Where `assets/actually.js` shows what a person said of the answers."""
    return html.Section(
        [
            html.Div(
                [
                    html.H3("Corrections", id="said-title"),
                    html.P(
                        [
                            html.Span(id="said-count"),
                            html.Span("They are kept in this browser only, as annotations to train with."),
                        ],
                        className="fine",
                    ),
                    html.Button(
                        "Download",
                        id="said-download",
                        type="button",
                        className="jump",
                        **{"aria-label": "Download corrections"},
                    ),
                    html.Button(
                        "Forget all",
                        id="said-forget",
                        type="button",
                        className="jump",
                        **{"aria-label": "Forget all corrections"},
                    ),
                ],
                className="kept-head",
            ),
            html.Ul(id="said-rows"),
        ],
        id="said",
        hidden=True,
        className="kept said",
        **{"aria-labelledby": "said-title"},
    )


def _side() -> Component:
    steps = html.Ol(
        [html.Li([html.Strong(title), html.Span(text)]) for title, text in _STEPS],
        className="steps",
    )
    return html.Div(
        [
            html.Div(
                [
                    html.H2("Which movement is this?", className="question"),
                    html.P(
                        "Show a repetition or a set: see which movement it is, how often, how sure that is, and why.",
                        className="lead",
                    ),
                    steps,
                    html.P(id="known", className="fine"),
                ],
                className="intro",
            ),
            html.Div(
                [
                    html.P("Uploading", id="progress-label", className="progress-label"),
                    html.Progress(id="progress", max="100", value="0", **{"aria-labelledby": "progress-label"}),
                ],
                className="working",
            ),
            html.Div(id="problem", role="alert"),
            html.Div(id="answer"),
            html.Div(id="device-answer"),
        ],
        className="side-column",
    )
