"""Who may ask version 1, and how often; only where the operator says so."""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask, request
from flask_cors import CORS
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from model.answers.v1 import V1

_EXPOSED = ("ETag", "Location", "Retry-After", "X-Request-Id")


def open_to(server: Flask, origins: Collection[str]) -> None:
    """Let pages of other web sites ask."""
    if origins:
        CORS(
            server,
            resources={rf"{V1}/.*": {"origins": list(origins)}},
            expose_headers=list(_EXPOSED),
            max_age=600,
            send_wildcard=False,
            vary_header=True,
        )


def limit(server: Flask, requests_per_minute: int | None) -> None:
    """Answer no more requests of one address in a minute, in each process of the server."""
    if requests_per_minute is None:
        return
    Limiter(
        get_remote_address,
        app=server,
        application_limits=[f"{requests_per_minute} per minute"],
        application_limits_exempt_when=lambda: not request.path.startswith(f"{V1}/"),
        storage_uri="memory://",
    )
