"""The page around its tabs."""

from __future__ import annotations

from pathlib import Path

from dash import html
from dash.development.base_component import Component

from app.layout.clip_panel import clip_panel
from app.layout.examples_panel import examples_panel
from app.layout.model_panel import model_panel
from app.layout.own_panel import own_panel
from app.layout.workout_panel import workout_panel

TITLE = "Movements"

INDEX = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <title>{%title%}</title>
        <link rel="icon" type="image/svg+xml" href="/assets/icons/favicon.svg">
        {%css%}
        <script>{%theme%}</script>
    </head>
    <body>
        <noscript>This page needs JavaScript to show and to upload a clip.</noscript>
        {%app_entry%}
        <footer>
            {%config%}
            <script src="/assets/head/words.js"></script>
            <script src="/assets/head/shelf.js"></script>
            {%scripts%}
            {%renderer%}
        </footer>
    </body>
</html>
"""
"""Dash's frame of the page. The theme is chosen before anything is drawn, by a script that stands in the page."""

THEME = (Path(__file__).parents[1] / "assets" / "head" / "theme.js").read_text(encoding="utf-8")


def page(
    max_bytes: int, max_workout_bytes: int | None = None, device: str | None = None, *, own: bool = False
) -> Component:
    """The whole page.

    Args:
        max_bytes: the size of the largest clip that is accepted.
        max_workout_bytes: the same of a film; None where films are not analysed, and there is no tab for them.
        device: see `clip_panel`.
        own: whether there is a tab for clips and a model of one's own.
    """
    workout = max_workout_bytes is not None
    return html.Div(
        [
            html.A("Skip to content", href="#main", className="skip"),
            html.Header(
                html.Div(
                    [
                        html.H1([html.Span(className="mark", **{"aria-hidden": "true"}), TITLE], className="wordmark"),
                        html.Div(
                            [
                                _tab("clip", "Clip prediction", selected=True),
                                *([_tab("workout", "Workout", selected=False)] if workout else []),
                                _tab("examples", "Examples", selected=False),
                                _tab("model", "Model", selected=False),
                                *([_tab("own", "Own model", selected=False)] if own else []),
                            ],
                            role="tablist",
                            className="tabs",
                            **{"aria-label": "Sections"},
                        ),
                        html.Button(
                            [
                                html.Abbr("ES", title="Español", lang="es", className="to-es"),
                                html.Abbr("EN", title="English", lang="en", className="to-en"),
                            ],
                            id="language",
                            type="button",
                        ),
                        html.Button(
                            html.Span(className="icon icon-theme", **{"aria-hidden": "true"}),
                            id="theme",
                            type="button",
                            title="Switch between light and dark",
                            **{"aria-label": "Switch between light and dark"},
                        ),
                    ],
                    className="frame masthead-row",
                ),
                className="masthead",
            ),
            html.Main(
                [
                    clip_panel(max_bytes, device),
                    *([workout_panel(max_workout_bytes)] if max_workout_bytes is not None else []),
                    examples_panel(),
                    model_panel(),
                    *([own_panel(max_bytes)] if own else []),
                ],
                id="main",
                className="frame",
                tabIndex="-1",
            ),
        ],
        className="page",
    )


def _tab(name: str, text: str, *, selected: bool) -> Component:
    return html.Button(
        text,
        id=f"tab-{name}",
        type="button",
        role="tab",
        className="tab-button",
        tabIndex="0" if selected else "-1",
        **{"aria-selected": str(selected).lower(), "aria-controls": f"panel-{name}"},
    )
