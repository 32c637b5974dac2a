"""Clips, and the model that answers them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Response, g, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import ValidationError

from app.incoming import Incoming
from app.problems import problem_of
from app.server import as_answer, said
from app.services.protocols import Services
from app.v1.refusals import BINARY, refuse, responses
from model.answers.model import ModelSummary
from model.answers.upload import UploadTicket
from model.answers.v1 import (
    V1,
    Batch,
    BatchRequest,
    BatchRow,
    Classification,
    ClipOptions,
    ClipRequest,
    ProblemKinds,
)
from model.errors import BadRequest

_AT_ONCE = 4
"""Clips of a batch that are asked about at the same time."""

_WHOLE = {"schema": BINARY}
_CLIP_BODY: dict[str, Any] = {
    "required": True,
    "description": "The clip itself, or the key of an upload.",
    "content": {
        "video/mp4": _WHOLE,
        "video/quicktime": _WHOLE,
        "application/octet-stream": _WHOLE,
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"clip": BINARY},
                "required": ["clip"],
                "additionalProperties": False,
            }
        },
        "application/json": {"schema": ClipRequest.model_json_schema()},
    },
}


def clips_v1(services: Services) -> APIBlueprint:
    """The routes; what each does, its description says."""
    routes = APIBlueprint("clips_v1", __name__, url_prefix=V1, abp_tags=[Tag(name="Clips")], abp_responses=responses())
    incoming = Incoming(services.scratch, services.uploads.put)

    def classified(key: str, options: ClipOptions, request_id: str) -> Classification:
        answer = services.classifier.classify(
            services.uploads.key_of(key), top_k=options.top_k, stills=options.stills, part=options.part
        )
        return Classification.of(answer, request_id)

    def sent_key() -> str:
        if request.mimetype == "multipart/form-data":
            return incoming.form("clip", services.max_bytes, _no_fields)[1]
        if request.mimetype == "application/json":
            try:
                return ClipRequest.model_validate(request.get_json(silent=True)).key
            except ValidationError as error:
                refuse(error)
        if request.mimetype.startswith("video/") or request.mimetype == "application/octet-stream":
            return incoming.body(services.max_bytes)
        raise BadRequest(
            f"A clip is not sent as {request.mimetype[:50]!r}.",
            hint="Send it as video/mp4, as a form with `clip`, or as JSON with the `key` of an upload; see /docs.",
        )

    @routes.post("/uploads", operation_id="create_upload", responses={200: UploadTicket})
    def upload() -> Response:
        """Ask for permission to upload one clip.

        The ticket is a form: send its fields unchanged to its `url`, with the clip as the last field, named `file`.
        """
        return said(services.uploads.ticket(services.max_bytes))

    @routes.post(
        "/classify",
        operation_id="classify",
        responses={200: Classification},
        openapi_extensions={"requestBody": _CLIP_BODY},
    )
    def classify(query: ClipOptions) -> Response:
        """Ask what a clip shows.

        The clip is the body, or the field `clip` of a form, or was uploaded before. It is deleted once it is answered.
        """
        return said(classified(sent_key(), query, g.request_id))

    @routes.post("/batch", operation_id="classify_batch", responses={200: Batch})
    def batch(query: ClipOptions, body: BatchRequest) -> Response:
        """Ask what some uploaded clips show.

        Each has its own row, with a classification or with a problem.
        """
        request_id = g.request_id

        def row(key: str) -> tuple[str, Classification | Exception]:
            try:
                return key, classified(key, query, request_id)
            except Exception as error:  # whatever it is, the other clips have their rows
                return key, error

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            rows = list(pool.map(row, body.keys))
        return said(
            Batch(
                results=tuple(
                    BatchRow(key=key, problem=problem_of(as_answer(found)))
                    if isinstance(found, Exception)
                    else BatchRow(key=key, classification=found)
                    for key, found in rows
                )
            )
        )

    @routes.get("/model", operation_id="get_model", responses={200: ModelSummary, 304: None})
    def model() -> Response:
        """Ask what the model knows and takes; with its `ETag`, only whether that has changed."""
        response = said(ModelSummary.of(services.classifier.contract()))
        response.add_etag()
        response.make_conditional(request)
        g.cache_control = "no-cache"
        return response

    @routes.get("/problems", operation_id="list_problems", responses={200: ProblemKinds})
    def problems() -> Response:
        """Ask which problems there are, and what to do about each."""
        return said(ProblemKinds.all())

    return routes


def _no_fields(fields: dict[str, str]) -> None:
    if fields:
        raise BadRequest(f"The form has a field that is not known: {next(iter(fields))[:50]!r}.")
