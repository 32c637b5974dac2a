"""The tab *Workout*: choose a film, watch it being analysed, go through its repetitions, correct, download."""

from __future__ import annotations

import json

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from app.layout.problem import client_problems
from model.units import megabytes

_STEPS = (
    ("Drop a film", "A whole workout, up to two hours. It plays at once and stays on your side."),
    ("Analyse it", "It is uploaded, looked at, and deleted again. You may close this page and come back."),
    ("Go through it", "Every repetition is found, counted and judged; what you correct counts."),
)

_KEYS = (
    ("← →", "previous and next repetition"),
    ("space", "play and pause"),
    ("1", "good"),
    ("2", "no rep"),
    ("3", "not a repetition"),
    ("z", "undo"),
    ("b", "the body, drawn over the film"),
)

DOWNLOADS = {
    "workout.csv": "Table (CSV)",
    "workout.json": "JSON",
    "workout.srt": "Subtitles (SRT)",
    "workout.vtt": "Subtitles (VTT)",
    "annotation.json": "Annotation (Supervisely)",
}
"""What a result can be had as, by the names in `app.workouts.FORMS`."""


def workout_panel(max_bytes: int) -> Component:
    """The panel; `assets/workout.js` moves it through its states (`data-state`) and draws the result.

    States: empty, chosen, uploading, waiting (for its turn), working, done, failed.
    """
    config = {"maxBytes": max_bytes, "problems": client_problems(max_bytes)}
    return html.Section(
        [
            html.Div([_stage(max_bytes), _side()], className="bench"),
            _result(),
            html.P(id="workout-status", role="status", className="visually-hidden"),
        ],
        id="panel-workout",
        role="tabpanel",
        hidden=True,
        **{"aria-labelledby": "tab-workout", "data-state": "empty", "data-config": json.dumps(config)},
    )


def _stage(max_bytes: int) -> Component:
    dropzone = html.Button(
        [
            html.Span(className="icon icon-clip", **{"aria-hidden": "true"}),
            html.Span("Drop a film here", className="dropzone-title"),
            html.Span("or choose a file, or several", className="dropzone-or"),
            html.Span(f"mp4 or mov, a whole workout, up to {megabytes(max_bytes)}", className="dropzone-limits"),
        ],
        id="workout-dropzone",
        type="button",
        className="dropzone",
    )
    return html.Div(
        [
            html.Div([dropzone, html.Div(id="workout-player", className="film")], className="stage"),
            html.Div(
                [html.Span(id="film-name", **{"data-as-is": "true"}), html.Span(id="film-facts")],
                className="clip-line",
            ),
            html.Ul(id="films", className="films", **{"aria-label": "Films that were chosen together"}),
            html.Div(
                [
                    dbc.Button("Analyse workout", id="analyse", color="primary", disabled=True, type="button"),
                    dbc.Button("Point out the athlete", id="point", color="link", type="button"),
                    html.Button(
                        "Draw the body",
                        id="draw-body",
                        className="btn btn-link",
                        type="button",
                        **{"aria-pressed": "false"},
                    ),
                    dbc.Button("Choose another film", id="workout-replace", color="link", type="button"),
                    dbc.Button("Stop", id="workout-stop", color="link", type="button"),
                ],
                className="actions",
            ),
        ],
        className="clip-column",
    )


def _side() -> Component:
    steps = html.Ol([html.Li([html.Strong(title), html.Span(text)]) for title, text in _STEPS], className="steps")
    return html.Div(
        [
            html.Div(
                [
                    html.H2("What was done, and how often?", className="question"),
                    html.P(
                        "Show a whole workout: see each movement with its repetitions, sets and rests, and which "
                        "repetitions a judge should look at.",
                        className="lead",
                    ),
                    steps,
                ],
                className="intro",
            ),
            html.Div(
                [
                    html.P("Uploading", id="workout-label", className="progress-label"),
                    html.Progress(id="workout-progress", max="100", value="0", **{"aria-labelledby": "workout-label"}),
                ],
                className="working",
            ),
            html.Div(id="workout-problem", role="alert"),
            html.Div(id="workout-totals", className="sideways"),
        ],
        className="side-column",
    )


def _result() -> Component:
    keys = html.P(
        [part for key, text in _KEYS for part in (html.Kbd(key), f" {text} ")], className="fine keys", id="workout-keys"
    )
    downloads = html.P(
        [
            "Download, with your corrections: ",
            *(
                html.A(DOWNLOADS[form], href="#", className="download", **{"data-form": form, "download": form})
                for form in DOWNLOADS
            ),
        ],
        className="downloads",
    )
    return html.Div(
        [
            html.Div(
                id="timeline",
                className="timeline",
                role="group",
                tabIndex="0",
                **{"aria-label": "Timeline; see the keys below"},
            ),
            html.Div(id="cadence"),
            keys,
            html.Div(id="repetitions", className="sideways"),
            downloads,
            html.P(
                "Verdicts come from landmarks of one camera: “no rep” is measured, “look” asks for your eyes, and what "
                "cannot be seen is “unclear”. The film was deleted after the analysis; the result is kept for a day.",
                className="fine",
            ),
        ],
        className="workout-result",
    )
