"""The HTTP API: upload tickets, classification in one request, the model's contract, and health."""

from __future__ import annotations

from flask import Blueprint, Response, g

from app.incoming import Incoming
from app.server import said
from app.services.protocols import Services
from model.answers.model import Alive, Healthy, ModelName, ModelSummary
from model.defaults import TOP_K
from model.errors import BadRequest


def api(services: Services) -> Blueprint:
    """The routes.

    `POST /api/uploads`   permission to upload one clip: `UploadTicket`
    `POST /api/classify`  multipart: `clip`, optional `top_k` (1 or more) and `stills` (true or false); the answer is
                          the Lambda's: `ClipAnswer` with `request_id`
    `GET /api/model`      what the model knows and takes
    `GET /health`         200 if the model answers, 503 if not, 507 without room for a clip; a deployment waits for it
    `GET /health/live`    200 if this process answers, whatever the model does; what a load balancer asks, for another
                          instance has no other model
    """
    routes = Blueprint("api", __name__)
    incoming = Incoming(services.scratch, services.uploads.put)

    @routes.post("/api/uploads")
    def ticket() -> Response:
        return said(services.uploads.ticket(services.max_bytes))

    @routes.post("/api/classify")
    def classify() -> Response:
        (top_k, stills), key = incoming.form(
            "clip", services.max_bytes, lambda fields: (_top_k(fields), _stills(fields))
        )
        return said(services.classifier.classify(key, top_k=top_k, stills=stills).for_request(g.request_id))

    @routes.get("/api/model")
    def model() -> Response:
        return said(ModelSummary.of(services.classifier.contract()))

    @routes.get("/health")
    def health() -> Response:
        services.classifier.check()
        contract = services.classifier.contract()
        services.scratch.require_room(services.max_bytes)
        return said(Healthy(model=ModelName(name=contract.name, version=contract.version)))

    @routes.get("/health/live")
    def live() -> Response:
        return said(Alive())

    return routes


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
