"""What every answer of the server has in common: a request id, a log line, security headers, and errors as JSON."""

from __future__ import annotations

import ipaddress
import logging
import secrets
import socket
import time
from urllib.parse import urlsplit

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from model.answers.base import Answer
from model.answers.error import ErrorAnswer
from model.errors import BadRequest, InternalError, MovementsError, NotFound, TooLarge

REQUEST_BYTES = 256 * 2**10
"""What a request without a clip may take."""

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


def harden(server: Flask, host: str | None) -> None:
    """Give a fresh server request ids, log lines, security headers, size limits and errors as JSON.

    Called before any route is added, so that it is the first to see a request; the policy for the page's content is
    known last and read from the server's configuration, `CONTENT_SECURITY_POLICY`.

    Args:
        server: the server.
        host: where a server on this machine listens; None for one behind others, which look at the host themselves.
    """
    server.config["MAX_CONTENT_LENGTH"] = REQUEST_BYTES
    server.before_request(_begin)
    if host is not None:
        names = {"localhost", host.lower(), socket.gethostname().lower()}
        server.before_request(lambda: _require_own_address(names))
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
        if not request.path.startswith(_STATIC):
            response.headers["Cache-Control"] = "no-store"
        _log(response)
        return response


def content_security_policy(scripts: list[str], upload_origin: str | None) -> str:
    """The strictest policy that Dash works under: it inserts style elements, whose text changes with its version."""
    connect = f"'self' {upload_origin}" if upload_origin else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {' '.join(scripts)}".strip(),
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
        f"There is nothing at {request.path[:200]}.", hint="The page is at /, its API is described in the README."
    )


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.start = time.perf_counter()
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise BadRequest("Another web site may not send requests here in your name.")


def _require_own_address(names: set[str]) -> None:
    """Refuse requests that a page of another site had its visitor's browser send.

    Such a page can give its own name the address of this machine; then its requests come under that name (DNS
    rebinding). A number is no name, and not anybody's to give.
    """
    name = urlsplit(f"//{request.host}").hostname or ""
    if name.removesuffix(".").removesuffix(".local") not in names and not _is_number(name):
        raise BadRequest(f"This server does not answer under the name {name[:100]!r}.", hint="Ask it as localhost.")
    origin = request.headers.get("Origin")
    if origin is not None and request.method not in ("GET", "HEAD") and urlsplit(origin).netloc != request.host:
        raise BadRequest("Another web site may not send requests here in your name.")


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def failed(error: Exception) -> Response:
    """Any failure of any route, as `{"error": {"code", "message", "hint"}}` with the status of its kind."""
    answer = as_answer(error)
    response = said(ErrorAnswer.of(answer))
    response.status_code = answer.status
    g.error_code = answer.code
    return response


def _translated(error: HTTPException) -> MovementsError:
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
