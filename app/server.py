"""What every answer of the server has in common: a request id, a log line, security headers, and errors as JSON."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import logging
import secrets
import socket
import time
from collections.abc import Collection
from urllib.parse import urlsplit

from flask import Flask, Response, g, jsonify, request
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from app.problems import MEDIA_TYPE, problem_of
from model.answers.base import Answer
from model.answers.error import ErrorAnswer
from model.answers.v1 import V1
from model.errors import BadRequest, InternalError, MovementsError, NotFound, TooLarge, TooManyRequests

REQUEST_BYTES = 256 * 2**10
"""What a request without a clip may take."""

ADDRESS_BYTES = 8190
"""What the first line of a request may take, the most that gunicorn lets be said: corrections of a workout are long."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_STATIC = ("/assets/", "/_dash-component-suites/")
_QUIET = (*_STATIC, "/health")

logger = logging.getLogger("app.requests")


def harden(
    server: Flask, hosts: Collection[str] | None, *, cors_origins: Collection[str] = (), proxies: int = 0
) -> None:
    """Give a fresh server request ids, log lines, security headers, size limits and errors as JSON.

    Called before any route is added, so that it is the first to see a request; the policy for the page's content is
    known last and read from the server's configuration, `CONTENT_SECURITY_POLICY`.

    Args:
        server: the server.
        hosts: under which names a server on this machine answers, besides `localhost`, its own and any number;
            None for one behind others, which look at the host themselves.
        cors_origins: other web sites, whose pages may ask the interface for programs.
        proxies: how many proxies of ours stand in front, and say whom they were asked by.
    """
    server.config["MAX_CONTENT_LENGTH"] = REQUEST_BYTES
    if proxies:
        server.wsgi_app = ProxyFix(server.wsgi_app, x_for=proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]

    def is_welcome() -> bool:
        return request.path.startswith(f"{V1}/") and request.headers.get("Origin") in cors_origins

    server.before_request(lambda: _begin(is_welcome()))
    if hosts is not None:
        names = {"localhost", socket.gethostname().lower(), *(host.lower() for host in hosts)}
        server.before_request(lambda: _require_own_address(names, is_welcome()))
    server.register_error_handler(Exception, failed)

    @server.after_request
    def finish(response: Response) -> Response:
        response.headers.update(_HEADERS)
        response.headers["Content-Security-Policy"] = server.config["CONTENT_SECURITY_POLICY"]
        response.headers["X-Request-Id"] = g.request_id
        if "allow" in g:
            response.headers["Allow"] = g.allow
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not request.path.startswith(_STATIC) or response.status_code >= 400:
            response.headers["Cache-Control"] = g.get("cache_control", "no-store")
        _log(response)
        return response


def content_security_policy(scripts: list[str], upload_origin: str | None, *, compiles: bool = False) -> str:
    """The strictest policy that Dash works under: it inserts style elements, whose text changes with its version.

    Args:
        scripts: hashes of those that stand in the page.
        upload_origin: where browsers upload to, if not to the page's own.
        compiles: whether the page runs WebAssembly, which is compiled on the device.
    """
    own = "'self' 'wasm-unsafe-eval'" if compiles else "'self'"
    connect = f"'self' {upload_origin}" if upload_origin else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {own} {' '.join(scripts)}".strip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "media-src 'self' blob:",
            "font-src 'self'",
            f"connect-src {connect}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def inline(script: str) -> str:
    """How the policy names a script that stands in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def said(answer: Answer) -> Response:
    """An answer as JSON: the one way for it to leave the server."""
    return jsonify(answer.to_json())


def as_answer(error: Exception) -> MovementsError:
    """The error that may be shown for any exception; a defect is logged, and shows its request id only."""
    if isinstance(error, MovementsError) and not isinstance(error, InternalError):
        return error
    if isinstance(error, HTTPException):
        return _translated(error)
    request_id = g.request_id
    logger.error("unforeseen error", exc_info=error, extra={"request_id": request_id, "path": request.path})
    return InternalError(
        hint=f"Try again in a minute; if it happens again, tell the operator the request id {request_id}."
    )


def nothing_here() -> NotFound:
    """What an address without a route is."""
    return NotFound(
        f"There is nothing at {request.path[:200]}.",
        hint="The page is at /, its interface for programs is described at /docs.",
    )


def _begin(welcome: bool) -> None:
    g.request_id = secrets.token_hex(8)
    g.start = time.perf_counter()
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site" and not welcome:
        raise BadRequest("Another web site may not send requests here in your name.")


def _require_own_address(names: set[str], welcome: bool) -> None:
    """Refuse requests that a page of another site had its visitor's browser send.

    Such a page can give its own name the address of this machine; then its requests come under that name (DNS
    rebinding). A number is no name, and not anybody's to give.
    """
    name = urlsplit(f"//{request.host}").hostname or ""
    if name.removesuffix(".").removesuffix(".local") not in names and not _is_number(name):
        raise BadRequest(
            f"This server does not answer under the name {name[:100]!r}.",
            hint="Ask it as localhost; whoever runs it may name others in ALLOWED_HOSTS.",
        )
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign and not welcome and request.method not in ("GET", "HEAD", "OPTIONS"):
        raise BadRequest("Another web site may not send requests here in your name.")


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def failed(error: Exception) -> Response:
    """Any failure of any route, with the status of its kind.

    As `{"error": {"code", "message", "hint"}}`; from version 1 of the interface for programs, as a problem.
    """
    answer = as_answer(error)
    if request.path.startswith(f"{V1}/"):
        response = said(problem_of(answer))
        response.mimetype = MEDIA_TYPE
    else:
        response = said(ErrorAnswer.of(answer))
    response.status_code = answer.status
    if isinstance(error, RateLimitExceeded):
        response.headers["Retry-After"] = str(error.limit.limit.get_expiry())
    g.error_code = answer.code
    return response


def _translated(error: HTTPException) -> MovementsError:
    if isinstance(error, RateLimitExceeded):
        return TooManyRequests(f"More requests came from this address than {error.limit.limit}.")
    if error.code == NotFound.status:
        return nothing_here()
    if error.code == TooLarge.status:
        return TooLarge(f"The request is larger than the limit of {REQUEST_BYTES // 2**10} KB.")
    return BadRequest(f"The request cannot be answered: {error.name}.")


def _log(response: Response) -> None:
    level = logging.DEBUG if request.path.startswith(_QUIET) and response.status_code < 400 else logging.INFO
    logger.log(
        level,
        "request",
        extra={
            "request_id": g.request_id,
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "error": g.get("error_code"),
            "bytes_in": request.content_length or 0,
            "ms": round((time.perf_counter() - g.start) * 1e3, 1),
        },
    )
