"""The Model Context Protocol, as a client of it speaks."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tests.unit.app.conftest import MakePage, Page, Server
from tests.unit.app.fakes import answer_body


def call(page: Page | Server, method: str, **params: Any) -> Any:
    response = page.client.post("/mcp", json={"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
    assert response.status_code == 200
    told = response.get_json()
    assert (told["jsonrpc"], told["id"]) == ("2.0", 7)
    return told.get("result") or told["error"]


def use(page: Page | Server, tool: str, **arguments: Any) -> Any:
    told = call(page, "tools/call", name=tool, arguments=arguments)
    assert json.loads(told["content"][0]["text"]) == told["structuredContent"]
    return told


def test_a_client_is_told_what_there_is(server: Server) -> None:
    begun = call(server, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "test"})
    assert begun["protocolVersion"] == "2025-06-18" and begun["serverInfo"]["name"] == "movements"
    assert server.client.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}).status_code == 202
    tools = {tool["name"]: tool for tool in call(server, "tools/list")["tools"]}
    assert list(tools) == ["model", "upload_ticket", "classify", "workout_ticket", "analyse_workout", "workout"]
    assert tools["classify"]["inputSchema"]["required"] == ["key"]


def test_a_clip_is_uploaded_and_classified(make_page: MakePage) -> None:
    page = make_page(body=answer_body())
    ticket = use(page, "upload_ticket")["structuredContent"]
    form = {**ticket["fields"], "file": (io.BytesIO(b"clip"), "clip.mp4")}
    assert page.client.post(ticket["url"], data=form).status_code == 204
    told = use(page, "classify", key=ticket["key"], top_k=1, start=0.5, end=1.5)
    assert told["isError"] is False
    assert told["structuredContent"]["predictions"] == [{"label": "thruster", "probability": 0.8123}]
    assert page.classifier.asked[0]["part"] == (0.5, 1.5)
    again = use(page, "classify", key=ticket["key"])
    assert (again["isError"], again["structuredContent"]["code"]) == (True, "not_found")


def test_a_workout_is_asked_for_until_it_is_done(server: Server) -> None:
    ticket = use(server, "workout_ticket")["structuredContent"]
    form = {**ticket["fields"], "file": (io.BytesIO(b"film"), "film.mp4")}
    assert server.client.post(ticket["url"], data=form).status_code == 204
    job = use(server, "analyse_workout", key=ticket["key"])["structuredContent"]
    assert use(server, "workout", id=job["id"])["structuredContent"]["state"] == "waiting"


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("resources/list", {}, -32601),
        ("tools/call", {"name": "rm"}, -32602),
        ("tools/call", {"name": "classify", "arguments": {"key": "x"}}, -32602),
        ("tools/call", {"name": "model", "arguments": {"more": 1}}, -32602),
    ],
)
def test_what_is_wrong_is_said_as_json_rpc_has_it(page: Page, method: str, params: dict[str, Any], code: int) -> None:
    assert call(page, method, **params)["code"] == code
    assert page.classifier.asked == []


@pytest.mark.parametrize("body", [b"", b"[]", b'{"jsonrpc": "2.0"}', b"nonsense"])
def test_what_is_no_message_is_no_request(page: Page, body: bytes) -> None:
    told = page.client.post("/mcp", data=body, content_type="application/json").get_json()
    assert (told["id"], told["error"]["code"]) == (None, -32600)
