"""Requests that lead nowhere, and those that other people make up."""

from __future__ import annotations

import json
import logging
import re
import socket
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from tests.unit.app.conftest import Page
from tests.unit.app.fakes import CONTRACT, fake_services


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json["error"]["code"]


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "patch"])
@pytest.mark.parametrize("path", ["/nowhere", "/api/nope", "/_dash-nope", "/uploads/x", "/health/x"])
def test_an_address_of_nothing_is_not_found(page: Page, method: str, path: str) -> None:
    assert code(getattr(page.client, method)(path)) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("get", "/api/classify", "POST"),
        ("delete", "/api/classify", "POST"),
        ("get", "/api/uploads", "POST"),
        ("get", "/uploads", "POST"),
        ("post", "/api/model", "GET"),
        ("put", "/health", "GET"),
        ("post", "/health/live", "GET"),
        ("post", "/", "GET"),
        ("get", "/_dash-update-component", "POST"),
    ],
)
def test_an_address_that_is_asked_in_another_way_names_the_ways(page: Page, method: str, path: str, allow: str) -> None:
    response = getattr(page.client, method)(path)
    assert code(response) == (405, "method_not_allowed")
    assert response.headers["Allow"] == allow
    assert response.json["error"]["message"] == f"{path} takes {allow}, not {method.upper()}."


def test_the_page_itself_is_found(page: Page) -> None:
    assert page.client.get("/").status_code == 200
    assert page.client.head("/").status_code == 200
    assert "Allow" not in page.client.get("/").headers


CALLBACK = {
    "output": "example.children",
    "outputs": {"id": "example", "property": "children"},
    "inputs": [{"id": "example-asked", "property": "data-told", "value": "deadlift"}],
    "changedPropIds": ["example-asked.data-told"],
}
SUBMIT = {
    "output": "..answer.children...saw.children...answered.data-told..",
    "outputs": [
        {"id": "answer", "property": "children"},
        {"id": "saw", "property": "children"},
        {"id": "answered", "property": "data-told"},
    ],
    "inputs": [{"id": "upload", "property": "data-told", "value": '{"key": 7}'}],
    "changedPropIds": ["upload.data-told"],
}


def ask(page: Page, body: object) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return page.client.post("/_dash-update-component", data=data, content_type="application/json")


@pytest.mark.parametrize("body", [CALLBACK, SUBMIT])
def test_what_the_page_asks_is_answered(page: Page, body: object) -> None:
    assert ask(page, body).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"junk",
        b"\xff\xfe",
        b"[" * 100_000,
        [],
        None,
        7,
        {},
        {"output": "x"},
        {"output": 5},
        {**CALLBACK, "output": "model.children"},
        {**CALLBACK, "outputs": {"id": "model", "property": "children"}},
        {**CALLBACK, "outputs": [{"id": "example"}]},
        {**CALLBACK, "inputs": []},
        {**CALLBACK, "inputs": CALLBACK["inputs"] * 2},
        {**CALLBACK, "inputs": [{"id": {"a": 1}, "property": "value"}]},
        {**CALLBACK, "inputs": [{"id": "upload", "property": "data-told", "value": 1}]},
        {**CALLBACK, "inputs": [{"id": "example-asked", "property": "data-told", "value": {"a": [1]}}]},
        {**CALLBACK, "inputs": [{"id": "example-asked", "property": "data-told", "value": ["deadlift"]}]},
        {**CALLBACK, "inputs": [{"id": "example-asked", "property": "data-told", "value": "../../etc/passwd"}]},
        {**CALLBACK, "inputs": [{"id": "example-asked", "property": "data-told"}]},
        {**SUBMIT, "outputs": SUBMIT["outputs"][:2]},
    ],
    ids=lambda body: str(body)[:60],
)
def test_junk_to_a_callback_is_a_bad_request_and_no_traceback(
    page: Page, body: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert code(ask(page, body)) == (400, "bad_request")
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]


