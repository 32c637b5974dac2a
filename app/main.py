"""The app: `create_app` puts it together, `server` is what gunicorn serves."""

from __future__ import annotations

import logging.config
import re
from dataclasses import replace
from typing import Any

from dash import Dash
from flask import Flask
from flask.json.provider import DefaultJSONProvider

from app import callbacks, logs, routing
from app.api import api
from app.layout.page import INDEX, THEME, TITLE, page
from app.layout.shell import shell
from app.mcp import mcp
from app.server import content_security_policy, harden, inline
from app.services.bounded import BoundedClassifier
from app.services.open_services import open_services
from app.services.protocols import Services
from app.settings import Settings
from app.v1.access import limit, open_to
from app.v1.clips import clips_v1
from app.v1.description import describe, described_server
from app.v1.workouts import workouts_v1
from app.workouts import workouts_api


class _Json(DefaultJSONProvider):
    """An answer reads in its own order, as it does from the Lambda; what is nested without end is no JSON."""

    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON; raises `ValueError` for what is none."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("the JSON is nested too deeply") from error


class _Page(Dash):
    """Dash, without the scripts of components that the page has none of, and of browsers that are too old for it.

    What it shows first is in the page itself.
    """

    def interpolate_index(self, **kwargs: str) -> str:
        """The page's frame, filled in."""
        kwargs["scripts"] = _UNUSED.sub("", kwargs["scripts"])
        kwargs["app_entry"] = f'<div id="react-entry-point">{shell(self._layout_value())}</div>'
        return str(super().interpolate_index(**kwargs))


_UNUSED = re.compile(r'<script src="[^"]*/dash/(?:dcc|dash_table|deps/polyfill)[^"]*"></script>\s*')


def create_app(settings: Settings, services: Services) -> Dash:
    """The app with its services; calls none of them."""
    server = described_server("app")
    server.json = _Json(server)
    # The largest script takes 7 ms so, and a tenth less than as it would be by default.
    server.config.update(COMPRESS_ALGORITHM=["br", "zstd", "gzip", "deflate"], COMPRESS_BR_LEVEL=6)
    services = replace(services, classifier=BoundedClassifier(services.classifier, settings.web_threads // 2))
    origins = settings.cors_origins
    hosts = (settings.host, *settings.allowed_hosts) if settings.local else None
    harden(server, hosts, cors_origins=origins, proxies=settings.proxies)
    server.register_blueprint(api(services))
    server.register_api(clips_v1(services))
    if services.workouts is not None:
        server.register_blueprint(workouts_api(services.workouts, services.scratch))
        server.register_api(workouts_v1(services.workouts, services.scratch))
    server.register_blueprint(mcp(services))
    if services.device is not None:
        server.register_blueprint(services.device.routes())
    describe(server)
    open_to(server, origins)
    limit(server, settings.requests_per_minute)
    if services.routes is not None:
        services.routes(server)
    if services.own is not None:
        server.register_blueprint(services.own)
    app = _Page(
        "app",
        server=server,
        title=TITLE,
        update_title="",
        index_string=INDEX.replace("{%theme%}", THEME),
        assets_path_ignore=["head", "vendor"],  # in the page's head, in this order, instead of wherever Dash puts them
        external_stylesheets=["/assets/vendor/bootstrap.min.css"],
        meta_tags=[
            {"name": "viewport", "content": "width=device-width, initial-scale=1"},
            {"name": "description", "content": "See which CrossFit movement a short clip shows."},
            {"name": "color-scheme", "content": "light dark"},
        ],
        serve_locally=True,
        compress=True,
        enable_mcp=False,
        websocket_callbacks=False,
    )
    workout_bytes = None if services.workouts is None else services.workouts.max_bytes
    device = None if services.device is None else services.device.root
    app.layout = lambda: page(services.max_bytes, workout_bytes, device, own=services.own is not None)
    routing.settle(app)
    callbacks.register(app, services)
    server.config["CONTENT_SECURITY_POLICY"] = content_security_policy(
        [*app.csp_hashes(), inline(THEME)], services.uploads.origin, compiles=device is not None
    )
    return app


def serve(settings: Settings) -> Flask:
    """The server of this process, with the model being loaded in the background."""
    logging.config.dictConfig(logs.configuration(settings.log_level))
    services = open_services(settings)
    services.classifier.warm()
    server: Flask = create_app(settings, services).server
    return server


def __getattr__(name: str) -> Any:
    """`server` is made when gunicorn asks for `app.main:server`, not when this module is imported."""
    if name == "server":
        globals()["server"] = serve(Settings())
        return globals()["server"]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
