"""The interface's description, for programs and for people."""

from __future__ import annotations

import json

from flask import Response, jsonify
from flask_openapi3 import Info, OpenAPI
from flask_openapi3_redoc.plugins import RegisterPlugin

from app.v1.refusals import refuse
from model.answers.v1 import Problem

DOCS = "/docs"
OPENAPI = "/openapi.json"

_ON_LIGHT, _QUIET, _BAD, _ON_DARK, _BAD_ON_DARK = "#075c38", "#4a4a4a", "#a3200d", "#6be3ac", "#ff9382"
_METHODS = ("get", "post", "put", "delete", "options", "patch", "basic", "link", "head")
_THEME = json.dumps(
    {
        "colors": {
            "primary": {"main": _ON_LIGHT},
            "error": {"main": _BAD},
            "text": {"secondary": _QUIET},
            "http": dict.fromkeys(_METHODS, "#1b5e20"),
            "responses": {
                "success": {"color": _ON_DARK, "backgroundColor": "#10281d", "tabTextColor": _ON_DARK},
                "error": {"color": _BAD_ON_DARK, "backgroundColor": "#2e1512", "tabTextColor": _BAD_ON_DARK},
            },
        },
        "typography": {"code": {"color": "#8c1d18"}, "links": {"color": _ON_LIGHT}},
        "schema": {"requireLabelColor": _BAD, "typeNameColor": _QUIET, "typeTitleColor": _QUIET},
        "rightPanel": {"backgroundColor": "#1b2023"},
    }
)
"""Redoc's own colours are too faint: WCAG asks for a contrast of 4.5."""

_PAGE = f"""<!DOCTYPE html>
<html lang="en">
    <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Movements for programs</title>
        <link rel="icon" type="image/svg+xml" href="/assets/icons/favicon.svg">
        <style>
            body {{ margin: 0 }}
            redoc h5 {{ color: {_QUIET} !important }}
            redoc button code {{ color: {_BAD_ON_DARK} !important; background: none !important }}
            redoc .react-tabs__tab--selected {{ color: {_ON_LIGHT} !important }}
            redoc .tab-error.react-tabs__tab--selected {{ color: {_BAD} !important }}
        </style>
        <script src="/assets/head/docs.js"></script>
    </head>
    <body>
        <noscript>This page needs JavaScript; the description itself is at <a href="{OPENAPI}">{OPENAPI}</a>.</noscript>
        <main>
            <redoc spec-url="{OPENAPI}" disable-search="true" native-scrollbars="true" theme='{_THEME}'></redoc>
        </main>
        <script src="{DOCS}/redoc/js/redoc.standalone.js"></script>
    </body>
</html>
"""


def described_server(name: str) -> OpenAPI:
    """A Flask server that keeps the description of its routes, and refuses what does not fit it."""
    info = Info(
        title="Movements",
        version="1",
        summary="Which CrossFit movement a clip shows, and what is done in a workout.",
        description=(
            "Send a clip to `POST /api/v1/classify`, or a film to `POST /api/v1/workouts`. What is wrong is told as "
            "RFC 9457 has it, with a `code` for programs and a `hint` for people; `GET /api/v1/problems` lists all "
            "codes. Every answer has an `X-Request-Id`, which the log knows it by."
        ),
    )
    return OpenAPI(
        name,
        info=info,
        security_schemes={},
        doc_ui=False,
        validation_error_callback=refuse,
        validation_error_status=400,
        validation_error_model=Problem,
    )


def describe(server: OpenAPI) -> None:
    """Add the routes of the description to a server that has all others."""
    server.register_blueprint(RegisterPlugin.register(doc_url=OPENAPI), url_prefix=DOCS)

    @server.get(OPENAPI, doc_ui=False)
    def description() -> Response:
        return jsonify(server.api_doc)

    @server.get(DOCS, doc_ui=False)
    def docs() -> Response:
        return Response(_PAGE, mimetype="text/html")