@pytest.mark.parametrize("name", ["dash/..%2f..%2fetc/passwd", "dash/nope.js", "nope/x.js", "dash/dcc/../../x"])
def test_a_component_that_is_not_there_is_not_found_and_no_traceback(
    page: Page, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = page.client.get(f"/_dash-component-suites/{name}")
    assert code(response) == (404, "not_found")
    assert "polyfill" not in response.text
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("localhost", True),
        ("localhost:8050", True),
        ("LOCALHOST.", True),
        ("127.0.0.1:8050", True),
        ("[::1]:8050", True),
        ("192.168.1.7:8050", True),
        (socket.gethostname(), True),
        (f"{socket.gethostname()}.local:8050", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_a_page_on_this_machine_answers_under_its_own_names_only(page: Page, host: str, answered: bool) -> None:
    for path in ("/", "/health/live", "/api/model"):
        response = page.client.get(path, headers={"Host": host})
        assert response.status_code == (200 if answered else 400), response.text[:200]


@pytest.mark.parametrize(
    ("origin", "answered"),
    [
        ("http://localhost", True),
        (None, True),
        ("http://evil.example", False),
        ("http://localhost:9999", False),
        ("null", False),
        ("http://localhost.evil.example", False),
    ],
)
def test_a_page_on_this_machine_takes_nothing_from_other_sites(page: Page, origin: str | None, answered: bool) -> None:
    headers = {} if origin is None else {"Origin": origin}
    assert page.client.post("/api/uploads", headers=headers).status_code == (200 if answered else 400)
    assert page.client.get("/health/live", headers=headers).status_code == 200


def test_a_page_that_listens_under_a_name_answers_under_it_and_one_in_aws_under_any() -> None:
    services = fake_services()
    named = create_app(Settings(host="Box.example"), services).server.test_client()
    assert named.get("/health/live", headers={"Host": "box.example:8050"}).status_code == 200
    assert named.get("/health/live", headers={"Host": "other.example"}).status_code == 400
    allowed = create_app(Settings(allowed_hosts=("Films.lan",)), services).server.test_client()
    assert allowed.get("/health/live", headers={"Host": "films.lan:8050"}).status_code == 200
    assert allowed.get("/health/live", headers={"Host": "other.lan"}).status_code == 400
    settings = Settings(classifier_function="classify:live", upload_bucket="uploads")
    cloud = create_app(settings, services).server.test_client()
    headers = {"Host": "d111.cloudfront.net", "Origin": "https://movements.example"}
    assert cloud.post("/api/uploads", headers=headers).status_code == 200
    services.scratch.close()


def test_the_page_offers_the_movements(page: Page) -> None:
    outputs = [("movement", "children"), ("known", "children")]
    body = {
        "output": "..movement.children...known.children..",
        "outputs": [{"id": name, "property": prop} for name, prop in outputs],
        "inputs": [{"id": "panel-examples", "property": "id", "value": "panel-examples"}],
        "changedPropIds": [],
    }
    given = ask(page, body).json["response"]
    assert [option["props"]["value"] for option in given["movement"]["children"]] == list(CONTRACT.labels)
    assert given["known"]["children"].startswith("The model knows 9 movements: Bar-facing burpee, ")


def test_a_script_is_found_under_the_names_of_this_release_and_no_others(page: Page) -> None:
    """Of another release's name Dash would serve its own bytes, to be kept for a year."""
    html = page.client.get("/").get_data(as_text=True)
    scripts = re.findall(r'src="(/_dash-component-suites/[^"]+)"', html)
    assert len(scripts) > 3
    for script in scripts:
        found = page.client.get(script)
        assert (found.status_code, found.cache_control.max_age) == (200, 31_536_000)
    fingerprint = re.compile(r"\.v([\w-]+)m([0-9a-f]+)\.")
    for script in scripts:
        for other in (r".v\1m12345.", r".v0_0_1m\2."):
            refused = page.client.get(fingerprint.sub(other, script))
            assert (refused.status_code, refused.headers["Cache-Control"]) == (404, "no-store")


def test_a_part_of_a_script_is_fetched_under_the_scripts_fingerprint(page: Page) -> None:
    html = page.client.get("/").get_data(as_text=True)
    script = re.search(r'src="(/_dash-component-suites/dash/)html/dash_html_components(\.v[\w-]+m[0-9a-f]+\.)', html)
    assert script is not None
    assert page.client.get(f"{script[1]}dcc/async-slider{script[2]}js").status_code == 200
