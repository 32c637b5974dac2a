"""The Model Context Protocol (2025-06-18), over HTTP and without a session: what language models may ask for.

A model uploads with a ticket, outside the protocol, and then asks about the key: clips do not fit into a conversation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from pydantic import ValidationError

from app.problems import problem_of
from app.services.protocols import Services
from model.answers.base import Answer
from model.answers.model import ModelSummary
from model.answers.v1 import Classification, ClipOptions, ClipRequest, Problem, WorkoutName, WorkoutRequest
from model.errors import MovementsError

_BAD_REQUEST, _NO_METHOD, _BAD_ARGUMENTS = -32600, -32601, -32602

Tool = tuple[str, type[Answer], Callable[[Any], Answer]]
"""What a tool is for, its arguments, and what does it."""


class _Fault(Exception):
    """What is wrong with a message: code and sentence."""


class _Clip(ClipRequest, ClipOptions):
    """A clip that was uploaded, and how it is to be answered."""


def _tools(services: Services) -> dict[str, Tool]:
    def classify(asked: _Clip) -> Answer:
        key = services.uploads.key_of(asked.key)
        answer = services.classifier.classify(key, top_k=asked.top_k, stills=asked.stills, part=asked.part)
        return Classification.of(answer, g.request_id)

    form = "a form to post, its fields unchanged and the file last, as `file`."
    tools: dict[str, Tool] = {
        "model": ("The movements that are known.", Answer, lambda _: ModelSummary.of(services.classifier.contract())),
        "upload_ticket": (f"To upload one clip: {form}", Answer, lambda _: services.uploads.ticket(services.max_bytes)),
        "classify": ("Which movement an uploaded clip, or a part of it, shows, and how often.", _Clip, classify),
    }
    if (films := services.workouts) is not None:
        tools |= {
            "workout_ticket": (f"To upload a film of a workout: {form}", Answer, lambda _: films.ticket()),
            "analyse_workout": ("Begin a job.", WorkoutRequest, lambda to: films.submit(to.key, athlete=to.athlete)),
            "workout": ("What has become of a workout, and its result.", WorkoutName, lambda to: films.job(to.id)),
        }
    return tools


def mcp(services: Services) -> Blueprint:
    """The route: `POST /mcp`, one JSON-RPC message a request."""
    routes, tools = Blueprint("mcp", __name__), _tools(services)

    def result(method: object, params: dict[str, Any]) -> dict[str, Any]:
        if method == "initialize":
            server = {"name": "movements", "version": "1"}
            return {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": server}
        if method == "tools/list":
            listed = [(name, text, kind.model_json_schema()) for name, (text, kind, _) in tools.items()]
            return {"tools": [dict(zip(("name", "description", "inputSchema"), one, strict=True)) for one in listed]}
        if method != "tools/call":
            raise _Fault(_NO_METHOD, f"There is no method {str(method)[:50]!r}.")
        if (tool := tools.get(str(params.get("name")))) is None:
            raise _Fault(_BAD_ARGUMENTS, f"There is no tool {str(params.get('name'))[:50]!r}.")
        try:
            told = tool[2](tool[1].model_validate(params.get("arguments") or {}))
        except ValidationError as error:
            raise _Fault(_BAD_ARGUMENTS, str(error.errors(include_input=False)[0]["msg"])) from error
        except MovementsError as error:
            told = problem_of(error)
        said = told.to_json()
        content = [{"type": "text", "text": jsonify(said).get_data(as_text=True)}]
        return {"content": content, "structuredContent": said, "isError": isinstance(told, Problem)}

    @routes.post("/mcp")
    def answer() -> Response:
        message = request.get_json(silent=True)
        head = {"jsonrpc": "2.0", "id": message.get("id") if isinstance(message, dict) else None}
        try:
            if (
                not isinstance(message, dict)
                or not isinstance(message.get("params", {}), dict)
                or "method" not in message
            ):
                raise _Fault(_BAD_REQUEST, "One JSON-RPC message is expected.")
            if head["id"] is None:  # a notification
                return Response(status=202)
            return jsonify(head | {"result": result(message["method"], message.get("params", {}))})
        except _Fault as fault:
            code, text = fault.args
            return jsonify(head | {"error": {"code": code, "message": text}})

    return routes
