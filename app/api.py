"""The HTTP API: upload tickets, classification in one request, the model's contract, and health."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from app.forms import ClipFile, read_form
from app.services.protocols import Services
from model.defaults import TOP_K
from model.errors import BadRequest, NotFound


def api(services: Services, *, max_upload_bytes: int) -> Blueprint:
    """The routes.

    `POST /api/uploads`   permission to upload one clip: `services.Ticket.to_dict()`
    `POST /api/classify`  multipart: `clip`, optional `top_k` (1 or more) and `stills` (true or false); the answer is
                          the Lambda's: `app.answer.Answer` with `request_id`
    `GET /api/model`      what the model knows and takes
    `GET /health`         200 if the model answers, 503 otherwise; what a deployment waits for
    `GET /health/live`    200 if this process answers, whatever the model does; what a load balancer asks, for another
                          instance has no other model
    """
    routes = Blueprint("api", __name__)

    @routes.post("/api/uploads")
    def ticket() -> Response:
        return jsonify(services.uploads.ticket().to_dict())

    @routes.post("/api/classify")
    def classify() -> Response:
        with tempfile.TemporaryDirectory(prefix="movements-request-") as directory:
            clip = Path(directory) / "clip.mp4"
            fields = read_form(
                request,
                file_field="clip",
                max_bytes=max_upload_bytes,
                open_file=lambda _: ClipFile(clip, max_bytes=max_upload_bytes),
            )
            top_k, stills = _top_k(fields), _stills(fields)
            key = services.uploads.put(clip)
        body = services.classifier.classify(key, top_k=top_k, stills=stills).to_dict()
        return jsonify({**body, "request_id": body.get("request_id", g.request_id)})

    @routes.get("/api/model")
    def model() -> Response:
        return jsonify(summary(services))

    @routes.get("/health")
    def health() -> Response:
        contract = services.classifier.contract()
        return jsonify({"status": "ok", "model": {"name": contract.name, "version": contract.version}})

    @routes.get("/health/live")
    def live() -> Response:
        return jsonify({"status": "ok"})

    @routes.route("/api/<path:_>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(_: str) -> Response:
        raise NotFound(f"The API has no {request.method} {request.path[:200]}.", hint="The README describes the API.")

    return routes


def summary(services: Services) -> dict[str, Any]:
    """What the model knows and takes, as JSON."""
    contract = services.classifier.contract()
    return {
        "name": contract.name,
        "version": contract.version,
        "architecture": contract.architecture,
        "movements": [movement.model_dump() for movement in contract.movements],
        "none_of_these": contract.none_of_these is not None,
        "frames": contract.frames,
        "size": contract.size,
        "crop": contract.crop.value,
        "limits": contract.limits.model_dump(),
    }


def _top_k(fields: dict[str, str]) -> int:
    text = fields.get("top_k", str(TOP_K))
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) >= 1):
        raise BadRequest(f"top_k must be a whole number from 1, not {text[:20]!r}.")
    return int(text)


def _stills(fields: dict[str, str]) -> bool:
    text = fields.get("stills", "false")
    if text not in ("true", "false"):
        raise BadRequest(f"stills must be true or false, not {text[:20]!r}.")
    return text == "true"
