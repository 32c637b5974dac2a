"""Requests that lead nowhere, or to Dash, which takes every address for the page and every body for its own.

Here an unknown address is not found, a known one that is asked in another way names the ways, and junk to Dash is told
so before Dash reads it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from dash import Dash
from dash.exceptions import DependencyException
from dash.fingerprint import build_fingerprint, check_fingerprint
from flask import Flask, Response, g, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.server import failed, nothing_here
from model.errors import BadRequest, NotFound, WrongMethod

PAGE = "/<path:path>"
"""Dash's rule for every address that has no other."""

CALLBACKS = "/_dash-update-component"

SUITES = "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
"""Dash's rule for the files of its components; their names carry a fingerprint, and then may be kept for a year."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class _Property(BaseModel):
    id: str
    property: str


class _Callback(BaseModel):
    """The body of a request that runs a callback; values are for the callback to check."""

    output: str
    outputs: _Property | list[_Property]
    inputs: list[_Property]


def settle(app: Dash) -> None:
    """Check every request to the server of a page, once it has all its routes."""
    server: Flask = app.server

    @server.before_request
    def check() -> Response | None:
        if request.method == "OPTIONS":
            return _options(server)
        if isinstance(request.routing_exception, MethodNotAllowed) or request.endpoint == PAGE:
            raise _misrouted(server)
        if request.path == CALLBACKS:
            _require_known(app)
        if request.endpoint == SUITES:
            _require_this_release(app)
        return None

    # Its message lists every file of every component.
    server.register_error_handler(DependencyException, lambda _: failed(nothing_here()))


def _misrouted(server: Flask) -> NotFound | WrongMethod:
    """What is wrong with an address that has no route of its own for the request's method."""
    allowed = _allowed(server)
    if not allowed:
        return nothing_here()
    g.allow = ", ".join(allowed)
    return WrongMethod(f"{request.path[:200]} takes {' or '.join(allowed)}, not {request.method}.")


def _options(server: Flask) -> Response:
    """The methods of an address; Flask would add those of the page, which takes every address."""
    allowed = _allowed(server)
    if not allowed:
        raise nothing_here()
    g.allow = ", ".join([*allowed, *(["HEAD"] if "GET" in allowed else []), "OPTIONS"])
    return Response(status=204)


def _allowed(server: Flask) -> list[str]:
    """Methods for which the request's address has a route of its own."""
    routes = server.url_map.bind(request.host)
    allowed = []
    for method in _METHODS:
        try:
            endpoint, _ = routes.match(request.path, method)
        except HTTPException:
            continue
        if endpoint != PAGE:
            allowed.append(method)
    return allowed


def _require_this_release(app: Dash) -> None:
    """Raise `NotFound` for a file's name with a fingerprint that no file of this release has.

    Dash takes any fingerprint for its own. While servers are updated one after the other, the name of a new file may
    reach a server that still has the old one: its bytes would be kept under the new name for a year.
    """
    assert request.view_args is not None
    package, name = request.view_args["package_name"], request.view_args["fingerprinted_path"]
    path, has_fingerprint = check_fingerprint(name)
    if not has_fingerprint or path not in app.registered_paths.get(package, ()):
        return
    folder = Path(str(sys.modules[package].__file__)).parent
    # Parts of a script are fetched under the fingerprint of the script.
    times = {
        int((folder / file).stat().st_mtime) for file in app.registered_paths[package] if (folder / file).is_file()
    }
    inner = sys.modules.get(f"{package}.{path.split('/')[0]}")
    versions = {str(getattr(module, "__version__", "")) for module in (sys.modules[package], inner) if module}
    if name not in {build_fingerprint(path, version, time) for version in versions for time in times}:
        raise nothing_here()


def _require_known(app: Dash) -> None:
    """Compare a request for a callback with those that the page has; raises `BadRequest` if it is none of them."""
    try:
        asked = _Callback.model_validate(request.get_json())
    except (ValidationError, RecursionError) as error:
        raise _unknown() from error
    known: dict[str, Any] | None = app.callback_map.get(asked.output)
    if known is None or [one.model_dump() for one in asked.inputs] != known["inputs"]:
        raise _unknown()
    outputs = asked.outputs if isinstance(asked.outputs, list) else [asked.outputs]
    names = [f"{one.id}.{one.property}" for one in outputs]
    if asked.output not in ("".join(names), f"..{'...'.join(names)}.."):
        raise _unknown()


def _unknown() -> BadRequest:
    return BadRequest("The page does not ask this.", hint="Load the page again.")
